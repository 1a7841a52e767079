"""A trained encoder as a small difference to the carried weights.

Each weight matrix's difference is cut to a few dimensions by SVD (the best approximation of that rank, Eckart and Young 1936) and
stored as two factors in 16 bits; biases and layer norms are stored whole. The file is a safetensors, with how it was made in its
metadata.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from search.errors import EncoderError

__all__ = ["DELTA", "apply_delta", "write_delta"]

DELTA = Path(__file__).parent / "delta.safetensors"
"""The difference that Passerelle ships; data/training says what it was trained on."""

Tensors = Mapping[str, NDArray[np.float32]]


def write_delta(base: Tensors, trained: Tensors, rank: int, path: Path, metadata: Mapping[str, str]) -> None:
    """Write trained - base, matrices cut to `rank`. Tensors that did not change are left out. Both have the same names and shapes."""
    stored = {}
    for name, before in base.items():
        difference = trained[name] - before
        if not difference.any():
            continue
        if difference.ndim == 2:
            left, singular, right = np.linalg.svd(difference, full_matrices=False)
            scale = np.sqrt(singular[:rank])
            stored[f"{name}:left"] = (left[:, :rank] * scale).astype(np.float16)
            stored[f"{name}:right"] = (right[:rank] * scale[:, None]).astype(np.float16)
        else:
            stored[name] = difference.astype(np.float16)
    save_file(stored, path, dict(metadata))


def apply_delta(base: Tensors, path: Path) -> dict[str, NDArray[np.float32]]:
    """The trained tensors, float32. Raises EncoderError where the file is missing or belongs to another model."""
    tensors = dict(base)
    try:
        with safe_open(path, "numpy") as stored:
            for key in stored.keys():  # noqa: SIM118 - not a mapping
                name, _, part = key.partition(":")
                if part == "right":
                    continue
                change = stored.get_tensor(key).astype(np.float32)
                if part:
                    change = change @ stored.get_tensor(f"{name}:right").astype(np.float32)
                tensors[name] = tensors[name] + change
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise EncoderError(f"cannot apply {path} to the carried weights: {error}; reinstall Passerelle") from error
    return tensors
