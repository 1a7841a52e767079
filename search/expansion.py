"""Expand topics and passages by topics whose answers are known.

Somebody with a problem words it by its symptoms, who can solve it by methods and equipment. Among topics with known answers, those
nearest to the new one lead to the words of the latter: the mean of their answers is added to the topic's vector (query expansion by
feedback, Rocchio 1971, from a memory instead of from the collection that is searched). The other way round, the known answers nearest to
a passage, and the topics they answer, are added to the passage's vector when it is indexed.

What answers other topics, these and more, also tells how near to a topic one comes by chance: a directory that answers it should do better.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .language import unit_rows

__all__ = ["SolvedTopics"]

NEIGHBOURS = 10
SHARE = 0.35
"""Length of what is added at most, where the vector itself has length 1."""
SHARPNESS = 20.0
"""How fast the weight of a neighbour falls with its similarity."""
FAMILIAR_TOPIC = 0.7
FAMILIAR_PASSAGE = 0.42
"""How near what is known has to be to be trusted: a single neighbour as near adds half the share, far ones nothing. What is known covers a
few fields, and would lead topics and passages of others astray. A topic's nearness is the sum of two cosines, a passage's is one."""
CROWD = 50
CHUNK = 10_000

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SolvedTopics:
    """Topics and what answers them, and answers to many other topics. All: centred unit rows, float32, means over the languages they are
    worded in; topics and answers: shape (n, dim), elsewhere: shape (m, dim)."""

    topics: Vectors
    answers: Vectors
    elsewhere: Vectors
    _sums: Vectors = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sums", self.topics + self.answers)

    def expand(self, vectors: Vectors) -> Vectors:
        """Topics moved towards the answers to their like. vectors: centred unit rows, shape (m, dim), float32; returns the same, unchanged
        where nothing is known."""
        return _moved(vectors, self._sums, self.answers, FAMILIAR_TOPIC)

    def expand_passages(self, vectors: Vectors) -> Vectors:
        """Passages moved towards the answers they resemble and what these answer. vectors: centred, shape (m, dim), float32, of any length,
        which stays; returns the same, unchanged where nothing is known."""
        if not len(self.answers):
            return vectors
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(lengths * _moved(unit_rows(vectors), self.answers, self._sums, FAMILIAR_PASSAGE), np.float32)

    def crowding(self, vectors: Vectors) -> Vectors:
        """How near passages are to topics of any kind: the mean inner product with the nearest of these, by passage: shape (m,), float32.

        vectors: centred, shape (m, dim), float32, not necessarily unit rows.

        Some texts are near to everything; what is subtracted for that lets the others through (cross-domain similarity local scaling:
        Conneau and others 2018, "Word Translation Without Parallel Data"). Zero where nothing is known.
        """
        crowding = np.zeros(len(vectors), np.float32)
        for start in range(0, len(vectors) if len(self.topics) else 0, CHUNK):
            crowding[start : start + CHUNK] = _nearness(vectors[start : start + CHUNK], self.topics)
        return crowding

    def nearness(self, topic: Vectors) -> float | None:
        """How near answers to other topics come to a topic: the mean inner product with the nearest of them; None where nothing is known.

        topic: centred unit vector, shape (dim,), float32.
        """
        return float(_nearness(topic[None], self.elsewhere)[0]) if len(self.elsewhere) else None


def _nearness(vectors: Vectors, others: Vectors) -> Vectors:
    """Mean inner product of each row with the `CROWD` of the others that are nearest: shape (len(vectors),), float32."""
    kept = min(CROWD, len(others))
    return np.asarray(np.partition(vectors @ others.T, -kept, axis=1)[:, -kept:].mean(axis=1), np.float32)


def _moved(vectors: Vectors, known: Vectors, towards: Vectors, familiar: float) -> Vectors:
    """The vectors with a direction added: the mean of those `towards` that stand where the nearest of `known` do, weighted by how near these
    are. The share falls where all are far.

    vectors: unit rows, shape (m, dim); known and towards: shape (n, dim). All float32; returns unit rows, shape (m, dim).
    """
    if not len(known) or not len(vectors):
        return vectors
    similarity = vectors @ known.T
    kept = min(NEIGHBOURS, len(known))
    nearest = np.argpartition(similarity, -kept, axis=1)[:, -kept:]
    weight = np.exp(SHARPNESS * (np.take_along_axis(similarity, nearest, axis=1) - familiar))
    added = unit_rows(np.einsum("mk,mkd->md", weight, towards[nearest]))
    evidence = weight.sum(axis=1, keepdims=True)
    return unit_rows(vectors + SHARE * evidence / (1 + evidence) * added)
