"""Mark the words of an evidence that the topic shares, also across languages where they are cognates."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .lexical import fold

__all__ = ["Marks", "SharedWords", "Word", "telling_words"]

Marks = tuple[tuple[int, int], ...]
"""Places `start:end` in a text, in order, none overlapping."""

MIN_OVERLAP = 0.5
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
    """The telling words of a topic, to be found in other texts."""

    def __init__(self, topic: Sequence[Word]) -> None:
        self._wanted = list(dict.fromkeys(word.trigrams for word in topic))
        self._trigrams = frozenset().union(*self._wanted)
        self._shortest = min(map(len, self._wanted), default=0)
        self._alike: dict[str, bool] = {}

    def marks(self, words: Sequence[Word]) -> Marks:
        """Where those words stand that share half their trigrams with a word of the topic (Dice's coefficient)."""
        foreign, is_alike = self._trigrams.isdisjoint, self._is_alike
        met = [word for word in words if not foreign(word.trigrams)]
        return tuple([word.span for word in met if is_alike(word)])

    def _is_alike(self, word: Word) -> bool:
        found = self._alike.get(word.folded)
        if found is None:
            own = word.trigrams
            found = self._alike[word.folded] = self._may_be_alike(own) and any(
                2 * len(own & wanted) >= MIN_OVERLAP * (len(own) + len(wanted)) for wanted in self._wanted
            )
        return found

    def _may_be_alike(self, own: frozenset[str]) -> bool:
        """False where even all words of the topic together share too little."""
        return 2 * len(own & self._trigrams) >= MIN_OVERLAP * (len(own) + self._shortest)


@lru_cache(maxsize=8_192)
def _trigrams(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
