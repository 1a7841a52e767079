"""How sure a measured figure is, and whether one configuration is better than another on the same topics.

Wordings of one need are not independent, so needs are resampled, each with all its wordings (cluster bootstrap: Efron and Tibshirani
1993, "An Introduction to the Bootstrap").
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidQuery
from .evaluation import MEASURES, Evaluation

__all__ = ["Difference", "Interval", "compare", "intervals"]

RESAMPLES, BATCH = 4_000, 400
Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds that hold the true mean in 95 of 100 such samples of topics; infinite where there is one need only."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean by which the first is better than the second, its 95 % interval, and the two-sided p-value of a paired permutation test:
    how often a difference this large comes up when nothing but chance tells the two apart."""

    mean: float
    interval: Interval
    p_value: float


def intervals(evaluation: Evaluation) -> dict[str, Interval]:
    """95 % interval of each overall mean, by measure; the same numbers every time."""
    sums, counts = _by_need(evaluation)
    return {measure: _interval(sums[measure], counts) for measure in MEASURES}


def compare(first: Evaluation, second: Evaluation) -> dict[str, Difference]:
    """`first` less `second` on each measure, topic by topic. Raises InvalidQuery where they were not measured on the same topics."""
    if first.by_topic.keys() != second.by_topic.keys():
        raise InvalidQuery("the two evaluations have different topics; measure both on the same file")
    sums, counts = _by_need(first)
    others, _ = _by_need(second)
    return {measure: _difference(sums[measure], others[measure], counts) for measure in MEASURES}


def _by_need(evaluation: Evaluation) -> tuple[Mapping[str, Column], Column]:
    """Sum of each measure over the wordings of each need, and how many wordings it has."""
    needs = sorted(set(evaluation.need_of.values()))
    row = {need: i for i, need in enumerate(needs)}
    sums = {measure: np.zeros(len(needs)) for measure in MEASURES}
    counts = np.zeros(len(needs))
    for topic, scores in evaluation.by_topic.items():
        need = row[evaluation.need_of[topic]]
        counts[need] += 1
        for measure in MEASURES:
            sums[measure][need] += scores[measure]
    return sums, counts


def _interval(sums: Column, counts: Column) -> Interval:
    from scipy.stats import bootstrap

    if len(sums) < 2:
        return Interval(-math.inf, math.inf)
    drawn = bootstrap(
        (sums, counts),
        lambda s, c, axis: s.sum(axis=axis) / c.sum(axis=axis),
        paired=True,
        n_resamples=RESAMPLES,
        batch=BATCH,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Interval(float(drawn.low), float(drawn.high))


def _difference(sums: Column, others: Column, counts: Column) -> Difference:
    from scipy.stats import permutation_test

    if len(sums) < 2:
        return Difference(float((sums - others).sum() / counts.sum()), _interval(sums, counts), 1.0)
    p_value = permutation_test(
        (sums, others),
        lambda a, b, axis: (a - b).sum(axis=axis),
        permutation_type="samples",
        n_resamples=RESAMPLES,
        batch=BATCH,
        rng=np.random.default_rng(0),
    ).pvalue
    return Difference(float((sums - others).sum() / counts.sum()), _interval(sums - others, counts), float(p_value))
