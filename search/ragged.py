"""Lists of different lengths, one after the other in an array that may stay on the disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["Ragged", "mapped"]


@dataclass(frozen=True, slots=True)
class Ragged:
    """List i is `items[start[i]:start[i + 1]]`, each item with its count. start: shape (n + 1,), int64; items: int32; counts: uint8."""

    start: NDArray[np.int64]
    items: NDArray[np.int32]
    counts: NDArray[np.uint8]

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> "Ragged":
        """The columns that are not zero, row by row, ascending; counts above 255 become 255."""
        matrix.sort_indices()
        return cls(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            np.minimum(matrix.data, 255).astype(np.uint8),
        )

    @classmethod
    def load(cls, folder: Path, name: str) -> "Ragged":
        """Open what `save` wrote, memory-mapped. Raises OSError or ValueError."""
        return cls(*(mapped(folder / f"{name}.{part}.npy") for part in ("start", "items", "counts")))

    def save(self, folder: Path, name: str) -> None:
        """Write three arrays, NAME.start.npy and so on, into `folder`."""
        for part in ("start", "items", "counts"):
            np.save(folder / f"{name}.{part}.npy", getattr(self, part))

    def __len__(self) -> int:
        return len(self.start) - 1

    def take(self, lists: NDArray[np.int64]) -> "Ragged":
        """These lists, in this order."""
        begin = self.start[lists]
        start = np.concatenate([[0], np.cumsum(self.start[lists + 1] - begin)])
        places = np.arange(start[-1]) + np.repeat(begin - start[:-1], np.diff(start))
        return Ragged(start, self.items[places], self.counts[places])

    def owners(self) -> NDArray[np.int64]:
        """For each item the number of the list it is in: shape (len(items),), int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))


def mapped(path: Path) -> NDArray[Any]:
    """The array in a .npy file, read-only, memory-mapped. Raises OSError or ValueError."""
    return np.asarray(np.load(path, mmap_mode="r"))  # a memmap object is slow to slice
