"""Marked words."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from search.marks import SharedWords


def never(word: str) -> bool:
    return False


def marked(topic: str, text: str) -> list[str]:
    return [text[a:b] for a, b in SharedWords(topic, never).marks(text, never)]


def test_inflections_and_cognates_are_marked() -> None:
    """Plurals, accents and the other language's form of a word; acronyms whole; other words not."""
    assert marked("capteurs MEMS", "Un capteur mems, des capteurs et un moteur.") == ["capteur", "mems", "capteurs"]
    assert marked("photonique intégrée", "Integrated photonics for radar.") == ["Integrated", "photonics"]
    assert marked("radar", "Lidar and sonar.") == []


def test_common_words_are_not_marked() -> None:
    """Neither as a word of the topic nor as one of the text."""
    common = {"avec", "nous", "des"}.__contains__
    text = "Nous travaillons avec des capteurs."
    assert [text[a:b] for a, b in SharedWords("nous, avec des capteurs", common).marks(text, common)] == ["capteurs"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_marks_are_places_in_the_text(topic: str, text: str) -> None:
    """In order, inside, not overlapping; a text marks all its own words of three letters."""
    assert marked("alpha bravo", "alpha bravo of") == ["alpha", "bravo"]
    marks = SharedWords(topic, never).marks(text, never)
    assert all(0 <= start < end <= len(text) for start, end in marks)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(marks))
