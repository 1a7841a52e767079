"""Lexical scores."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.lexical import LexicalIndex, character_ngrams, fold

TEXTS = ["Photonics on silicon", "La photonique sur silicium", "ISO 26262 audits", "Élevage de vaches", "!!!"]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build(TEXTS)


@pytest.mark.parametrize(("topic", "best"), [("photonic", 0), ("photonique", 1), ("iso 26262", 2), ("ELEVAGE", 3)])
def test_words_find_their_passage(index: LexicalIndex, topic: str, best: int) -> None:
    """Standards, inflections, accents and case do not hide a word."""
    assert int(np.argmax(index.scores(topic))) == best


def test_cognates_cross_languages(index: LexicalIndex) -> None:
    """A French word scores the English passage with its cognate above one without."""
    scores = index.scores("photonique")
    assert scores[0] > scores[3] == 0


def test_nothing_shared_scores_zero(index: LexicalIndex) -> None:
    """A topic of unknown words, or of no word at all, scores every passage 0."""
    for topic in ("xyzzy", "?!", "日本"):
        assert index.scores(topic).tolist() == [0.0] * len(TEXTS)


def test_a_saved_index_scores_the_same(index: LexicalIndex, tmp_path: Path) -> None:
    """What is loaded is what was saved."""
    index.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical", len(TEXTS))
    assert loaded.scores("silicon photonics").tolist() == index.scores("silicon photonics").tolist()


def test_repeating_a_word_changes_nothing(index: LexicalIndex) -> None:
    """Each n-gram of a topic counts once."""
    assert index.scores("silicon silicon silicon").tolist() == index.scores("silicon").tolist()


@example("𝕬")  # a capital letter by compatibility only
@given(st.text())
def test_ngrams_do_not_depend_on_case_and_accents(text: str) -> None:
    """Folding is idempotent and decides the n-grams."""
    assert fold(fold(text)) == fold(text)
    assert character_ngrams(fold(text)) == character_ngrams(text)


def test_a_short_word_counts_once() -> None:
    """A word too short for an n-gram still counts, whole."""
    assert character_ngrams("5G a") == [" 5g", "5g ", " 5g ", " a "]


def test_counting_passages_with_a_word() -> None:
    """Within the rows asked about; none for a word nobody has, nor for letters that fold to nothing."""
    index = LexicalIndex.build(["capteurs de gaz", "capteurs", "vaches", "gaz"])
    assert index.passages_with("capteurs", range(4)) == 2
    assert index.passages_with("capteurs", range(1, 4)) == 1
    assert index.passages_with("zymurgie", range(4)) == 0
    assert index.passages_with("   ", range(4)) == 0
