"""BM25 of a few thousand passages, computed ahead: what each n-gram adds to each passage that has it.

A topic's scores are then sums over lists, without any word being looked at (the idea of bm25s: Lù 2024, "BM25S: Orders of magnitude
faster lexical search via eager sparse scoring").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .lexical import LexicalIndex
from .ragged import Ragged

__all__ = ["EagerScores"]


@dataclass(frozen=True, slots=True)
class EagerScores:
    """The `size` passages chosen, known by place: those with n-gram g stand at `start[g]:start[g + 1]` of `places`, int32, and what it adds
    to the score of each at the same place of `gains`, float32."""

    size: int
    start: NDArray[np.int64]
    places: NDArray[np.int32]
    gains: NDArray[np.float32]

    @classmethod
    def of(cls, index: LexicalIndex, rows: NDArray[np.int64]) -> "EagerScores":
        """Of the passages at `rows` of an index."""
        words = index.passages.take(rows)
        own = sparse.csr_array(
            (words.counts.astype(np.int32), words.items, words.start), (len(rows), len(index.words)), copy=True
        )
        counts = sparse.csc_array(own[:, (used := np.unique(words.items))] @ _ngrams_of(index, used))
        gram = np.repeat(np.arange(len(index.ngrams)), np.diff(counts.indptr))
        gains = index.idf[gram] * counts.data / (counts.data + index.norms[rows][counts.indices])
        return cls(len(rows), counts.indptr.astype(np.int64), counts.indices.astype(np.int32), gains.astype(np.float32))

    def scores(self, ngrams: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores for a topic with these n-grams, each once: shape (size,), float32, 0 where nothing is shared."""
        begin = self.start[ngrams]
        lengths = self.start[ngrams + 1] - begin
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths - begin, lengths)
        return np.bincount(self.places[within], self.gains[within], minlength=self.size).astype(np.float32)


def _ngrams_of(index: LexicalIndex, words: NDArray[np.int32]) -> "sparse.csc_array":
    """How often some words have each n-gram: shape (len(words), n_ngrams), int32."""
    holders: Ragged = index.holders
    place = np.full(len(index.words), -1, np.int32)
    place[words] = np.arange(len(words))
    rows = place[holders.items]
    kept = np.flatnonzero(rows >= 0)
    start = np.searchsorted(kept, holders.start)
    return sparse.csc_array((holders.counts[kept].astype(np.int32), rows[kept], start), (len(words), len(index.ngrams)))
