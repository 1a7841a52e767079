"""How sure a figure is, and which of two configurations is better."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import InvalidQuery
from search.comparison import compare, intervals
from search.evaluation import Evaluation, JudgedTopic, measure

LANGUAGES = {"good": ("en",), "bad": ("fr",)}
RIGHT, WRONG = ["good", "bad"], ["bad", "good"]


def evaluated(first: list[bool], wordings: int = 1) -> Evaluation:
    """An evaluation in which the right member comes first for some needs, for the others second."""
    topics = [
        JudgedTopic(f"{need}-{w}", "en", "?", {"good": 3}, need=str(need))
        for need in range(len(first))
        for w in range(wordings)
    ]
    rankings = {topic.id: RIGHT if first[int(topic.need)] else WRONG for topic in topics}
    return measure(topics, rankings, dict.fromkeys(rankings, 1.0), LANGUAGES)


def test_the_interval_holds_the_mean_and_narrows_with_more_topics() -> None:
    """Around the measured mean, and smaller for 200 needs than for 20."""
    few, many = evaluated([True, False] * 10), evaluated([True, False] * 100)
    for evaluation in (few, many):
        bounds = intervals(evaluation)["MRR"]
        assert bounds.low < evaluation.overall["MRR"] == 0.75 < bounds.high
    width = {e.topics: intervals(e)["MRR"].high - intervals(e)["MRR"].low for e in (few, many)}
    assert width[200] < width[20] / 2


def test_more_wordings_of_a_need_make_nothing_surer() -> None:
    """Wordings of a need are resampled together: asking each ten times leaves the interval as it was."""
    once, often = evaluated([True, False] * 10), evaluated([True, False] * 10, wordings=10)
    assert intervals(often)["MRR"].low == pytest.approx(intervals(once)["MRR"].low)
    assert intervals(often)["MRR"].high == pytest.approx(intervals(once)["MRR"].high)


def test_a_clear_difference_is_told_from_chance() -> None:
    """Better on every need: small p. Better on as many as worse: p near one."""
    clear = compare(evaluated([True] * 12), evaluated([False] * 12))["MRR"]
    assert clear.mean == 0.5
    assert (clear.interval.low, clear.interval.high) == (0.5, 0.5)
    assert clear.p_value < 0.01
    even = compare(evaluated([True, False] * 6), evaluated([False, True] * 6))["MRR"]
    assert even.mean == 0
    assert even.interval.low < 0 < even.interval.high
    assert even.p_value > 0.5


@given(st.lists(st.booleans(), min_size=2, max_size=12), st.lists(st.booleans(), min_size=2, max_size=12))
def test_comparing_the_other_way_round_changes_the_sign(first: list[bool], second: list[bool]) -> None:
    """A less B is minus (B less A)."""
    size = min(len(first), len(second))
    a, b = evaluated(first[:size]), evaluated(second[:size])
    assert compare(a, b)["MRR"].mean == pytest.approx(-compare(b, a)["MRR"].mean)


def test_different_topics_are_not_compared() -> None:
    """The error says what to do."""
    with pytest.raises(InvalidQuery, match="measure both on the same file"):
        compare(evaluated([True]), evaluated([True, True]))


def test_one_need_tells_nothing() -> None:
    """The difference is given, its interval is unbounded."""
    one = compare(evaluated([True], wordings=2), evaluated([False], wordings=2))["MRR"]
    assert (one.mean, one.p_value, one.interval.low, one.interval.high) == (0.5, 1.0, -math.inf, math.inf)
