"""The dense index: what the searcher asks of its vectors, over FAISS.

This is the seam for a vector database: whatever answers `best` and `rows` can stand in for it.
"""

from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

__all__ = ["FaissVectors", "VectorIndex"]

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]


class VectorIndex(Protocol):
    """Vectors by row number, searched by inner product."""

    def best(self, query: Vectors, k: int, rows: range, allowed: Ids | None = None) -> tuple[Ids, Vectors]:
        """The k best rows within `rows`, and among `allowed` (ascending row numbers) where given.

        query: shape (dim,), float32. Returns row numbers, int64, and their inner products, float32, both of shape (found,), best
        first; found < k where there are fewer rows.
        """
        ...

    def rows(self, ids: Ids) -> Vectors:
        """The vectors at `ids`: shape (len(ids), dim), float32."""
        ...


class FaissVectors:
    """A FAISS flat index: exact, also under filters of any narrowness."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> "FaissVectors":
        """vectors: shape (n, dim), float32."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> "FaissVectors":
        """Open what `save` wrote, memory-mapped."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        faiss.write_index(self._index, str(path))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, dim)."""
        return self._index.ntotal, self._index.d

    def best(self, query: Vectors, k: int, rows: range, allowed: Ids | None = None) -> tuple[Ids, Vectors]:
        """See `VectorIndex.best`."""
        if allowed is None:
            selector: faiss.IDSelector = faiss.IDSelectorRange(rows.start, rows.stop)
            available = len(rows)
        else:
            within = np.ascontiguousarray(allowed[(allowed >= rows.start) & (allowed < rows.stop)], np.int64)
            selector, available = faiss.IDSelectorArray(within), len(within)
        k = min(k, available)
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, ids = self._index.search(query[None, :], k, params=faiss.SearchParameters(sel=selector))  # type: ignore[call-arg]
        return ids[0], scores[0]

    def rows(self, ids: Ids) -> Vectors:
        """See `VectorIndex.rows`."""
        return np.asarray(self._index.reconstruct_batch(ids), np.float32).reshape(len(ids), self._index.d)
