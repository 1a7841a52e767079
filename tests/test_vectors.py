"""The dense index against exact arithmetic."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from search.vectors import EXACT_UP_TO, FaissVectors

Vectors = NDArray[np.float32]
BLOCKS = [range(100), range(100, 260), range(260, 300)]


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return np.random.default_rng(0).standard_normal((300, 16)).astype(np.float32)


def exact(vectors: Vectors, queries: Vectors, depth: int, rows: list[int]) -> list[int]:
    best = [sorted(rows, key=lambda row: -float(vectors[row] @ query))[:depth] for query in queries]
    return sorted({row for own in best for row in own})


@pytest.mark.parametrize("allowed", [None, [3], [7, 120, 121, 122, 250], list(range(0, 300, 2)), list(range(1, 300))])
@pytest.mark.parametrize("depth", [1, 50, 1000])
def test_candidates_are_exact_under_any_filter(vectors: Vectors, allowed: list[int] | None, depth: int) -> None:
    """The rows found are those that brute force finds, also among 1 of 300, each once and no row -1."""
    mask = None if allowed is None else np.isin(np.arange(300), allowed)
    rows = [row for row in (range(300) if allowed is None else allowed) if 100 <= row < 260]
    found = FaissVectors.build(vectors, BLOCKS).candidates(vectors[[5, 6]], depth, BLOCKS[1], mask)
    assert found.tolist() == exact(vectors, vectors[[5, 6]], depth, rows)


def test_loaded_as_saved(vectors: Vectors, tmp_path: Path) -> None:
    """A memory-mapped index holds the same vectors; one of other rows is refused."""
    FaissVectors.build(vectors, BLOCKS).save(tmp_path / "v")
    loaded = FaissVectors.load(tmp_path / "v", BLOCKS)
    assert loaded.shape == (300, 16)
    assert np.array_equal(loaded.rows(np.array([7, 290, 0, 7, 150])), vectors[[7, 290, 0, 7, 150]])
    with pytest.raises(ValueError, match="has 100 vectors for the 99 rows"):
        FaissVectors.load(tmp_path / "v", [range(99), *BLOCKS[1:]])


@pytest.fixture(scope="module")
def many() -> tuple[Vectors, FaissVectors]:
    """More vectors than are searched one by one, in clusters, as descriptions of one trade are."""
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((400, 96))
    noise = rng.standard_normal((EXACT_UP_TO + 1000, 96))
    vectors = (centres[rng.integers(0, 400, len(noise))] + 0.5 * noise).astype(np.float32)
    return vectors, FaissVectors.build(vectors, [range(len(vectors))])


@pytest.mark.parametrize("share", [None, 0.5, 0.1, 0.01, 0.001])
def test_large_blocks_find_nearly_all(many: tuple[Vectors, FaissVectors], share: float | None) -> None:
    """Beyond exact search at least 95 of the 100 best are among the candidates, whatever the filter lets through, and nothing else than that."""
    vectors, index = many
    rng = np.random.default_rng(2)
    queries = vectors[rng.integers(0, len(vectors), 20)]
    mask = None if share is None else rng.random(len(vectors)) < share
    rows = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
    recalls = []
    for query in queries:
        found = index.candidates(query[None], 1000, range(len(vectors)), mask)
        best = rows[np.argsort(-(vectors[rows] @ query))[:100]]
        assert np.isin(found, rows).all()
        recalls.append(np.isin(best, found).mean())
    assert np.mean(recalls) >= 0.95


def test_large_blocks_keep_vectors_closely(many: tuple[Vectors, FaissVectors], tmp_path: Path) -> None:
    """Eight bits a dimension, and the same once saved."""
    vectors, index = many
    ids = np.array([5, 50_500, 17])
    assert np.abs(index.rows(ids) - vectors[ids]).max() < np.ptp(vectors) / 255
    index.save(tmp_path / "v")
    loaded = FaissVectors.load(tmp_path / "v", [range(len(vectors))])
    assert np.array_equal(loaded.rows(ids), index.rows(ids))
    found = [i.candidates(vectors[:3], 100, range(len(vectors)), None).tolist() for i in (index, loaded)]
    assert found[0] == found[1]
