"""The dense index against exact arithmetic."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from search.vectors import FaissVectors


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((300, 16)).astype(np.float32)


def exact(vectors: NDArray[np.float32], query: NDArray[np.float32], rows: list[int]) -> list[int]:
    return sorted(rows, key=lambda row: -float(vectors[row] @ query))


@pytest.mark.parametrize("allowed", [None, [3], [7, 120, 121, 122, 250], list(range(0, 300, 2))])
def test_best_is_exact_under_any_filter(vectors: NDArray[np.float32], allowed: list[int] | None) -> None:
    """The rows found are those that brute force finds, also among 1 of 300."""
    index = FaissVectors.build(vectors)
    rows = [row for row in (range(300) if allowed is None else allowed) if 100 <= row < 260]
    found, scores = index.best(
        vectors[5], 50, range(100, 260), None if allowed is None else np.array(allowed, np.int64)
    )
    assert found.tolist() == exact(vectors, vectors[5], rows)[:50]
    assert np.allclose(scores, vectors[found] @ vectors[5], atol=1e-5)


def test_asking_for_more_than_there_is(vectors: NDArray[np.float32]) -> None:
    """k beyond the size returns each row once, and no row -1."""
    found, _ = FaissVectors.build(vectors).best(vectors[0], 1000, range(0, 10))
    assert sorted(found.tolist()) == list(range(10))


def test_loaded_as_saved(vectors: NDArray[np.float32], tmp_path: Path) -> None:
    """A memory-mapped index holds the same vectors."""
    FaissVectors.build(vectors).save(tmp_path / "v.faiss")
    loaded = FaissVectors.load(tmp_path / "v.faiss")
    assert loaded.shape == (300, 16)
    assert np.array_equal(loaded.rows(np.array([7, 0, 7])), vectors[[7, 0, 7]])
