"""A trained encoder as a small difference to the carried weights.

The difference of each weight matrix is kept at two bits a weight: every row is scaled by its root mean square and each number
replaced by the nearest of the four levels that are best for a normal distribution (Max 1960, "Quantizing for Minimum Distortion"),
which loses 12 % of its energy. Biases and layer norms are stored whole, in 16 bits. Vectors of topics with known answers come along, in
8 bits. The file is a safetensors, with how it was made in its metadata.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from search.errors import EncoderError

__all__ = ["DELTA", "Matrix", "Solved", "add_solved", "apply_delta", "read_solved", "write_delta"]

DELTA = Path(__file__).parent / "delta.safetensors"
"""The difference that Passerelle ships; data/training says what it was trained on."""
BITS = 2
LEVELS = np.array([-1.5104, -0.4528, 0.4528, 1.5104], np.float32)
SOLVED = "solved"

Matrix = NDArray[np.float32]
Tensors = Mapping[str, Matrix]
Solved = NDArray[np.int8]


def write_delta(base: Tensors, trained: Tensors, path: Path, metadata: Mapping[str, str]) -> None:
    """Write trained - base. Tensors that did not change are left out. Both have the same names and shapes."""
    save_file(_differences(base, trained), path, dict(metadata))


def add_solved(path: Path, solved: Matrix) -> None:
    """Add topics with known answers to a delta. solved: centred unit rows, shape (2, n, dim), of topics and of answers."""
    with safe_open(path, "numpy") as stored:
        tensors, metadata = {key: stored.get_tensor(key) for key in stored.keys()}, stored.metadata()  # noqa: SIM118
    save_file({**tensors, SOLVED: np.round(127 * solved).astype(np.int8)}, path, metadata)


def read_solved(path: Path) -> Solved | None:
    """The topics with known answers of a delta: shape (2, n, dim), int8; None where it has none."""
    with safe_open(path, "numpy") as stored:
        return stored.get_tensor(SOLVED) if SOLVED in stored.keys() else None  # noqa: SIM118


def _differences(base: Tensors, trained: Tensors) -> dict[str, NDArray[np.generic]]:
    stored: dict[str, NDArray[np.generic]] = {}
    for name, before in base.items():
        difference = trained[name] - before
        if not difference.any():
            continue
        if difference.ndim == 2:
            scale = np.sqrt((difference**2).mean(axis=1, keepdims=True))
            stored[f"{name}:scale"] = scale.astype(np.float32)
            stored[f"{name}:codes"] = _packed(difference / np.maximum(scale, 1e-12))
        else:
            stored[name] = difference.astype(np.float16)
    return stored


def apply_delta(base: Tensors, path: Path) -> dict[str, Matrix]:
    """The trained tensors, float32. Raises EncoderError where the file is missing or belongs to another model."""
    tensors = dict(base)
    try:
        with safe_open(path, "numpy") as stored:
            for key in stored.keys():  # noqa: SIM118 - not a mapping
                name, _, part = key.partition(":")
                if part == "codes" or key == SOLVED:
                    continue
                change = stored.get_tensor(key).astype(np.float32)
                if part:
                    change = change * _unpacked(stored.get_tensor(f"{name}:codes"), tensors[name].shape)
                tensors[name] = tensors[name] + change
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise EncoderError(f"cannot apply {path} to the carried weights: {error}; reinstall Passerelle") from error
    return tensors


def _packed(values: Matrix) -> NDArray[np.uint8]:
    """The nearest level of each number, as `BITS` planes of bits: shape (BITS, ceil(values.size / 8)), uint8."""
    codes = np.searchsorted((LEVELS[1:] + LEVELS[:-1]) / 2, values.ravel())
    return np.stack([np.packbits((codes >> bit & 1).astype(np.bool_)) for bit in range(BITS)])


def _unpacked(planes: NDArray[np.uint8], shape: tuple[int, ...]) -> Matrix:
    size = int(np.prod(shape))
    codes = sum(np.unpackbits(plane, count=size).astype(np.intp) << bit for bit, plane in enumerate(planes))
    return np.asarray(LEVELS[codes].reshape(shape), np.float32)
