"""The trained difference to the carried weights."""

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from indexer.encoder.carrier import carrier_file, read_carrier
from indexer.encoder.delta import DELTA, add_solved, apply_delta, read_solved, write_delta
from search import EncoderError
from search.language import unit_rows
from tests.conftest import ROOT


def test_a_difference_comes_back(tmp_path: Path) -> None:
    """Vectors are restored but for 16-bit rounding, matrices but for 12 % of the difference's energy; the unchanged is not stored."""
    random = np.random.default_rng(0)
    shapes = {"w": (40, 301), "b": (40,), "same": (3, 3)}
    base = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    change = (random.standard_normal((40, 301)) * np.linspace(0.001, 1, 40)[:, None]).astype(np.float32)
    trained = {**base, "w": base["w"] + change, "b": base["b"] + np.float32(0.25)}
    write_delta(base, trained, tmp_path / "d.safetensors", {"made": "here"})
    restored = apply_delta(base, tmp_path / "d.safetensors")
    assert restored["same"] is base["same"]
    assert restored["b"] == pytest.approx(trained["b"], abs=2e-4)
    lost = ((restored["w"] - trained["w"]) ** 2).sum(axis=1) / (change**2).sum(axis=1)
    assert float(lost.max()) < 0.18
    assert float(lost.mean()) == pytest.approx(0.1175, abs=0.01)
    with safe_open(tmp_path / "d.safetensors", "numpy") as stored:
        assert sorted(stored.keys()) == ["b", "w:codes", "w:scale"]
        assert stored.metadata() == {"made": "here"}
    assert (tmp_path / "d.safetensors").stat().st_size < 40 * 301 / 4 + 1_000


def test_rows_without_spread_survive(tmp_path: Path) -> None:
    """A row that did not change stays as it was; one that moved as a whole keeps its direction, its size to half."""
    difference = np.zeros((2, 16), np.float32)
    difference[1] = 0.5
    write_delta({"w": np.zeros((2, 16), np.float32)}, {"w": difference}, tmp_path / "d.safetensors", {})
    restored = apply_delta({"w": np.zeros((2, 16), np.float32)}, tmp_path / "d.safetensors")["w"]
    assert not restored[0].any()
    assert restored[1] == pytest.approx(np.full(16, 0.5), rel=0.56)


def test_solved_topics_come_along(tmp_path: Path) -> None:
    """Added to a delta, read back to 8 bits, answers to others but for 1 % of their energy, and no weights to `apply_delta`."""
    base, path = {"w": np.zeros((4, 8), np.float32)}, tmp_path / "d.safetensors"
    write_delta(base, {"w": np.ones((4, 8), np.float32)}, path, {"made": "here"})
    assert read_solved(path) is None
    weights = apply_delta(base, path)["w"]
    random = np.random.default_rng(0)
    solved, elsewhere = (unit_rows(random.standard_normal(shape).astype(np.float32)) for shape in ((2, 5, 64), (7, 64)))
    add_solved(path, solved, elsewhere)
    restored = read_solved(path)
    assert restored is not None
    assert restored[0] / 127 == pytest.approx(solved, abs=1 / 250)
    assert restored[1].shape == (7, 64)
    assert float((restored[1] * elsewhere).sum(axis=-1).mean()) > 0.99
    assert np.array_equal(apply_delta(base, path)["w"], weights)
    with safe_open(path, "numpy") as stored:
        assert stored.metadata() == {"made": "here"}


def test_a_difference_to_another_model_is_refused(tmp_path: Path) -> None:
    """Tensors the model does not have, or of another shape, are not applied."""
    for name, shape in (("other", (4, 4)), ("w", (5, 5))):
        write_delta(
            {name: np.zeros(shape, np.float32)}, {name: np.ones(shape, np.float32)}, tmp_path / "d.safetensors", {}
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
        data = b"".join(
            (ROOT / "data" / "training" / name).read_bytes()
            for name in ("pairs.jsonl", "cards.jsonl", "judgments.jsonl")
        )
        assert stored.metadata()["data_sha256"] == hashlib.sha256(data).hexdigest()


def test_half_of_what_is_known_is_refused(tmp_path: Path) -> None:
    """Solved topics without the answers to others, or no file at all, end in one line."""
    save_file({"solved": np.zeros((2, 3, 8), np.int8)}, tmp_path / "half.safetensors")
    for name in ("half", "none"):
        with pytest.raises(EncoderError, match=f"cannot read the known answers in .*{name}.safetensors"):
            read_solved(tmp_path / f"{name}.safetensors")
