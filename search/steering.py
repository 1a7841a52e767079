"""Move a topic towards what somebody liked in the answer, and away from what they did not (relevance feedback: Rocchio 1971)."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .language import unit_rows
from .topics import Topic, as_query

__all__ = ["steered"]

TOWARDS, AWAY = 0.75, 0.15
"""Length of what is added and taken away, where the topic's own vector has length 1."""

Vectors = NDArray[np.float32]


def steered(topic: Topic, liked: Vectors, disliked: Vectors) -> Topic:
    """The topic, moved; its needs stay. liked, disliked: centred unit rows, shape (n, dim), float32, perhaps none."""
    if not len(liked) and not len(disliked):
        return topic
    moved = topic.whole[:-1]
    if len(liked):
        moved = moved + TOWARDS * unit_rows(liked.mean(axis=0))
    if len(disliked):
        moved = moved - AWAY * unit_rows(disliked.mean(axis=0))
    return replace(topic, whole=as_query(unit_rows(moved)[None])[0])
