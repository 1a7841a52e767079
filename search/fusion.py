"""Language-aware fusion of dense and lexical scores.

A French topic scores higher against any French passage than against English ones, in both signals. So every score is first
expressed within its language: how many standard deviations it stands above what this topic gets from that language's passages on
average. Only then are the two signals added and the languages compared. Rank fusion over the mixed list would keep the bias.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .snapshot import LanguageBlock, Snapshot

__all__ = ["LEXICAL_WEIGHT", "fused_scores"]

LEXICAL_WEIGHT = 0.15
MAX_DEVIATIONS = 10.0
"""A word that hardly any passage has would otherwise outweigh everything else."""
POOLED_WEIGHT = 20
"""A language's mean and variance are pulled towards those of all passages as if by this many passages."""

Scores = NDArray[np.float32]


def fused_scores(
    snapshot: Snapshot, query: Scores, lexical: Scores | None, allowed: NDArray[np.int64] | None, depth: int
) -> Scores:
    """Fused score of the candidate passages: shape (n_passages,), float32, -inf for those that are not candidates.

    query: centred unit vector, shape (dim,); lexical: score of every passage, shape (n_passages,), or None to go by the vectors
    alone; allowed: ascending row numbers of the passages that may answer, None for all. Candidates are, for each language, the
    `depth` best by either signal: every passage where a language has no more than that.
    """
    fused = np.full(snapshot.manifest.counts["passages"], -np.inf, np.float32)
    dense_spread = _spreads([block.sample_vectors @ query for block in snapshot.blocks])
    lexical_spread = (
        None if lexical is None else _spreads([lexical[b.rows.start : b.rows.stop] for b in snapshot.blocks])
    )
    for i, block in enumerate(snapshot.blocks):
        rows, scores = snapshot.vectors.best(query, depth, block.rows, allowed)
        if lexical is not None and lexical_spread is not None:
            also = np.setdiff1d(_best_lexical(lexical, block, allowed, depth), rows)
            if len(also):
                rows, scores = np.append(rows, also), np.append(scores, snapshot.vectors.rows(also) @ query)
        mean, deviation = dense_spread[i]
        fused[rows] = _deviations(scores, mean, deviation)
        if lexical is not None and lexical_spread is not None:
            mean, deviation = lexical_spread[i]
            fused[rows] += LEXICAL_WEIGHT * _deviations(lexical[rows], mean, deviation)
    return fused


def _deviations(scores: Scores, mean: float, deviation: float) -> Scores:
    return np.asarray(np.clip((scores - mean) / deviation, -MAX_DEVIATIONS, MAX_DEVIATIONS), np.float32)


def _best_lexical(
    lexical: Scores, block: LanguageBlock, allowed: NDArray[np.int64] | None, depth: int
) -> NDArray[np.int64]:
    rows = np.arange(block.rows.start, block.rows.stop)
    if allowed is not None:
        rows = allowed[(allowed >= block.rows.start) & (allowed < block.rows.stop)]
    if len(rows) <= depth:
        return rows[lexical[rows] > 0]
    best = rows[np.argpartition(-lexical[rows], depth)[:depth]]
    return np.sort(best[lexical[best] > 0])


def _spreads(samples: Sequence[Scores]) -> list[tuple[float, float]]:
    """Mean and standard deviation of each language's scores, pulled towards the pooled ones where the sample is small."""
    pooled = np.concatenate(samples)
    mean, variance = float(pooled.mean()), float(pooled.var())
    spreads = []
    for sample in samples:
        own, rest = len(sample) / (len(sample) + POOLED_WEIGHT), POOLED_WEIGHT / (len(sample) + POOLED_WEIGHT)
        centre = own * float(sample.mean()) + rest * mean
        spreads.append((centre, max((own * float(sample.var()) + rest * variance) ** 0.5, 1e-6)))
    return spreads
