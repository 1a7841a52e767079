"""Split a long topic into the needs it holds.

A call text says who asks, what is paid and until when, and in between what is sought. Which sentences do the latter is told by a
logistic regression on their vectors, which a prepared encoder brings along. In a text of very many sentences, words such as "we look
for", "doit" or "budget" choose those worth encoding: their weights are in needs.json, fitted by tests/benchmarks/fit_needs.py.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from .lexical import fold
from .splitting import Span, items, paragraphs, sentences

__all__ = ["LONG_TOPIC_WORDS", "MIN_PROBABILITY", "NeedClassifier", "candidate_sentences", "telling", "words"]

LONG_TOPIC_WORDS = 60
"""A shorter topic is one need; splitting a problem told in two or three sentences loses what they say together."""
MIN_PROBABILITY = 0.3
MAX_SENTENCES = 24
_WORD = re.compile(r"\w\w+")


@dataclass(frozen=True, slots=True)
class NeedClassifier:
    """How likely a sentence of a call text says what is needed, from its vector. weights: shape (dim,), float32."""

    weights: NDArray[np.float32]
    intercept: float

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """vectors: centred unit rows of queries, shape (n, dim), float32. Returns shape (n,), float32, in 0..1."""
        return np.asarray(1 / (1 + np.exp(-(vectors @ self.weights + self.intercept))), np.float32)


def candidate_sentences(topic: str) -> list[Span]:
    """The sentences of a long topic that may be needs, in order, at most `MAX_SENTENCES`; none of a short topic."""
    if len(_WORD.findall(topic)) < LONG_TOPIC_WORDS:
        return []
    spans = [s for paragraph in paragraphs(topic) for item in items(topic, paragraph) for s in sentences(topic, item)]
    if len(spans) > MAX_SENTENCES:
        spans = sorted(
            sorted(spans, key=lambda span: -telling(span.of(topic)))[:MAX_SENTENCES], key=lambda span: span.start
        )
    return spans


def telling(sentence: str) -> float:
    """Log odds, by its words alone, that a sentence of a call text says what is needed."""
    intercept, weights = _model()
    known = [weights[word] for word in words(sentence) if word in weights]
    return float(intercept + sum(known) / math.sqrt(max(len(known), 1)))


def words(sentence: str) -> set[str]:
    """The folded words of two letters or more."""
    return set(_WORD.findall(fold(sentence)))


@lru_cache(maxsize=1)
def _model() -> tuple[float, Mapping[str, float]]:
    stored = json.loads(resources.files(__package__).joinpath("needs.json").read_text(encoding="utf-8"))
    return stored["intercept"], stored["weights"]
