"""Mark the words of an evidence that the topic shares, also across languages where they are cognates."""

import re
from collections.abc import Callable
from functools import lru_cache

from .lexical import fold

__all__ = ["Marks", "SharedWords"]

Marks = tuple[tuple[int, int], ...]
"""Places `start:end` in a text, in order, none overlapping."""

MIN_OVERLAP = 0.5
KEPT_CHARS = 2_000
"""Words of texts up to so long are kept: the same passages are quoted again and again."""
_WORD = re.compile(r"\w{3,}")


class SharedWords:
    """The words of a topic, to be found in other texts."""

    def __init__(self, topic: str, is_common: Callable[[str], bool]) -> None:
        """is_common: whether a folded word is too frequent in the topic's language to say anything."""
        words = {fold(match.group()) for match in _WORD.finditer(topic)}
        self._wanted = [_trigrams(word) for word in sorted(words) if not is_common(word)]
        self._trigrams = frozenset().union(*self._wanted)
        self._alike: dict[str, bool] = {}

    def marks(self, text: str, is_common: Callable[[str], bool]) -> Marks:
        """Words of `text` that share half their trigrams with a word of the topic (Dice's coefficient) and are not common themselves."""
        words = _words(text) if len(text) <= KEPT_CHARS else _words.__wrapped__(text)
        foreign = self._trigrams.isdisjoint
        return tuple(
            span for word, own, span in words if not foreign(own) and self._is_alike(word, own) and not is_common(word)
        )

    def _is_alike(self, word: str, own: frozenset[str]) -> bool:
        found = self._alike.get(word)
        if found is None:
            found = False
            for wanted in self._wanted:
                if 2 * len(own & wanted) >= MIN_OVERLAP * (len(own) + len(wanted)):
                    found = True
                    break
            self._alike[word] = found
        return found


@lru_cache(maxsize=5_000)
def _words(text: str) -> tuple[tuple[str, frozenset[str], tuple[int, int]], ...]:
    """The words of a text, folded, their trigrams, and where they stand."""
    folded = ((fold(match.group()), match.span()) for match in _WORD.finditer(text))
    return tuple((word, _trigrams(word), span) for word, span in folded)


@lru_cache(maxsize=65_536)
def _trigrams(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
