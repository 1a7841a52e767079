"""Relevance: an estimate in 0..1 of how likely a careful reader finds the member useful."""

import math

__all__ = ["relevance_of"]

SLOPE, INTERCEPT = 1.487, -5.967
"""Printed by tests/benchmarks/fit_relevance.py, with the default encoder."""


def relevance_of(score: float) -> float:
    """Probability, by logistic regression on judged topics, that a match with this fused score is of grade 2 or 3."""
    return round(1 / (1 + math.exp(-(SLOPE * score + INTERCEPT))), 4)
