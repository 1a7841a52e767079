"""How much of the needs a set of members covers: the function that is maximised, monotone and submodular."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Coverage", "Floats"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coverage:
    """relevance: shape (n_members, n_needs), in 0..1, 0 where a member does not serve a need; weights: shape (n_needs,), sum 1."""

    relevance: Floats
    weights: Floats

    @classmethod
    def of(cls, relevance: Floats, weights: Sequence[float], threshold: float = 0.0) -> "Coverage":
        """relevance: as estimated; what is below the threshold counts as nothing. weights: positive, any sum."""
        served = np.where(relevance >= threshold, relevance, 0.0)
        return cls(served, np.asarray(weights, np.float64) / max(float(np.sum(weights)), 1e-12))

    def best(self, members: Sequence[int]) -> Floats:
        """The best relevance to each need among some members: shape (n_needs,)."""
        return np.asarray(self.relevance[list(members)].max(axis=0, initial=0.0), np.float64)

    def value(self, members: Sequence[int]) -> float:
        """The weighted mean of the best relevance, in 0..1."""
        return float(self.best(members) @ self.weights)

    def values_with(self, members: Sequence[int]) -> Floats:
        """The value of these members and one more, for each member of all: shape (n_members,)."""
        return np.asarray(np.maximum(self.best(members), self.relevance) @ self.weights, np.float64)
