"""What single words are: function words, which say nothing of a topic, and translations between French and English.

function_words.json holds articles, pronouns, prepositions, auxiliaries and the like of French and English. dictionary.tsv holds a French
word a line and the English words that mean it, without those that begin alike: marks find these by their letters.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from .lexical import fold, folded_words

__all__ = ["is_function_word", "translations", "with_translations"]

FRENCH, ENGLISH = "fr", "en"


def is_function_word(word: str, language: str) -> bool:
    """Whether a folded word is one in a language; False in languages of which none are known."""
    return word in _function_words().get(language, ())


def translations(word: str, source: str, target: str) -> frozenset[str]:
    """Folded words of language `target` that mean a folded word of language `source`; none where the dictionary has none."""
    return _dictionary().get((source, target), {}).get(_singular(word, source), frozenset())


def with_translations(text: str, source: str, target: str) -> str:
    """The text, followed by what its words mean in language `target`: a query for texts of that language by words and their parts."""
    words = [word for word in folded_words(text) if not is_function_word(word, source)]
    meant = [meaning for word in dict.fromkeys(words) for meaning in sorted(translations(word, source, target))]
    return " ".join([text, *meant])


def _singular(word: str, language: str) -> str:
    """The word without the ending of a regular plural; some words lose a letter of their own, alike wherever they stand."""
    if language == ENGLISH and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


@lru_cache(maxsize=1)
def _function_words() -> Mapping[str, frozenset[str]]:
    return {code: frozenset(words.split()) for code, words in json.loads(_text("function_words.json")).items()}


@lru_cache(maxsize=1)
def _dictionary() -> Mapping[tuple[str, str], Mapping[str, frozenset[str]]]:
    """By languages from and to, the translations by singular."""
    to_english, to_french = defaultdict(set), defaultdict(set)
    for french, meanings in csv.reader(_text("dictionary.tsv").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        for english in meanings.split(","):
            to_english[_singular(fold(french), FRENCH)].add(fold(english))
            to_french[_singular(fold(english), ENGLISH)].add(fold(french))
    return {
        (FRENCH, ENGLISH): {word: frozenset(found) for word, found in to_english.items()},
        (ENGLISH, FRENCH): {word: frozenset(found) for word, found in to_french.items()},
    }


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
