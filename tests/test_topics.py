"""Topics as the ranking sees them."""

import numpy as np
import pytest

from search.needs import NeedClassifier
from search.topics import MAX_PARTS, WINDOW_CHARS, TopicReader
from tests.conftest import DIMENSION, FakeEncoder
from tests.test_needs import CALL


def reader(encoder: FakeEncoder | None = None) -> TopicReader:
    encoder = encoder or FakeEncoder()
    return TopicReader(encoder, encoder.means)


def test_a_phrase_is_one_vector() -> None:
    """Language, unit vector, no needs."""
    (topic,) = reader().read(["des capteurs pour les vaches"])
    assert (topic.language, topic.needs, topic.by_need.shape) == ("fr", (), (0, DIMENSION + 1))
    assert float(np.linalg.norm(topic.whole[:-1])) == pytest.approx(1, abs=1e-5)
    assert topic.whole[-1] == 1


def test_a_call_has_needs_with_their_places() -> None:
    """Each need stands in the topic where it says, with one vector each."""
    (topic,) = reader().read([CALL])
    assert len(topic.needs) == 5
    assert all(CALL[need.start : need.end] == need.text for need in topic.needs)
    assert topic.by_need.shape == (5, DIMENSION + 1)


def test_unlikely_sentences_are_no_needs() -> None:
    """A classifier that believes in none leaves the topic whole."""
    encoder = FakeEncoder()
    encoder.needs = NeedClassifier(np.zeros(DIMENSION, np.float32), -5.0)
    (topic,) = reader(encoder).read([CALL])
    assert topic.needs == ()


def test_topics_read_together_or_alone_are_the_same() -> None:
    """The vectors of one topic never mix with another's."""
    texts = ["sensors for cows", CALL, "puces"]
    for alone, together in zip([reader().read([text])[0] for text in texts], reader().read(texts), strict=True):
        assert (alone.text, alone.language, alone.needs) == (together.text, together.language, together.needs)
        assert alone.whole == pytest.approx(together.whole, abs=1e-6)
        assert alone.by_need == pytest.approx(together.by_need, abs=1e-6)


class Counting(FakeEncoder):
    """Notes what it was given to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_queries(self, texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:  # type: ignore[override]
        self.asked = list(texts)
        return super().encode_queries(texts)


def test_a_pasted_document_costs_a_bounded_amount() -> None:
    """However long it is, a few parts and a few sentences are encoded; what is asked for is among them."""
    need = "We are looking for a laboratory able to measure dust."
    filler = "The region was founded long ago and has many rivers, roads, schools and forests. "
    encoder = Counting()
    reader(encoder).read([filler * 200 + need + " " + filler * 150])
    parts = [text for text in encoder.asked if len(text) > 300]
    assert 1 <= len(parts) <= MAX_PARTS
    assert sum(map(len, encoder.asked)) < 4 * WINDOW_CHARS + 24 * 100
    assert any(need in part for part in parts)
    assert need in encoder.asked
