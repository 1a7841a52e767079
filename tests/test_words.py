"""Function words, the dictionary, and queries with translations."""

from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.lexical import fold
from search.words import is_function_word, translations, with_translations


def test_the_dictionary_is_well_formed() -> None:
    """A French word and English ones a line, in order and each once, single words in small letters, none of them a function word."""
    lines = resources.files("search").joinpath("dictionary.tsv").read_text(encoding="utf-8").splitlines()
    entries = [line.split("\t") for line in lines]
    assert len(entries) > 2_900
    assert all(len(entry) == 2 for entry in entries)
    french = [(fold(word), word) for word, _ in entries]
    assert all(a < b for a, b in pairwise(french))
    for word, meanings in entries:
        english = meanings.split(",")
        assert len(english) == len(set(english))
        assert all(each.isalpha() and each.islower() for each in (word, *english))
        assert not is_function_word(fold(word), "fr")
        assert not any(is_function_word(each, "en") for each in english)


@pytest.mark.parametrize(
    ("word", "source", "target", "expected"),
    [
        ("capteurs", "fr", "en", "sensor"),
        ("bruit", "fr", "en", "noise"),
        ("sensors", "en", "fr", "capteur"),
        ("batteries", "en", "fr", "pile"),
        ("echangeurs", "fr", "en", "exchanger"),
    ],
)
def test_translations_in_both_directions_and_of_plurals(word: str, source: str, target: str, expected: str) -> None:
    """Folded words, whatever their number."""
    assert expected in translations(word, source, target)


@pytest.mark.parametrize(("source", "target"), [("fr", "fr"), ("de", "en"), ("fr", "de")])
def test_languages_without_a_dictionary(source: str, target: str) -> None:
    """Nothing is translated, and the query is the text."""
    assert translations("capteurs", source, target) == frozenset()
    assert with_translations("capteurs de bruit", source, target) == "capteurs de bruit"


def test_function_words_by_language() -> None:
    """A word can be one in a language and not in the other; none is known of further languages."""
    assert is_function_word("with", "en")
    assert is_function_word("avec", "fr")
    assert not is_function_word("car", "en")  # a vehicle
    assert is_function_word("car", "fr")  # because
    assert not is_function_word("und", "de")


def test_a_query_with_translations() -> None:
    """Each word once, function words not at all."""
    assert with_translations("Des capteurs, capteurs pour le bruit", "fr", "en").split()[6:] == [
        "sensor",
        "noise",
        "sound",
    ]


@given(st.text())
def test_any_text_is_a_query(text: str) -> None:
    """The text itself comes first, unchanged."""
    for source, target in (("fr", "en"), ("en", "fr")):
        assert with_translations(text, source, target).startswith(text)
