"""What scores mean."""

from hypothesis import given
from hypothesis import strategies as st

from search.relevance import answer_odds, relevance_of

scores = st.floats(-12, 12)
cosines = st.floats(-1, 1)


@given(scores, scores, cosines, st.booleans())
def test_higher_scores_are_more_relevant(a: float, b: float, cosine: float, is_long: bool) -> None:
    """Relevance is a probability that rises with the score."""
    low, high = sorted((a, b))
    assert 0 <= relevance_of(low, cosine, is_long) <= relevance_of(high, cosine, is_long) <= 1


def test_the_range_is_used() -> None:
    """A poor match and a very good one are far apart."""
    assert relevance_of(1.0, 0.2, False) < 0.1
    assert relevance_of(6.0, 0.7, False) > 0.85


@given(scores, scores, cosines, cosines)
def test_whether_anybody_answers(a: float, b: float, c: float, d: float) -> None:
    """The odds rise with the lead, whatever the score; without a lead, with the score."""
    low, high = sorted((c, d))
    assert answer_odds(a, low) <= answer_odds(b, high)
    low, high = sorted((a, b))
    assert answer_odds(low, None) <= answer_odds(high, None)


def test_nearer_than_known_answers() -> None:
    """A passage as near to the topic as known answers to other topics are makes it answered, one much further away does not."""
    assert answer_odds(3.0, -0.4) < 0 < answer_odds(3.0, 0.0)
    assert answer_odds(1.0, None) < 0 < answer_odds(6.0, None)
