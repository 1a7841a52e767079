"""What a directory is about: members grouped by capability, each group named by its most telling words in each language."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz.distance import Prefix

from ..encoder import Encoder
from ..language import unit_rows
from ..lexical import fold
from ..searcher import Searcher
from .members import member_vectors

__all__ = ["Theme", "Themes", "find_themes", "telling_words"]

FEWEST, MOST = 2, 24
"""Themes found where nobody says how many: as many as people can tell apart on one map."""
WORDS = 4
CANDIDATES = 30
"""Telling words of each theme and language that its name is chosen among."""
SPEAKERS = 2
"""Texts of a theme that must use a word before it can name the theme: one alone says more about that member."""
PRIOR = 4.0
"""Texts that a word's share is shrunk by towards its share everywhere: few speakers prove little."""
COMMON = 0.3
"""Share of all texts beyond which a word is no part of a pair of words: "nous", "with"."""
_WORD = re.compile(r"[^\W\d_][\w-]*\w")
_BREAK = re.compile(r"[^\w\s-]+")


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of members with like capabilities. `words` are the most telling ones by language, best first, none where nobody uses it."""

    number: int
    size: int
    words: Mapping[str, tuple[str, ...]]

    @property
    def label(self) -> str:
        """Two words of each language: "1 sensors, readout / capteurs, lecture"."""
        return f"{self.number} " + " / ".join(", ".join(own[:2]) for own in self.words.values() if own)


@dataclass(frozen=True, slots=True)
class Themes:
    """Themes, largest first, numbered from 1. of_member: the place in `themes` of each member's own, shape (n_members,), int64."""

    themes: tuple[Theme, ...]
    of_member: NDArray[np.int64]

    @property
    def labels(self) -> list[str]:
        """The label of each member's theme, in the order of `member_vectors`."""
        return [self.themes[theme].label for theme in self.of_member]

    def to_frame(self) -> pd.DataFrame:
        """One row a theme: number (the index), members (int), and a column of words for each language."""
        rows = {theme.number: {"members": theme.size, **_joined(theme.words)} for theme in self.themes}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("theme")


def find_themes(partners: Searcher, count: int | None = None, languages: Sequence[str] = ("en", "fr")) -> Themes:
    """Group the members by capability (k-means on `member_vectors`); the same groups every time on one machine.

    count: how many themes; by default it grows with the square root of the directory, up to 24. Fewer come back where fewer members differ.
    languages: those to name themes in. A theme in which nobody writes a language has no words in it.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    vectors = member_vectors(partners)
    wanted = count or min(MOST, max(FEWEST, round((len(vectors) / 2) ** 0.5)))
    with threadpool_limits(1):
        model = KMeans(min(wanted, len(np.unique(vectors, axis=0))), n_init=10, random_state=0)
        groups = model.fit_predict(vectors)
    by_size = np.argsort(-np.bincount(groups), kind="stable")
    of_member = np.argsort(by_size)[groups]
    centres = unit_rows(np.stack([vectors[of_member == i].mean(axis=0) for i in range(len(by_size))]))
    members = [partners.snapshot.directory.member(position) for position in range(len(vectors))]
    words = {
        code: _names(
            partners.encoder, code, telling_words([m.descriptions.get(code, "") for m in members], of_member), centres
        )
        for code in languages
    }
    return Themes(
        tuple(
            Theme(i + 1, int(np.count_nonzero(of_member == i)), {code: words[code][i] for code in languages})
            for i in range(len(by_size))
        ),
        np.asarray(of_member, np.int64),
    )


def telling_words(texts: Sequence[str], groups: NDArray[np.int64], count: int = CANDIDATES) -> list[dict[str, float]]:
    """For each group the words and pairs of words that tell it from the other texts, with their scores, best first, at most `count`.

    texts: of one language, an empty one is no text, one that comes twice in a group counts once; groups: a number from 0 for each.
    A word scores p log(p / q): q is the share of all texts that have it, p that of the group's, drawn towards q where they are few. At least
    two texts of the group must have it, and no pair has a word that many texts have.
    """
    written = [
        [_terms(text) for text in sorted(_texts_of(texts, groups, group))] for group in range(int(groups.max()) + 1)
    ]
    spelt = _spellings(own for group in written for own in group)
    everywhere = Counter(term for group in written for own in group for term in own)
    total = max(sum(len(group) for group in written), 1)
    common = {term for term, n in everywhere.items() if n > COMMON * total}
    found = []
    for group in written:
        scores = {}
        for term, n in Counter(term for own in group for term in own).items():
            q = everywhere[term] / total
            p = (n + PRIOR * q) / (len(group) + PRIOR)
            words = term.split(" ")
            if n >= SPEAKERS and p > q and (len(words) == 1 or common.isdisjoint(words)):
                scores[spelt[term]] = p * math.log(p / q)
        best = sorted(scores, key=lambda term: (-scores[term], term))[:count]
        found.append({term: scores[term] for term in best})
    return found


def _texts_of(texts: Sequence[str], groups: NDArray[np.int64], group: int) -> set[str]:
    return {text for text, of in zip(texts, groups, strict=True) if of == group and text}


def _names(
    encoder: Encoder, language: str, telling: Sequence[Mapping[str, float]], centres: NDArray[np.float32]
) -> list[tuple[str, ...]]:
    """For each theme its telling words that also mean what it is about: their vectors are nearer to its centre than to the others'."""
    terms = sorted({term for of_theme in telling for term in of_theme})
    if not terms:
        return [() for _ in telling]
    mean = encoder.means.passage.get(language, np.float32(0))
    likeness = unit_rows(encoder.encode_passages(terms) - mean) @ centres.T
    likeness -= likeness.mean(axis=1, keepdims=True)
    row = {term: i for i, term in enumerate(terms)}
    named = []
    for theme, scores in enumerate(telling):
        fitting = {term: score * max(float(likeness[row[term], theme]), 0.0) for term, score in scores.items()}
        best = sorted((term for term in fitting if fitting[term] > 0), key=lambda term: (-fitting[term], term))
        named.append(tuple(_different(best)))
    return named


def _terms(text: str) -> dict[str, str]:
    """The words of a text and their pairs within a clause, folded, with how each is written first."""
    found: dict[str, str] = {}
    for clause in _BREAK.split(text):
        words = _WORD.findall(clause)
        for word in words:
            found.setdefault(fold(word), word)
        for first, second in pairwise(words):
            found.setdefault(f"{fold(first)} {fold(second)}", f"{first} {second}")
    return found


def _spellings(terms: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """How most texts write each term; a capital that only begins it is not kept."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for own in terms:
        for term, spelling in own.items():
            written[term][" ".join(w.lower() if w[1:].islower() else w for w in spelling.split(" "))] += 1
    return {term: min(counts, key=lambda s: (-counts[s], s)) for term, counts in written.items()}


def _different(best: Iterable[str]) -> list[str]:
    """The first few terms, none of which repeats a word of one before it but for its ending."""
    chosen: list[str] = []
    for term in best:
        words = fold(term).split(" ")
        if not any(_alike(a, b) for other in chosen for a in words for b in fold(other).split(" ")):
            chosen.append(term)
    return chosen[:WORDS]


def _alike(a: str, b: str) -> bool:
    """Whether two words begin alike and differ in at most three letters at the end."""
    return Prefix.similarity(a, b) >= max(len(a), len(b), 6) - 3


def _joined(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {code: ", ".join(own) for code, own in words.items()}
