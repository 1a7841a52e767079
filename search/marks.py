"""Mark the words of an evidence that the topic shares, also across languages where they are cognates or in the dictionary."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .lexical import fold
from .words import translations

__all__ = ["Marks", "SharedWords", "Word", "telling_words"]

Marks = tuple[tuple[int, int], ...]
"""Places `start:end` in a text, in order, none overlapping."""

MIN_OVERLAP = 0.5
STEM = 4
"""Letters with which words of one family begin alike."""
INNER = 6
"""Letters from which on a word found whole within another is taken for a part of it."""
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, folded, its trigrams, and where it stands."""

    folded: str
    trigrams: frozenset[str]
    span: tuple[int, int]


def telling_words(text: str, is_common: Callable[[str], bool]) -> tuple[Word, ...]:
    """The words of a text, in order, without those that say nothing. is_common: whether a folded word is one of these in its language."""
    words = ((fold(match.group()), match.span()) for match in _WORD.finditer(text))
    return tuple(Word(word, _trigrams(word), span) for word, span in words if not is_common(word))


class SharedWords:
    """The telling words of a topic, to be found in texts of any language."""

    def __init__(self, topic: Sequence[Word], language: str) -> None:
        self._topic = [word.folded for word in topic]
        self._language = language
        self._wanted: dict[str, _Wanted] = {}

    def marks(self, words: Sequence[Word], language: str) -> Marks:
        """Where those words of a text in `language` stand that share half their trigrams with a word of the topic, or with one that means
        the same in that language (Dice's coefficient), and may be of its family."""
        wanted = self._wanted.get(language)
        if wanted is None:
            meant = [meaning for word in self._topic for meaning in translations(word, self._language, language)]
            wanted = self._wanted[language] = _Wanted([*self._topic, *meant])
        return wanted.marks(words)


class _Wanted:
    """Folded words to be found."""

    def __init__(self, words: Sequence[str]) -> None:
        self._wanted = {word: _trigrams(word) for word in words}
        self._trigrams = frozenset().union(*self._wanted.values())
        self._shortest = min(map(len, self._wanted.values()), default=0)
        self._alike: dict[str, bool] = {}

    def marks(self, words: Sequence[Word]) -> Marks:
        foreign, is_alike = self._trigrams.isdisjoint, self._is_alike
        met = [word for word in words if not foreign(word.trigrams)]
        return tuple([word.span for word in met if is_alike(word)])

    def _is_alike(self, word: Word) -> bool:
        found = self._alike.get(word.folded)
        if found is None:
            own = word.trigrams
            found = self._alike[word.folded] = self._may_be_alike(own) and any(
                2 * len(own & trigrams) >= MIN_OVERLAP * (len(own) + len(trigrams))
                and _of_a_family(word.folded, wanted)
                for wanted, trigrams in self._wanted.items()
            )
        return found

    def _may_be_alike(self, own: frozenset[str]) -> bool:
        """False where even all words of the topic together share too little."""
        return 2 * len(own & self._trigrams) >= MIN_OVERLAP * (len(own) + self._shortest)


def _of_a_family(one: str, other: str) -> bool:
    """Whether words begin alike, or one is part of the other: "vision" and "decision" only end alike."""
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter[:STEM]) or (len(shorter) >= INNER and shorter in longer)


@lru_cache(maxsize=8_192)
def _trigrams(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
