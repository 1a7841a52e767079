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
    assert answer_odds(low, cosine, is_long) <= answer_odds(high, cosine, is_long)


def test_the_range_is_used() -> None:
    """A poor match and a very good one are far apart, and a topic is answered by the second only."""
    assert relevance_of(1.0, 0.2, False) < 0.1
    assert relevance_of(6.0, 0.7, False) > 0.85
    assert answer_odds(1.0, 0.2, False) < 0 < answer_odds(6.0, 0.7, False)
