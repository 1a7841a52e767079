"""Which language a text is in, and what a language does to its vectors.

A multilingual encoder places all French text nearer to other French text than meaning alone would. Subtracting from each vector
the mean of its language and role (query or passage) removes most of that; see docs/architecture.md for what it gains.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from py3langid import langid

__all__ = ["LanguageDetector", "LanguageMeans", "unit_rows"]

Vectors = NDArray[np.float32]

PRIOR_WEIGHT = 30
"""A language's mean is pulled towards its prior as if the prior were this many passages: three passages barely move it."""


def unit_rows(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a zero row stays zero. Shape and dtype (n, dim), float32 are kept."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...]) -> langid.LanguageIdentifier:
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in languages if code in identifier.labels])
    return identifier


class LanguageDetector:
    """Tells the language of a text among the few that can occur.

    Knowing the candidates matters for short texts: among all languages "Gas sensors" is a coin toss, between French and English
    it is not.
    """

    def __init__(self, languages: Iterable[str]) -> None:
        """`languages`: ISO 639-1 codes to choose among; those the detector does not know are never chosen."""
        self._identifier = _identifier(tuple(sorted(set(languages))))

    def probabilities(self, text: str) -> dict[str, float]:
        """Probability by language code, most likely first; the values sum to 1."""
        return {code: float(p) for code, p in self._identifier.rank(text)}

    def detect(self, text: str) -> str:
        """The most likely language's code."""
        return next(iter(self.probabilities(text)))


@dataclass(frozen=True, slots=True)
class LanguageMeans:
    """Mean vector by language, for queries and for passages apart. Each is an ndarray of shape (dim,), float32, not unit."""

    query: Mapping[str, Vectors]
    passage: Mapping[str, Vectors]

    def shrunk_towards(self, sums: Mapping[str, tuple[Vectors, int]]) -> "LanguageMeans":
        """Means for a collection: its own passages where there are many, this prior where there are few.

        sums: by language, the sum of its passages' unit vectors, shape (dim,), float32, and how many they are.

        A language the prior does not know is pulled towards the mean of those it knows. Queries of a language without a prior take
        its passage mean, moved by the average difference between the queries and the passages of the known ones.
        """
        known = np.mean(list(self.passage.values()), axis=0)
        to_query = np.mean([self.query[code] - self.passage[code] for code in self.query], axis=0)
        passage = dict(self.passage)
        query = dict(self.query)
        for code, (total, count) in sorted(sums.items()):
            mean = (total + PRIOR_WEIGHT * self.passage.get(code, known)) / (count + PRIOR_WEIGHT)
            passage[code] = np.asarray(mean, np.float32)
            if code not in query:
                query[code] = np.asarray(mean + to_query, np.float32)
        return LanguageMeans(query=query, passage=passage)

    def centre_passages(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Subtract each row's language mean and rescale to unit rows.

        vectors: shape (n, dim), float32, unit rows, one a passage; languages: its n language codes.
        """
        return unit_rows(vectors - np.stack([self.passage[code] for code in languages]))

    def centre_query(self, vector: Vectors, probabilities: Mapping[str, float]) -> Vectors:
        """Subtract the query mean expected under the topic's language probabilities; shape (dim,), float32, unit."""
        mean = sum(p * self.query[code] for code, p in probabilities.items() if code in self.query)
        return unit_rows(np.asarray(vector - mean, np.float32))
