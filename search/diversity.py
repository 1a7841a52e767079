"""Rank again so that members differ from those before them.

Maximal marginal relevance: Carbonell and Goldstein 1998, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
Summaries".
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["POOL", "diversified"]

POOL = 100
"""Best members among which the order changes; those after them stay where they are."""


def diversified(scores: NDArray[np.float32], vectors: NDArray[np.float32], diversity: float) -> list[int]:
    """A new order of members, best first.

    scores: of the members in their old order, descending, shape (n,), float32; vectors: one a member, unit rows, shape (n, dim), float32;
    diversity: in 0..1, the weight of being unlike the members placed before, against the score (scaled to 0..1). Returns n places.
    """
    spread = float(scores[0] - scores[-1]) if len(scores) else 0.0
    value = (scores - scores[-1]) / spread if spread > 0 else np.ones(len(scores), np.float32)
    likeness = vectors @ vectors.T
    nearest = np.zeros(len(scores), np.float32)
    order: list[int] = []
    left = np.ones(len(scores), np.bool_)
    while left.any():
        gain = np.where(left, (1 - diversity) * value - diversity * nearest, -np.inf)
        best = int(np.argmax(gain))
        order.append(best)
        left[best] = False
        nearest = np.maximum(nearest, likeness[best])
    return order
