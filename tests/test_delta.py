"""The trained difference to the carried weights."""

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from indexer.encoder.carrier import carrier_file, read_carrier
from indexer.encoder.delta import DELTA, apply_delta, write_delta
from search import EncoderError
from tests.conftest import ROOT


def test_a_low_rank_difference_comes_back(tmp_path: Path) -> None:
    """Matrices within the rank and vectors are restored but for 16-bit rounding; what did not change is not stored."""
    random = np.random.default_rng(0)
    shapes = {"w": (40, 30), "b": (40,), "same": (3, 3)}
    base = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    change = random.standard_normal((40, 4)) @ random.standard_normal((4, 30)) * 0.01
    trained = {**base, "w": base["w"] + change.astype(np.float32), "b": base["b"] + np.float32(0.25)}
    write_delta(base, trained, 4, tmp_path / "d.safetensors", {"made": "here"})
    restored = apply_delta(base, tmp_path / "d.safetensors")
    for name in base:
        assert np.allclose(restored[name], trained[name], atol=2e-4), name
    with safe_open(tmp_path / "d.safetensors", "numpy") as stored:
        assert sorted(stored.keys()) == ["b", "w:left", "w:right"]
        assert stored.metadata() == {"made": "here"}


def test_a_cut_difference_is_the_nearest_of_its_rank(tmp_path: Path) -> None:
    """Beyond the rank, what is kept is the best approximation: the error is the norm of the singular values left out."""
    difference = np.random.default_rng(1).standard_normal((20, 20)).astype(np.float32)
    write_delta({"w": np.zeros((20, 20), np.float32)}, {"w": difference}, 5, tmp_path / "d.safetensors", {})
    kept = apply_delta({"w": np.zeros((20, 20), np.float32)}, tmp_path / "d.safetensors")["w"]
    left_out = np.linalg.svd(difference, compute_uv=False)[5:]
    assert float(np.linalg.norm(difference - kept)) == pytest.approx(float(np.linalg.norm(left_out)), rel=1e-3)


@pytest.mark.parametrize("content", [None, b"", b"not safetensors at all"])
def test_a_file_that_is_not_one_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty or other: one line."""
    if content is not None:
        (tmp_path / "d.safetensors").write_bytes(content)
    with pytest.raises(EncoderError, match="cannot apply"):
        apply_delta({}, tmp_path / "d.safetensors")


def test_a_difference_to_another_model_is_refused(tmp_path: Path) -> None:
    """Tensors the model does not have, or of another shape, are not applied."""
    for name, shape in (("other", (4, 4)), ("w", (5, 5))):
        write_delta(
            {name: np.zeros(shape, np.float32)}, {name: np.ones(shape, np.float32)}, 2, tmp_path / "d.safetensors", {}
        )
        with pytest.raises(EncoderError, match="cannot apply"):
            apply_delta({"w": np.zeros((4, 4), np.float32)}, tmp_path / "d.safetensors")


def test_the_shipped_difference_fits_the_carried_weights() -> None:
    """It changes every layer and no embedding, is small, and names the data it was trained on."""
    import hashlib

    base = read_carrier(carrier_file()).tensors
    changed = {name for name, tensor in apply_delta(base, DELTA).items() if tensor is not base[name]}
    assert {name.split(".")[0] for name in changed} == {f"l{layer}" for layer in range(12)}
    assert DELTA.stat().st_size < 8_000_000
    with safe_open(DELTA, "numpy") as stored:
        assert (
            stored.metadata()["data_sha256"]
            == hashlib.sha256((ROOT / "data" / "training" / "pairs.jsonl").read_bytes()).hexdigest()
        )
