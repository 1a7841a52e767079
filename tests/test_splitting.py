"""Texts to passages."""

from hypothesis import given
from hypothesis import strategies as st

from search.splitting import MAX_CHARS, Span, paragraphs, passages

TEXTS = st.lists(
    st.sampled_from(
        ["Un mot. ", "Two words! ", "env. 3 % ", "\n\n", "\n", "x" * 90, "Éclair… ", "« Oui. » ", "\t", "A" * 1300]
    ),
    max_size=25,
).map("".join)


def split(text: str) -> list[str]:
    return [span.of(text) for paragraph in paragraphs(text) for span in passages(text, paragraph)]


@given(TEXTS | st.text())
def test_nothing_is_lost_and_every_place_is_exact(text: str) -> None:
    """Passages stand in order in the text, do not overlap, are trimmed, and leave out nothing but white space."""
    spans = [span for paragraph in paragraphs(text) for span in passages(text, paragraph)]
    end = 0
    for span in spans:
        assert not text[end : span.start].strip()
        assert span.of(text) == span.of(text).strip() != ""
        end = span.end
    assert not text[end:].strip()


@given(TEXTS)
def test_passages_fit_the_encoder(text: str) -> None:
    """No passage is longer than the window allows for."""
    assert all(len(passage) <= MAX_CHARS for passage in split(text))


def test_a_short_description_stays_whole() -> None:
    """Two short sentences are one capability."""
    assert split("MEMS sensors. Made in Crolles.") == ["MEMS sensors. Made in Crolles."]


def test_sentences_are_joined_until_they_say_enough() -> None:
    """A long paragraph is cut between sentences, short neighbours together."""
    sentences = [f"Sentence number {i} says something about sensors and their use in the field." for i in range(6)]
    assert split(" ".join(sentences)) == [" ".join(sentences[:3]), " ".join(sentences[3:])]


def test_abbreviations_do_not_end_a_sentence() -> None:
    """ "env. 30" and "M. Dupont" are not cut, nor is a decimal number."""
    text = "Le laboratoire de M. Dupont emploie env. 30 personnes à 3.5 km d'ici depuis longtemps déjà. " * 5
    assert all(part.startswith("Le laboratoire") for part in split(text.strip()))


def test_paragraphs_are_never_joined() -> None:
    """A blank line separates, whatever white space it holds."""
    assert [span.of(t) for t in ["One.\n \nTwo.\n\n\nThree."] for span in paragraphs(t)] == ["One.", "Two.", "Three."]


def test_an_empty_text_has_no_passage() -> None:
    """White space alone is nothing."""
    assert paragraphs(" \n\n\t") == []
    assert passages("abc", Span(0, 3)) == [Span(0, 3)]
