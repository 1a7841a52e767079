"""Lexical scores."""

from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.eager import EagerScores
from search.lexical import LexicalIndex, character_ngrams, fold

TEXTS = ["Photonics on silicon", "La photonique sur silicium", "ISO 26262 audits", "Élevage de vaches", "!!!"]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build(TEXTS)


def scores(index: LexicalIndex, topic: str) -> NDArray[np.float32]:
    return index.query(topic).scores(np.arange(len(index)))


@given(st.lists(st.text("abcé 1", max_size=30), min_size=1, max_size=12), st.text("abcé 1", max_size=20))
def test_scores_are_those_of_bm25(texts: list[str], topic: str) -> None:
    """A reference implementation over the n-grams themselves gives the same scores."""
    if any(not character_ngrams(text) for text in texts):
        texts = [f"{text} x" for text in texts]
    reference = bm25s.BM25(method="lucene")
    reference.index([character_ngrams(text) for text in texts], show_progress=False)
    known = [ngram for ngram in dict.fromkeys(character_ngrams(topic)) if ngram in reference.vocab_dict]
    expected = reference.get_scores(known) if known else np.zeros(len(texts))
    index = LexicalIndex.build(texts)
    assert scores(index, topic) == pytest.approx(expected, abs=1e-4)
    some = np.arange(0, len(texts), 2)
    assert EagerScores.of(index, some).scores(index.query(topic).ngrams) == pytest.approx(expected[some], abs=1e-4)


@pytest.mark.parametrize(("topic", "best"), [("photonic", 0), ("photonique", 1), ("iso 26262", 2), ("ELEVAGE", 3)])
def test_words_find_their_passage(index: LexicalIndex, topic: str, best: int) -> None:
    """Standards, inflections, accents and case do not hide a word."""
    assert int(np.argmax(scores(index, topic))) == best


def test_cognates_cross_languages(index: LexicalIndex) -> None:
    """A French word scores the English passage with its cognate above one without."""
    found = scores(index, "photonique")
    assert found[0] > found[3] == 0


def test_nothing_shared_scores_zero(index: LexicalIndex) -> None:
    """A topic of unknown words, or of no word at all, scores every passage 0."""
    for topic in ("xyzzy", "?!", "日本"):
        assert scores(index, topic).tolist() == [0.0] * len(TEXTS)


def test_a_saved_index_scores_the_same(index: LexicalIndex, tmp_path: Path) -> None:
    """What is loaded is what was saved."""
    index.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    assert scores(loaded, "silicon photonics").tolist() == scores(index, "silicon photonics").tolist()


def test_repeating_a_word_changes_nothing(index: LexicalIndex) -> None:
    """Each n-gram of a topic counts once."""
    assert scores(index, "silicon silicon silicon").tolist() == scores(index, "silicon").tolist()


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


def test_candidates_by_words() -> None:
    """Without a bound all passages that share something; with one the best, only those allowed and within the rows."""
    index = LexicalIndex.build([*TEXTS, "silicon", "silicon carbide"])
    query = index.query("silicon photonics")
    assert query.candidates(10, range(7), None).tolist() == [0, 1, 5, 6]
    assert query.candidates(1, range(7), None).tolist() == [0]
    assert query.candidates(10, range(1, 6), None).tolist() == [1, 5]
    assert query.candidates(10, range(7), np.arange(7) % 2 == 0).tolist() == [0, 6]
    assert index.query("xyzzy").candidates(10, range(7), None).tolist() == []
