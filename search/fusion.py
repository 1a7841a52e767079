"""Language-aware fusion of dense and lexical scores.

A French topic scores higher against any French passage than against English ones, in both signals. So every score is first
expressed within its language: how many standard deviations it stands above what this topic gets from that language's passages on
average. Only then are signals added. Where a topic shares words with the passages of its own language, their sums spread further; so the
sum is expressed in the same way before languages are compared. Rank fusion over the mixed list would keep the bias.

A long topic is compared twice: as a whole, and by the need that a passage answers best.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from .lexical import LexicalQuery
from .snapshot import LanguageBlock, Snapshot
from .stopwatch import Stopwatch
from .vectors import EXACT_UP_TO

__all__ = ["LEXICAL_WEIGHT", "NEEDS_WEIGHT", "Candidates", "Fusion"]

LEXICAL_WEIGHT = 0.15
NEEDS_WEIGHT = 0.5
MAX_DEVIATIONS = 10.0
"""A word that hardly any passage has would otherwise outweigh everything else."""
TOGETHER_FROM = EXACT_UP_TO
"""Passages of the largest language beyond which languages are searched at the same time; measured at a million members only."""
POOLED_WEIGHT = 20
"""A language's mean and variance are pulled towards those of all passages as if by this many passages."""

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Spread = tuple[Scores, Scores]
"""Mean and standard deviation, each of shape (n_signals,)."""


_THREADS = ThreadPoolExecutor(
    thread_name_prefix="language", initializer=faiss.omp_set_num_threads, initargs=(1,)
)  # not a team of threads in each


class _Found(NamedTuple):
    """Candidates of a language: as in `Candidates`; the highest inner product with the topic; what took how long."""

    rows: Rows
    scores: Scores
    best_cosine: float
    watch: Stopwatch


