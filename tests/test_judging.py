"""From what a search found to judged topics in a file."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import InvalidQuery, Searcher
from search.evaluation import JudgedTopic, evaluate, read_topics, write_topics
from search.exports import save
from search.judging import COLUMNS, judge, judged_topics, judging_table


@pytest.fixture
def table(small: Searcher) -> pd.DataFrame:
    return judging_table(small.search_many(pd.DataFrame({"id": ["s", "v"], "text": ["sensors", "vaches"]}), k=3))


def test_a_table_to_judge(small: Searcher, table: pd.DataFrame) -> None:
    """One row a match, with all its evidence and no grade, of known columns and dtypes, also where there is none."""
    assert {str(name): str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS
    assert list(table.columns) == list(COLUMNS)
    assert list(table["topic_id"]) == ["s"] * 3 + ["v"] * 3
    assert list(table["id"][:3]) == [match.member.id for match in small.search("sensors", k=3)]
    assert table["grade"].isna().all()
    delta = table[(table["topic_id"] == "v") & (table["id"] == "delta")]
    assert sorted(delta["evidence"].item().split("\n")) == ["Health of cows.", "Nous soignons les vaches."]
    assert {str(name): str(dtype) for name, dtype in judging_table([]).dtypes.items()} == COLUMNS
    assert list(judging_table(small.search_many(["sensors"], k=1))["topic_id"]) == ["0"]


def test_grades_by_order_and_by_id(table: pd.DataFrame) -> None:
    """A list holds those of the first rows, a dictionary those of members; the rest gets one grade, and what was judged keeps its own."""
    judged = judge(table, "s", [3, 2])
    assert list(judged["grade"][:2]) == [3, 2]
    assert judged["grade"][2:].isna().all()
    assert table["grade"].isna().all()
    judged = judge(judge(judged, "s", {}, rest=1), "v", {table["id"][5]: 3}, rest=0)
    assert list(judged["grade"]) == [3, 2, 1, 0, 0, 3]
    assert str(judged["grade"].dtype) == "Int64"


def test_judged_topics_keep_what_was_judged(table: pd.DataFrame) -> None:
    """Zeros are not relevant, rows without a grade do not count, a topic without grades is left out."""
    assert judged_topics(table) == []
    judged = judge(table, "s", [0, 2])
    assert judged_topics(judged) == [JudgedTopic("s", table["lang"][0], "sensors", {table["id"][1]: 2})]
    nobody = judge(judged, "v", [], rest=0)
    assert judged_topics(nobody)[1] == JudgedTopic("v", "fr", "vaches", {})


@pytest.mark.parametrize(
    ("topic", "grades", "rest", "said"),
    [
        ("x", [1], None, "no topic 'x' in the table; it has 's', 'v'"),
        ("s", {"nobody": 1}, None, "member 'nobody' is not among those found for topic 's'"),
        ("s", [1, 1, 1, 1], None, "4 grades for the 3 members"),
        ("s", [-1], None, "is -1; expected a whole number from 0"),
        ("s", [2.5], None, "is 2.5; expected"),
        ("s", ["good"], None, "is 'good'; expected"),
        ("s", [], 1000, "the grade of the rest for topic 's' is 1000"),
        ("s", [float("nan")], None, "is nan; expected"),
    ],
)
def test_what_are_no_grades(
    table: pd.DataFrame, topic: str, grades: dict[str, int] | list[int], rest: int | None, said: str
) -> None:
    """Refused with what was found and what was expected."""
    with pytest.raises(InvalidQuery, match=said):
        judge(table, topic, grades, rest)


def test_a_table_filled_in_a_spreadsheet(small: Searcher, table: pd.DataFrame, tmp_path: Path) -> None:
    """Saved, read again and kept as qrels, the grades are those given and `evaluate` reads them."""
    judged = judge(judge(table, "s", [3, 1]), "v", [2])
    for read, name in ((pd.read_excel, "t.xlsx"), (pd.read_csv, "t.csv")):
        assert judged_topics(read(save(judged, tmp_path / name))) == judged_topics(judged)
    numbered = pd.read_csv(save(judging_table(small.search_many(["sensors"])), tmp_path / "numbers.csv"))
    assert judge(numbered, "0", [3])["grade"][0] == 3
    write_topics(judged_topics(judged), tmp_path / "judged.jsonl")
    assert read_topics(tmp_path / "judged.jsonl") == [
        dataclasses.replace(topic, need=topic.id) for topic in judged_topics(judged)
    ]
    assert evaluate(small, read_topics(tmp_path / "judged.jsonl")).overall["MRR"] == 1


def test_a_table_that_is_none(table: pd.DataFrame) -> None:
    """A column that is missing, or a grade that is no number, is named."""
    with pytest.raises(InvalidQuery, match="no column 'grade'; expected topic_id"):
        judged_topics(table.drop(columns="grade"))
    with pytest.raises(InvalidQuery, match="the grade of alpha for topic 's' is 'yes'; expected a whole number"):
        judged_topics(table.assign(grade="yes"))


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)
TOPIC = st.builds(JudgedTopic, WORDS, st.sampled_from(["fr", "en"]), WORDS, st.dictionaries(WORDS, st.integers(1, 100), max_size=3), st.sampled_from(["", "call"]), WORDS)  # fmt: skip


@given(topics=st.lists(TOPIC, min_size=1, max_size=4, unique_by=lambda topic: topic.id))
def test_what_is_kept_is_read_again(topics: list[JudgedTopic], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any judged topics, whatever their texts and ids."""
    path = tmp_path_factory.mktemp("kept") / "t.jsonl"
    write_topics(topics, path)
    assert read_topics(path) == topics


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ([], "there are no judged topics to keep"),
        ([JudgedTopic("a", "en", "x", {}), JudgedTopic("a", "fr", "y", {})], "two topics have the id 'a'"),
        ([JudgedTopic("a", "en", " ", {})], "the topic is empty"),
        ([JudgedTopic("a", "en", "x", {"m": 0, "n": 1000})], "the topic 'a' cannot be kept: a grade is not in"),
        ([JudgedTopic("a", "en", "\ud800", {})], "the topic 'a' cannot be kept"),
    ],
)
def test_what_cannot_be_kept(tmp_path: Path, topics: list[JudgedTopic], said: str) -> None:
    """Refused before anything is written."""
    path = tmp_path / "t.jsonl"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(InvalidQuery, match=said):
        write_topics(topics, path)
    assert path.read_text(encoding="utf-8") == "before"
