"""Language-aware fusion of dense and lexical scores.

A French topic scores higher against any French passage than against English ones, in both signals. So every score is first
expressed within its language: how many standard deviations it stands above what this topic gets from that language's passages on
average. Only then are signals added and languages compared. Rank fusion over the mixed list would keep the bias.

A long topic is compared twice: as a whole, and by the need that a passage answers best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lexical import LexicalQuery
from .snapshot import LanguageBlock, Snapshot
from .stopwatch import Stopwatch

__all__ = ["LEXICAL_WEIGHT", "NEEDS_WEIGHT", "Candidates", "Fusion"]

LEXICAL_WEIGHT = 0.1
NEEDS_WEIGHT = 0.5
MAX_DEVIATIONS = 10.0
"""A word that hardly any passage has would otherwise outweigh everything else."""
POOLED_WEIGHT = 20
"""A language's mean and variance are pulled towards those of all passages as if by this many passages."""

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Spread = tuple[Scores, Scores]
"""Mean and standard deviation, each of shape (n_signals,)."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages found for a topic. rows: ascending row numbers, int64; scores: fused, float32; both of shape (n_candidates,)."""

    rows: Rows
    scores: Scores

    def scores_of(self, rows: Rows) -> Scores:
        """Scores of these passages, -inf for those that are not candidates: shape (len(rows),), float32."""
        if not len(self.rows):
            return np.full(len(rows), -np.inf, np.float32)
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[places] == rows, self.scores[places], np.float32(-np.inf))


class Fusion:
    """Scores of one topic over the passages of a snapshot. `best_cosine` is the highest that `candidates` has seen, -1 before."""

    def __init__(
        self,
        snapshot: Snapshot,
        topic: Scores,
        needs: Scores,
        likely: Scores,
        words: LexicalQuery | None,
        watch: Stopwatch | None = None,
    ) -> None:
        """topic: as in `topics.Topic`, shape (dim + 1,); needs: one a need, shape (n_needs, dim + 1), likely: how likely each is one, shape
        (n_needs,), in 0..1; words: those of the topic, or None to go by the vectors alone. All float32. `watch` is told what took how long.
        """
        self._snapshot = snapshot
        self._vectors = np.concatenate([topic[None], needs])
        self._log_likely = np.log(np.maximum(likely, 1e-3))
        self._words = words
        self._watch = watch or Stopwatch()
        self._samples = [block.sample_vectors @ self._vectors.T for block in snapshot.blocks]
        self._watch.lap("dense")
        self._dense = _spreads(self._samples)
        self._best_need: list[Spread] = []
        self.best_cosine = -1.0
        if len(needs):
            columns = [self._by_best_need(scores, i)[:, None] for i, scores in enumerate(self._samples)]
            self._best_need = _spreads(columns)
        self._watch.lap("fuse")
        if words is not None:
            self._sample_words = [words.scores(block.sample, block.sample_words) for block in snapshot.blocks]
            self._watch.lap("lexical")
            self._lexical_spread = _spreads([scores[:, None] for scores in self._sample_words])

    def candidates(self, allowed: Mask | None, depth: int) -> Candidates:
        """The passages that may answer, with their fused scores.

        allowed: which passages may, shape (n_passages,), bool, None for all. Candidates are, for each language, the `depth` best by any
        vector or by words, as far as the indexes find them: every allowed passage where a language has no more than that.
        """
        found = [self._in_block(i, allowed, depth) for i in range(len(self._snapshot.blocks))]
        return Candidates(np.concatenate([rows for rows, _ in found]), np.concatenate([scores for _, scores in found]))

    def _in_block(self, i: int, allowed: Mask | None, depth: int) -> tuple[Rows, Scores]:
        block = self._snapshot.blocks[i]
        rows = self._candidates(block, allowed, depth)
        if block.is_whole:
            dense = self._samples[i][rows - block.rows.start]
        else:
            dense = self._snapshot.vectors.rows(rows) @ self._vectors.T
        self._watch.lap("dense")
        self.best_cosine = max(self.best_cosine, float(dense[:, 0].max(initial=-1)))
        fused = _deviations(dense[:, 0], *(value[0] for value in self._dense[i]))
        if self._best_need:
            by_need = _deviations(self._by_best_need(dense, i), *(value[0] for value in self._best_need[i]))
            fused = (1 - NEEDS_WEIGHT) * fused + NEEDS_WEIGHT * by_need
        if self._words is not None:
            self._watch.lap("fuse")
            lexical = self._sample_words[i][rows - block.rows.start] if block.is_whole else self._words.scores(rows)
            self._watch.lap("lexical")
            fused = fused + LEXICAL_WEIGHT * _deviations(lexical, *(value[0] for value in self._lexical_spread[i]))
        self._watch.lap("fuse")
        return rows, fused

    def cosines(self, rows: Rows) -> Scores:
        """How near passages are to the topic as a whole: shape (len(rows),), float32."""
        return np.asarray(self._snapshot.vectors.rows(rows) @ self._vectors[0], np.float32)

    def need_scores(self, rows: Rows) -> Scores:
        """By how many deviations passages stand out for each need: shape (len(rows), n_needs), float32."""
        scores: Scores = self._snapshot.vectors.rows(rows) @ self._vectors[1:].T
        for i, block in enumerate(self._snapshot.blocks):
            own = (rows >= block.rows.start) & (rows < block.rows.stop)
            scores[own] = _deviations(scores[own], *(value[1:] for value in self._dense[i]))
        return scores

    def _candidates(self, block: LanguageBlock, allowed: Mask | None, depth: int) -> Rows:
        """Row numbers within a language, ascending."""
        rows = self._snapshot.vectors.candidates(self._vectors, depth, block.rows, allowed)
        self._watch.lap("dense")
        if self._words is None or len(rows) < depth:
            return rows
        rows = np.union1d(rows, self._words.candidates(depth, block.rows, allowed))
        self._watch.lap("lexical")
        return rows

    def _by_best_need(self, scores: Scores, block: int) -> Scores:
        """Deviation of the need that stands out most, unlikely needs held back: shape (len(scores),)."""
        mean, deviation = self._dense[block]
        return np.asarray(
            (_deviations(scores[:, 1:], mean[1:], deviation[1:]) + self._log_likely).max(axis=1), np.float32
        )


def _deviations(scores: Scores, mean: Scores, deviation: Scores) -> Scores:
    return np.asarray(np.clip((scores - mean) / deviation, -MAX_DEVIATIONS, MAX_DEVIATIONS), np.float32)


def _spreads(samples: Sequence[Scores]) -> list[Spread]:
    """Mean and deviation of each column by language, pulled towards those of all languages where the sample is small.

    samples: one a language, shape (n_passages, n_signals), float32.
    """
    pooled = np.concatenate(samples)
    mean, variance = pooled.mean(axis=0), pooled.var(axis=0)
    spreads = []
    for sample in samples:
        own, rest = len(sample) / (len(sample) + POOLED_WEIGHT), POOLED_WEIGHT / (len(sample) + POOLED_WEIGHT)
        centre = own * sample.mean(axis=0) + rest * mean
        deviation = np.sqrt(own * sample.var(axis=0) + rest * variance)
        spreads.append((centre.astype(np.float32), np.maximum(deviation, 1e-6).astype(np.float32)))
    return spreads