@dataclass(frozen=True, slots=True, eq=False)
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
        words: Mapping[str, LexicalQuery] | None,
        watch: Stopwatch | None = None,
    ) -> None:
        """topic: as in `topics.Topic`, shape (dim + 1,); needs: one a need, shape (n_needs, dim + 1), likely: how likely each is one, shape
        (n_needs,), in 0..1, all float32; words: as `Snapshot.words_of` gives them, or None to go by the vectors alone. `watch` is told what
        took how long.
        """
        self._snapshot = snapshot
        self._vectors = np.concatenate([topic[None], needs])
        self._log_likely = np.log(np.maximum(likely, 1e-3))
        self._words = words
        self._watch = watch or Stopwatch()
        self._places = [block.sampled for block in snapshot.blocks]
        self._sample: Scores = snapshot.sample.vectors @ self._vectors.T
        self._watch.lap("dense")
        self._dense = _spreads(self._sample, self._places)
        self._best_need: list[Spread] = []
        self.best_cosine = -1.0
        if len(needs):
            columns = [self._by_best_need(self._sample[own], i) for i, own in enumerate(self._places)]
            self._best_need = _spreads(np.concatenate(columns)[:, None], self._places)
        self._watch.lap("fuse")
        if words is not None:
            by_block = zip(snapshot.blocks, snapshot.sample.words, strict=True)
            self._sample_words = np.concatenate([known.scores(words[own.language].ngrams) for own, known in by_block])
            self._watch.lap("lexical")
            self._lexical_spread = _spreads(self._sample_words[:, None], self._places)
        fused = [
            self._fused(i, self._sample[own], None if words is None else self._sample_words[own])
            for i, own in enumerate(self._places)
        ]
        self._sample_fused = np.concatenate(fused)
        self._fused_spread = _spreads(self._sample_fused[:, None], self._places)
        self._watch.lap("fuse")

    def candidates(self, allowed: Mask | None, depth: int) -> Candidates:
        """The passages that may answer, with their fused scores.

        allowed: which passages may, shape (n_passages,), bool, None for all. Candidates are, for each language, the `depth` best by any
        vector or by words, as far as the indexes find them: every allowed passage where a language has no more than that.
        """
        numbers = range(len(self._snapshot.blocks))
        if len(numbers) > 1 and max(len(block.rows) for block in self._snapshot.blocks) > TOGETHER_FROM:
            found = self._all_at_once(numbers, allowed, depth)
        else:
            found = [self._in_block(i, allowed, depth, self._watch) for i in numbers]
        self.best_cosine = max([self.best_cosine, *(own.best_cosine for own in found)])
        return Candidates(np.concatenate([own.rows for own in found]), np.concatenate([own.scores for own in found]))

    def _all_at_once(self, numbers: range, allowed: Mask | None, depth: int) -> list["_Found"]:
        """Each language in a thread; the one that takes longest says what takes how long."""
        found = list(_THREADS.map(lambda i: self._in_block(i, allowed, depth, Stopwatch()), numbers))
        self._watch.add(max((own.watch for own in found), key=lambda watch: sum(watch.spent_ms().values())))
        return found

    def _in_block(self, i: int, allowed: Mask | None, depth: int, watch: Stopwatch) -> "_Found":
        block = self._snapshot.blocks[i]
        rows = self._candidates(block, allowed, depth, watch)
        dense = self._dense_scores(block, rows)
        watch.lap("dense")
        if block.is_whole:
            fused = self._sample_fused[_sampled(block, rows)]
        else:
            lexical = None if self._words is None else self._words[block.language].scores(rows)
            watch.lap("lexical")
            fused = self._fused(i, dense, lexical)
        fused = _deviations(fused, *(value[0] for value in self._fused_spread[i]))
        watch.lap("fuse")
        return _Found(rows, fused, float(dense[:, 0].max(initial=-1)), watch)

    def _fused(self, i: int, dense: Scores, lexical: Scores | None) -> Scores:
        """Deviations of all signals of passages of a language, added: shape (len(dense),), float32.

        dense: shape (len(dense), 1 + n_needs); lexical: shape (len(dense),)."""
        fused = _deviations(dense[:, 0], *(value[0] for value in self._dense[i]))
        if self._best_need:
            by_need = _deviations(self._by_best_need(dense, i), *(value[0] for value in self._best_need[i]))
            fused = (1 - NEEDS_WEIGHT) * fused + NEEDS_WEIGHT * by_need
        if lexical is not None:
            fused = fused + LEXICAL_WEIGHT * _deviations(lexical, *(value[0] for value in self._lexical_spread[i]))
        return fused

    def cosines_and_needs(self, rows: Rows) -> tuple[Scores, Scores]:
        """How near passages are to the topic as a whole, and by how many deviations they stand out for each need: shapes (len(rows),) and
        (len(rows), n_needs), both float32."""
        cosines = np.empty(len(rows), np.float32)
        needs = np.empty((len(rows), len(self._vectors) - 1), np.float32)
        for i, block in enumerate(self._snapshot.blocks):
            own = np.flatnonzero((rows >= block.rows.start) & (rows < block.rows.stop))
            dense = self._dense_scores(block, rows[own])
            cosines[own] = dense[:, 0]
            needs[own] = _deviations(dense[:, 1:], *(value[1:] for value in self._dense[i]))
        return cosines, needs

    def _dense_scores(self, block: LanguageBlock, rows: Rows) -> Scores:
        """Inner products of passages of a language with the topic and its needs: shape (len(rows), 1 + n_needs), float32."""
        if block.is_whole:
            return self._sample[_sampled(block, rows)]
        return np.asarray(self._snapshot.vectors.rows(rows) @ self._vectors.T, np.float32)

    def _candidates(self, block: LanguageBlock, allowed: Mask | None, depth: int, watch: Stopwatch) -> Rows:
        """Row numbers within a language, ascending."""
        rows = self._snapshot.vectors.candidates(self._vectors, depth, block.rows, allowed)
        watch.lap("dense")
        if self._words is None or len(rows) < depth:
            return rows
        rows = np.union1d(rows, self._words[block.language].candidates(depth, block.rows, allowed))
        watch.lap("lexical")
        return rows

    def _by_best_need(self, scores: Scores, block: int) -> Scores:
        """Deviation of the need that stands out most, unlikely needs held back: shape (len(scores),)."""
        mean, deviation = self._dense[block]
        return np.asarray(
            (_deviations(scores[:, 1:], mean[1:], deviation[1:]) + self._log_likely).max(axis=1), np.float32
        )


def _deviations(scores: Scores, mean: Scores, deviation: Scores) -> Scores:
    return np.asarray(np.clip((scores - mean) / deviation, -MAX_DEVIATIONS, MAX_DEVIATIONS), np.float32)


def _sampled(block: LanguageBlock, rows: Rows) -> Rows:
    """Places in the sample of passages of a language of which it has all."""
    return np.asarray(rows + (block.sampled.start - block.rows.start), np.int64)


def _spreads(sample: Scores, places: Sequence[slice]) -> list[Spread]:
    """Mean and deviation of each column by language, pulled towards those of all languages where the sample is small.

    sample: shape (n_passages, n_signals), float32; places: those of each language in it, one after the other.
    """
    precise = sample.astype(np.float64)
    first = [own.start for own in places]
    sums, squares = np.add.reduceat(precise, first), np.add.reduceat(precise * precise, first)
    n = np.array([own.stop - own.start for own in places])[:, None]
    mean, pooled_mean = sums / n, sums.sum(axis=0) / n.sum()
    variance, pooled_variance = squares / n - mean**2, squares.sum(axis=0) / n.sum() - pooled_mean**2
    own = n / (n + POOLED_WEIGHT)
    centre = (own * mean + (1 - own) * pooled_mean).astype(np.float32)
    deviation = np.sqrt(np.maximum(own * variance + (1 - own) * pooled_variance, 1e-12)).astype(np.float32)
    return list(zip(centre, deviation, strict=True))
