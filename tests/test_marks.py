"""Marked words."""

import itertools
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from search.marks import Marks, SharedWords, telling_words


def never(word: str) -> bool:
    return False


def marks(topic: str, text: str, is_common: Callable[[str], bool], languages: tuple[str, str] = ("en", "en")) -> Marks:
    asked, answered = languages
    return SharedWords(telling_words(topic, is_common), asked).marks(telling_words(text, is_common), answered)


def marked(topic: str, text: str, languages: tuple[str, str] = ("en", "en")) -> list[str]:
    return [text[a:b] for a, b in marks(topic, text, never, languages)]


def test_inflections_and_cognates_are_marked() -> None:
    """Plurals, accents and the other language's form of a word; acronyms whole; other words not."""
    assert marked("capteurs MEMS", "Un capteur mems, des capteurs et un moteur.") == ["capteur", "mems", "capteurs"]
    assert marked("photonique intégrée", "Integrated photonics for radar.") == ["Integrated", "photonics"]
    assert marked("radar", "Lidar and sonar.") == []


def test_words_that_only_look_alike_are_not_marked() -> None:
    """Words of one family begin alike, or a whole long word is part of another."""
    assert marked("a vision of sports, litres of meat", "Decision, revision of ports, metres of heat.") == ["revision"]
    assert marked("microelectronics", "Electronics.") == ["Electronics"]
    assert marked("buses", "A bus.") == ["bus"]


def test_words_of_the_other_language_that_mean_the_same_are_marked() -> None:
    """From French to English and back, in any form; not within a language, nor from one the dictionary does not know."""
    text = "Gas sensors, noise and batteries."
    assert marked("Capteurs, bruit, batterie, pile", text, ("fr", "en")) == ["sensors", "noise", "batteries"]
    assert marked("Sensor for noise", "Nos capteurs mesurent le bruit.", ("en", "fr")) == ["capteurs", "bruit"]
    assert marked("capteurs de bruit", "Sensors and noise.", ("fr", "fr")) == []
    assert marked("capteurs de bruit", "Sensors and noise.", ("de", "en")) == []


def test_common_words_are_not_marked() -> None:
    """Neither as a word of the topic nor as one of the text."""
    common = {"avec", "nous", "des"}.__contains__
    text = "Nous travaillons avec des capteurs."
    assert [text[a:b] for a, b in marks("nous, avec des capteurs", text, common)] == ["capteurs"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_marks_are_places_in_the_text(topic: str, text: str) -> None:
    """In order, inside, not overlapping; a text marks all its own words of three letters."""
    assert marked("alpha bravo", "alpha bravo of") == ["alpha", "bravo"]
    found = marks(topic, text, never)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
