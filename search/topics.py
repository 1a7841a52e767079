"""Read topics: language, needs, vectors."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from .encoder import Encoder
from .language import LanguageDetector, LanguageMeans, unit_rows
from .needs import MIN_PROBABILITY, candidate_sentences, telling
from .splitting import MAX_CHARS, Span, passages, sentences
from .types import Need

__all__ = ["Topic", "TopicReader", "as_query"]

WINDOW_CHARS = 1_500
"""A longer topic does not fit the encoder's window and is read in parts."""
MAX_PARTS = 4
"""Of a very long topic the parts that most clearly say what is needed are read."""

KEPT = 1_000
"""Topics kept, the latest: next pages, filters and steering ask for the same one again. A long one takes 40 kB."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic ready to be compared. whole: centred unit vector with a 1 added, shape (dim + 1,); by_need: the same for each need, shape
    (n_needs, dim + 1)."""

    text: str
    language: str
    needs: tuple[Need, ...]
    whole: Vectors
    by_need: Vectors


class TopicReader:
    """Turns topics into what the ranking compares. Safe to share between threads.

    `found` and `encoded` count the topics that had been read lately and those that had not.
    """

    def __init__(self, encoder: Encoder, means: LanguageMeans) -> None:
        """`means` has the query mean of every language that can occur."""
        self._encoder = encoder
        self._means = means
        self._detector = LanguageDetector(means.query)
        self._kept: LRUCache[str, Topic] = LRUCache(KEPT)
        self._lock = threading.Lock()
        self.found, self.encoded = 0, 0

    def read(self, topics: Sequence[str]) -> list[Topic]:
        """One Topic each, in order; everything that was not read lately is encoded together."""
        with self._lock:
            read = {topic: self._kept[topic] for topic in topics if topic in self._kept}
        missing = [topic for topic in dict.fromkeys(topics) if topic not in read]
        fresh = dict(zip(missing, self._encode(missing), strict=True))
        with self._lock:
            self._kept.update(fresh)
            self.found, self.encoded = self.found + len(read), self.encoded + len(fresh)
        return [read.get(topic) or fresh[topic] for topic in topics]

    def _encode(self, topics: Sequence[str]) -> list[Topic]:
        if not topics:
            return []
        spans = [candidate_sentences(topic) for topic in topics]
        texts = [[*_parts(topic), *(span.of(topic) for span in own)] for topic, own in zip(topics, spans, strict=True)]
        vectors = self._encoder.encode_queries([text for of_topic in texts for text in of_topic])
        ends = np.cumsum([len(of_topic) for of_topic in texts])
        read = [
            self._understood(topic, own, vectors[end - len(of_topic) : end])
            for topic, own, of_topic, end in zip(topics, spans, texts, ends, strict=True)
        ]
        expanded = as_query(self._encoder.solved.expand(np.concatenate([centred for _, _, centred in read])))
        ends = np.cumsum([len(centred) for _, _, centred in read])
        return [
            Topic(topic, language, needs, expanded[end - len(centred)], expanded[end - len(centred) + 1 : end])
            for topic, (language, needs, centred), end in zip(topics, read, ends, strict=True)
        ]

    def _understood(self, text: str, spans: Sequence[Span], vectors: Vectors) -> tuple[str, tuple[Need, ...], Vectors]:
        """Language and needs of a topic, and centred unit vectors of the whole and of each need: shape (1 + n_needs, dim), float32.

        vectors: of the topic's parts, then of its sentences at `spans`.
        """
        probabilities = self._detector.probabilities(text)
        parts = len(vectors) - len(spans)
        whole = self._means.centre_query(unit_rows(vectors[:parts].mean(axis=0)), probabilities)
        by_sentence = np.empty((len(spans), len(whole)), np.float32)
        for row, (span, vector) in enumerate(zip(spans, vectors[parts:], strict=True)):
            by_sentence[row] = self._means.centre_query(vector, self._detector.probabilities(span.of(text)))
        likely = self._encoder.needs.probabilities(by_sentence)
        chosen = np.flatnonzero(likely >= MIN_PROBABILITY)
        if len(chosen) < 2:
            chosen = chosen[:0]
        needs = tuple(
            Need(span.of(text), span.start, span.end, round(float(likely[i]), 4))
            for i, span in ((i, spans[i]) for i in map(int, chosen))
        )
        return next(iter(probabilities)), needs, np.concatenate([whole[None], by_sentence[chosen]])


def as_query(vectors: Vectors) -> Vectors:
    """Rows with a 1 added: what the index compares its own last column with. shape (n, dim) to (n, dim + 1), float32."""
    return np.column_stack([vectors, np.ones(len(vectors), np.float32)])


def _parts(topic: str) -> list[str]:
    """The topic, or what represents it where it is longer than the encoder's window."""
    if len(topic) <= WINDOW_CHARS:
        return [topic]
    parts = passages(topic, Span(0, len(topic)), min_chars=MAX_CHARS // 2)
    if len(parts) > MAX_PARTS:
        most = sorted(parts, key=lambda part: -max(telling(s.of(topic)) for s in sentences(topic, part)))
        parts = sorted(most[:MAX_PARTS], key=lambda part: part.start)
    return [part.of(topic) for part in parts]
