"""Languages of texts and of vectors."""

import json

import numpy as np
import pytest

from search.language import PRIOR_WEIGHT, LanguageDetector, LanguageMeans, unit_rows
from tests.conftest import DEMO


def test_topics_are_told_apart() -> None:
    """Every judged topic, phrases of four words included, is found to be in its language."""
    detector = LanguageDetector(["fr", "en"])
    topics = [json.loads(line) for line in (DEMO / "topics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [t["id"] for t in topics if detector.detect(t["text"]) != t["lang"]] == []


@pytest.mark.parametrize("text", ["MEMS", "", "2 + 2", "日本語"])
def test_uncertain_texts_have_probabilities(text: str) -> None:
    """Whatever the text, the probabilities of the candidates sum to 1."""
    assert sum(LanguageDetector(["fr", "en", "de"]).probabilities(text).values()) == pytest.approx(1)


def test_few_passages_barely_move_a_mean() -> None:
    """Three passages keep a language's prior, a thousand replace it."""
    prior = LanguageMeans({"fr": np.array([1, 0], np.float32)}, {"fr": np.array([1, 0], np.float32)})
    few, many = (prior.shrunk_towards({"fr": (np.array([0, n], np.float32), n)}).passage["fr"] for n in (3, 1000))
    assert few == pytest.approx([PRIOR_WEIGHT / (PRIOR_WEIGHT + 3), 3 / (PRIOR_WEIGHT + 3)])
    assert many[1] > 0.95


def test_a_language_without_prior_gets_a_query_mean() -> None:
    """German queries are centred by the German passages, moved as French and English queries are from theirs."""
    shift = np.array([0, 0, 0.5], np.float32)
    passage = {"fr": np.array([1, 0, 0], np.float32), "en": np.array([0, 1, 0], np.float32)}
    prior = LanguageMeans({code: mean + shift for code, mean in passage.items()}, passage)
    means = prior.shrunk_towards({"de": (np.array([0, 0, 50], np.float32), 50)})
    assert means.query["de"] - means.passage["de"] == pytest.approx(shift)


def test_centring_takes_the_language_out() -> None:
    """Two passages that differ by their language's mean alone become the same unit vector."""
    means = LanguageMeans({}, {"fr": np.array([1, 0, 0], np.float32), "en": np.array([0, 1, 0], np.float32)})
    content = np.array([0, 0, 2], np.float32)
    centred = means.centre_passages(
        np.stack([means.passage["fr"] + content, means.passage["en"] + content]), ["fr", "en"]
    )
    assert centred.tolist() == [[0, 0, 1], [0, 0, 1]]


def test_an_uncertain_query_is_centred_in_between() -> None:
    """A topic that may be in either language has the expected mean subtracted."""
    means = LanguageMeans({"fr": np.array([1, 0], np.float32), "en": np.array([0, 1], np.float32)}, {})
    centred = means.centre_query(np.array([1, 1], np.float32), {"fr": 0.5, "en": 0.5})
    assert centred == pytest.approx(unit_rows(np.array([0.5, 0.5], np.float32)))
