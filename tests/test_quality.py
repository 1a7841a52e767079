"""Evaluations as tables."""

from pathlib import Path

import pandas as pd
import pytest

from search import InvalidQuery, Query, Searcher, open_index
from search.comparison import compare, intervals
from search.evaluation import MEASURES, Evaluation, JudgedTopic, evaluate
from search.quality import comparison_frame, pairs_frame, ranking_frame, scores_frame, topics_frame
from tests.conftest import Build, FakeEncoder, member

TOPICS = [
    JudgedTopic("good-en", "en", "sensors", {"alpha": 3, "beta": 2}, "phrase"),
    JudgedTopic("bad-en", "en", "sensors", {"zeta": 3, "gone": 1}),
    JudgedTopic("vaches", "fr", "vaches", {"delta": 3, "gamma": 2}),
    JudgedTopic("nobody", "en", "poetry", {}),
]


@pytest.fixture
def evaluation(small: Searcher) -> Evaluation:
    return evaluate(small, TOPICS)


def test_scores_with_intervals(evaluation: Evaluation) -> None:
    """Every measure, its mean and the bounds of `intervals`."""
    frame = scores_frame(evaluation).set_index("measure")
    assert list(frame.index) == list(MEASURES)
    assert frame.loc["MRR", "mean"] == evaluation.overall["MRR"]
    bounds = intervals(evaluation)["nDCG@10"]
    assert list(frame.loc["nDCG@10", ["low", "high"]]) == [bounds.low, bounds.high]


def test_pairs_of_languages(evaluation: Evaluation) -> None:
    """One row a pair of languages that was measured."""
    frame = pairs_frame(evaluation)
    assert list(zip(frame["topic"], frame["member"], strict=True)) == list(evaluation.by_pair)
    assert list(frame["recall@20"]) == [scores["recall@20"] for scores in evaluation.by_pair.values()]


def test_the_worst_topics_come_first(evaluation: Evaluation) -> None:
    """By the measure named, answerable ones only, with how many members are relevant."""
    frame = topics_frame(evaluation, TOPICS)
    assert list(frame["id"]) == ["bad-en", "good-en", "vaches"]
    assert list(frame["relevant"]) == [2, 2, 2]
    assert list(frame["nDCG@10"]) == sorted(frame["nDCG@10"])
    assert frame["nDCG@10"][0] == evaluation.by_topic["bad-en"]["nDCG@10"]
    with pytest.raises(InvalidQuery, match="no measure 'speed'; choose one of nDCG@10"):
        topics_frame(evaluation, TOPICS, by="speed")
    with pytest.raises(InvalidQuery, match="'other' is not in the evaluation"):
        topics_frame(evaluation, [*TOPICS, JudgedTopic("other", "en", "x", {"alpha": 1})])


def test_two_configurations(small: Searcher, evaluation: Evaluation) -> None:
    """The means of both and what `compare` says; `asked` holds for every topic."""
    elsewhere = evaluate(small, TOPICS, Query("", exclude_country=("BE",)))
    assert (elsewhere.by_topic["good-en"]["MRR"], elsewhere.by_topic["good-en"]["recall@10"]) == (1, 0.5)
    row = comparison_frame(evaluation, elsewhere).set_index("measure").loc["recall@10"]
    said = compare(evaluation, elsewhere)["recall@10"]
    means = [evaluation.overall["recall@10"], elsewhere.overall["recall@10"]]
    assert list(row) == [*means, said.mean, said.interval.low, said.interval.high, said.p_value]


def test_what_became_of_a_topic(small: Searcher) -> None:
    """The first matches with their grades, then relevant ones at the ranks they have; one that is not in the store has no row."""
    topic = JudgedTopic("t", "en", "sensors", {"alpha": 3, "gamma": 1, "gone": 2})
    frame = ranking_frame(small, topic, k=2)
    order = [match.member.id for match in small.search("sensors", k=6)]
    assert list(frame["id"]) == ["alpha", "beta", "gamma"]
    assert list(frame["rank"]) == [1, 2, order.index("gamma") + 1]
    assert list(frame["grade"]) == [3, 0, 1]
    assert list(frame["languages"]) == ["en", "fr", "en"]
    assert str(frame["rank"].dtype) == "Int64"


def test_relevant_members_beyond_the_first_hundred(build: Build, tmp_path: Path) -> None:
    """They come last, the better grade first, without a rank."""
    crowd = [member(f"m{i:03}", en=f"Sensors {i}.") for i in range(120)]
    build([*crowd, member("last", en="Cows."), member("lost", en="Milk of cows.")])
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    first = searcher.search("sensors")[0].member.id
    frame = ranking_frame(searcher, JudgedTopic("t", "en", "sensors", {"last": 1, "lost": 3, first: 2}), k=1)
    assert list(frame["id"]) == [first, "lost", "last"]
    assert list(frame["rank"].isna()) == [False, True, True]
    assert pd.isna(frame["relevance"][1])
    assert frame["evidence"][1] == ""
