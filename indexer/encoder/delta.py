"""A trained encoder as a small difference to the carried weights.

The difference of each weight matrix is kept at two bits a weight: every row is scaled by its root mean square and each number
replaced by the nearest of the four levels that are best for a normal distribution (Max 1960, "Quantizing for Minimum Distortion"),
which loses 12 % of its energy. Biases and layer norms are stored whole, in 16 bits. Vectors of topics with known answers come along, in
8 bits, and of answers to other topics, at four bits a number in the same way, which loses 1 %. The file is a safetensors, with how it was made in its metadata.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from search.errors import EncoderError
from search.language import unit_rows

__all__ = ["DELTA", "Matrix", "add_solved", "apply_delta", "read_solved", "write_delta"]

DELTA = Path(__file__).parent / "delta.safetensors"
"""The difference that Passerelle ships; data/training says what it was trained on."""
TWO_BITS = np.array([-1.5104, -0.4528, 0.4528, 1.5104], np.float32)
FOUR_BITS = 0.3352 * (np.arange(16, dtype=np.float32) - 7.5)
SOLVED, ELSEWHERE = "solved", "elsewhere"

Matrix = NDArray[np.float32]
Tensors = Mapping[str, Matrix]


def write_delta(base: Tensors, trained: Tensors, path: Path, metadata: Mapping[str, str]) -> None:
    """Write trained - base. Tensors that did not change are left out. Both have the same names and shapes."""
    save_file(_differences(base, trained), path, dict(metadata))


def add_solved(path: Path, solved: Matrix, elsewhere: Matrix) -> None:
    """Add topics with known answers to a delta. All are centred unit rows.

    solved: shape (2, n, dim), topics and their answers; elsewhere: shape (m, dim), answers to these and other topics.
    """
    with safe_open(path, "numpy") as stored:
        tensors, metadata = {key: stored.get_tensor(key) for key in stored.keys()}, stored.metadata()  # noqa: SIM118
    whole = {SOLVED: np.round(127 * solved).astype(np.int8)}
    packed = {ELSEWHERE: _packed(elsewhere * np.sqrt(elsewhere.shape[1]), FOUR_BITS)}
    save_file({**tensors, **whole, **packed}, path, metadata)


def read_solved(path: Path) -> tuple[NDArray[np.int8], Matrix] | None:
    """What `add_solved` added: shape (2, n, dim), int8, and unit rows, shape (m, dim), float32; None where it added nothing.

    Raises EncoderError where the file cannot be read, or has only one of them.
    """
    try:
        with safe_open(path, "numpy") as stored:
            if SOLVED not in stored.keys():  # noqa: SIM118
                return None
            solved, planes = stored.get_tensor(SOLVED), stored.get_tensor(ELSEWHERE)
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"cannot read the known answers in {path}: {error}; reinstall Passerelle") from error
    dimension = solved.shape[2]
    return solved, unit_rows(_unpacked(planes, (8 * planes.shape[1] // dimension, dimension), FOUR_BITS))


def _differences(base: Tensors, trained: Tensors) -> dict[str, NDArray[np.generic]]:
    stored: dict[str, NDArray[np.generic]] = {}
    for name, before in base.items():
        difference = trained[name] - before
        if not difference.any():
            continue
        if difference.ndim == 2:
            scale = np.sqrt((difference**2).mean(axis=1, keepdims=True))
            stored[f"{name}:scale"] = scale.astype(np.float32)
            stored[f"{name}:codes"] = _packed(difference / np.maximum(scale, 1e-12), TWO_BITS)
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
                if part == "codes" or key in (SOLVED, ELSEWHERE):
                    continue
                change = stored.get_tensor(key).astype(np.float32)
                if part:
                    change = change * _unpacked(stored.get_tensor(f"{name}:codes"), tensors[name].shape, TWO_BITS)
                tensors[name] = tensors[name] + change
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise EncoderError(f"cannot apply {path} to the carried weights: {error}; reinstall Passerelle") from error
    return tensors


def _packed(values: Matrix, levels: Matrix) -> NDArray[np.uint8]:
    """The nearest level of each number, as planes of bits: shape (log2(len(levels)), ceil(values.size / 8)), uint8."""
    codes = np.searchsorted((levels[1:] + levels[:-1]) / 2, values.ravel())
    bits = (len(levels) - 1).bit_length()
    return np.stack([np.packbits((codes >> bit & 1).astype(np.bool_)) for bit in range(bits)])


def _unpacked(planes: NDArray[np.uint8], shape: tuple[int, ...], levels: Matrix) -> Matrix:
    size = int(np.prod(shape))
    codes = sum(np.unpackbits(plane, count=size).astype(np.intp) << bit for bit, plane in enumerate(planes))
    return np.asarray(levels[codes].reshape(shape), np.float32)
