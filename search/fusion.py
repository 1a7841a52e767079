"""Language-aware fusion of dense and lexical scores.

A French topic scores higher against any French passage than against English ones, in both signals. So every score is first
expressed within its language: how many standard deviations it stands above what this topic gets from that language's passages on
average. Only then are signals added and languages compared. Rank fusion over the mixed list would keep the bias.

A long topic is compared twice: as a whole, and by the need that a passage answers best.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .snapshot import LanguageBlock, Snapshot

__all__ = ["LEXICAL_WEIGHT", "NEEDS_WEIGHT", "Fusion"]

LEXICAL_WEIGHT = 0.1
NEEDS_WEIGHT = 0.5
MAX_DEVIATIONS = 10.0
"""A word that hardly any passage has would otherwise outweigh everything else."""
POOLED_WEIGHT = 20
"""A language's mean and variance are pulled towards those of all passages as if by this many passages."""

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
Spread = tuple[Scores, Scores]
"""Mean and standard deviation, each of shape (n_signals,)."""


class Fusion:
    """Scores of one topic over the passages of a snapshot. `best_cosine` is the highest that `scores` has seen, -1 before."""

    def __init__(
        self, snapshot: Snapshot, topic: Scores, needs: Scores, likely: Scores, lexical: Scores | None
    ) -> None:
        """topic: as in `topics.Topic`, shape (dim + 1,); needs: one a need, shape (n_needs, dim + 1), likely: how likely each is one, shape
        (n_needs,), in 0..1; lexical: score of every passage, shape (n_passages,), or None to go by the vectors alone. All float32.
        """
        self._snapshot = snapshot
        self._vectors = np.concatenate([topic[None], needs])
        self._log_likely = np.log(np.maximum(likely, 1e-3))
        self._lexical = lexical
        samples = [block.sample_vectors @ self._vectors.T for block in snapshot.blocks]
        self._dense = _spreads(samples)
        self._best_need: list[Spread] = []
        self.best_cosine = -1.0
        if len(needs):
            columns = [self._by_best_need(scores, i)[:, None] for i, scores in enumerate(samples)]
            self._best_need = _spreads(columns)
        if lexical is not None:
            self._lexical_spread = _spreads([lexical[b.rows.start : b.rows.stop, None] for b in snapshot.blocks])

    def scores(self, allowed: Rows | None, depth: int) -> Scores:
        """Fused score of the candidate passages: shape (n_passages,), float32, -inf for those that are not candidates.

        allowed: ascending row numbers of the passages that may answer, None for all. Candidates are, for each language, the `depth`
        best by any vector or by words: every passage where a language has no more than that.
        """
        fused = np.full(self._snapshot.manifest.counts["passages"], -np.inf, np.float32)
        for i, block in enumerate(self._snapshot.blocks):
            rows, scores = self._candidates(block, allowed, depth)
            self.best_cosine = max(self.best_cosine, float(scores[:, 0].max(initial=-1)))
            deviations = _deviations(scores[:, 0], *(value[0] for value in self._dense[i]))
            if self._best_need:
                by_need = _deviations(self._by_best_need(scores, i), *(value[0] for value in self._best_need[i]))
                deviations = (1 - NEEDS_WEIGHT) * deviations + NEEDS_WEIGHT * by_need
            if self._lexical is not None:
                words = _deviations(self._lexical[rows], *(value[0] for value in self._lexical_spread[i]))
                deviations = deviations + LEXICAL_WEIGHT * words
            fused[rows] = deviations
        return fused

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

    def _candidates(self, block: LanguageBlock, allowed: Rows | None, depth: int) -> tuple[Rows, Scores]:
        """Row numbers within a language, and their inner products with every vector."""
        best = [self._snapshot.vectors.best(vector, depth, block.rows, allowed) for vector in self._vectors]
        if len(best) == 1 and self._lexical is None:
            return best[0][0], best[0][1][:, None]
        rows = [ids for ids, _ in best]
        if self._lexical is not None:
            rows.append(_best_lexical(self._lexical, block, allowed, depth))
        together = np.unique(np.concatenate(rows))
        return together, self._snapshot.vectors.rows(together) @ self._vectors.T

    def _by_best_need(self, scores: Scores, block: int) -> Scores:
        """Deviation of the need that stands out most, unlikely needs held back: shape (len(scores),)."""
        mean, deviation = self._dense[block]
        return np.asarray(
            (_deviations(scores[:, 1:], mean[1:], deviation[1:]) + self._log_likely).max(axis=1), np.float32
        )


def _deviations(scores: Scores, mean: Scores, deviation: Scores) -> Scores:
    return np.asarray(np.clip((scores - mean) / deviation, -MAX_DEVIATIONS, MAX_DEVIATIONS), np.float32)


def _best_lexical(lexical: Scores, block: LanguageBlock, allowed: Rows | None, depth: int) -> Rows:
    rows = np.arange(block.rows.start, block.rows.stop)
    if allowed is not None:
        rows = allowed[(allowed >= block.rows.start) & (allowed < block.rows.stop)]
    if len(rows) <= depth:
        return rows[lexical[rows] > 0]
    best = rows[np.argpartition(-lexical[rows], depth)[:depth]]
    return np.sort(best[lexical[best] > 0])


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
