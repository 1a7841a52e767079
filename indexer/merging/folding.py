"""Text made comparable: case, accents and scripts folded."""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

__all__ = ["folded", "words"]

_WORD = re.compile(r"[^\W_]+")
_UMLAUT = re.compile(r"([aou])e")
_SPELLED_OUT = ("LATIN", "GREEK", "CYRILLIC")


def folded(text: str) -> str:
    """Lower case without accents; Greek and Cyrillic in Latin letters, other scripts as they are.

    "ae", "oe" and "ue" become "a", "o" and "u": some write an umlaut so, others drop its dots.
    """
    plain = text if text.isascii() else "".join(map(_letter, unicodedata.normalize("NFKC", text)))
    return _UMLAUT.sub(r"\1", plain.casefold())


def words(text: str) -> list[str]:
    """The words of `text`, folded."""
    return _WORD.findall(folded(text))


@lru_cache(10_000)
def _letter(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.combining(character):
        return ""
    return anyascii(character) if unicodedata.name(character, "").startswith(_SPELLED_OUT) else character
