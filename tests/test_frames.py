"""Tables of topics in, tables of matches out."""

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import InvalidQuery, Searcher, batch_frame
from search.frames import topics_of

TEXTS = ["sensors", "vaches"]


@pytest.mark.parametrize(
    ("topics", "ids"),
    [
        (TEXTS, [None, None]),
        (tuple(TEXTS), [None, None]),
        (pd.Series(TEXTS, index=[7, 8]), [None, None]),
        (pl.Series(TEXTS), [None, None]),
        (pd.DataFrame({"text": TEXTS, "lang": ["en", "fr"]}), [None, None]),
        (pd.DataFrame({"id": [7, 8], "topic": TEXTS, "text": ["x", "y"]}), ["7", "8"]),
        (pl.DataFrame({"id": ["a", "b"], "text": TEXTS}), ["a", "b"]),
        (pl.DataFrame({"topic_id": [7, 8], "topic": TEXTS}), ["7", "8"]),
        (pd.DataFrame({"id": ["a", "b"], "topic_id": [7, 8], "topic": TEXTS}), ["a", "b"]),
        (pl.DataFrame({"id": ["a", "b"], "text": TEXTS}).to_arrow(), ["a", "b"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_topics_come_in_lists_columns_and_tables(small: Searcher, topics: object, ids: list[str | None]) -> None:
    """The column `topic`, else `text`; ids of `id`, else of `topic_id`; the answers are those to a list of the same texts."""
    found = small.search_many(topics, k=3, country="FR")  # type: ignore[arg-type]
    assert [shortlist.topic_id for shortlist in found] == ids
    assert [shortlist.topic for shortlist in found] == TEXTS
    plain = small.search_many(TEXTS, k=3, country="FR")
    assert [shortlist.matches for shortlist in found] == [shortlist.matches for shortlist in plain]


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ("sensors", "search_many got one text"),
        (pd.DataFrame({"what": ["a"], "id": [1]}), "neither a column `topic` nor `text`, but 'what', 'id'"),
        (pl.DataFrame(), "neither a column `topic` nor `text`, but none"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "name its columns apart"),
        (pl.DataFrame({"text": ["a"]}).lazy(), "of type LazyFrame.*`collect\\(\\)` a lazy one"),
        (3, "of type int"),
        ({"topic": ["a"]}, "of type dict"),
        ([1], "topic 1 of 1 is of type int"),
        (pd.Series(["a", None]), "topic 2 of 2 is missing"),
        (pd.Series(["a", pd.NA], dtype="string"), "topic 2 of 2 is missing"),
        (pl.DataFrame({"text": ["a", None]}), "topic 2 of 2 is missing"),
        (pd.DataFrame({"text": ["a", "b"], "id": ["x", None]}), "the id of topic 2 is missing"),
        (pl.DataFrame({"text": ["a"], "id": [1.5]}), "the id of topic 1 is of type float"),
        ([" "], "the topic is empty"),
    ],
)
def test_what_are_no_topics(small: Searcher, topics: object, said: str) -> None:
    """Refused with what was found, in one line."""
    with pytest.raises(InvalidQuery, match=said) as refused:
        small.search_many(topics)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)


def test_one_topic_is_a_text(small: Searcher) -> None:
    """`search` refuses a table and names what takes one."""
    with pytest.raises(InvalidQuery, match="of type Series, not a text; `search_many`"):
        small.search(pd.Series(TEXTS))  # type: ignore[arg-type]


def test_no_topics(small: Searcher) -> None:
    """An empty list, column or table has no answers."""
    assert small.search_many([]) == []
    assert small.search_many(pd.Series([], dtype="str")) == []
    assert small.search_many(pl.DataFrame({"text": []}, schema={"text": pl.String})) == []


def test_a_row_is_a_match(small: Searcher) -> None:
    """With the values of the match; several joined, what is not known empty."""
    shortlist = small.search("sensors", k=6)
    frame = shortlist.to_frame()
    assert list(frame["id"]) == [match.member.id for match in shortlist]
    assert list(frame["score"]) == [match.score for match in shortlist]
    rows = frame.set_index("id")
    assert list(rows.loc["gamma", ["clusters", "country", "city", "languages"]]) == ["BCS; DSP Valley", "NL", "", "en"]
    assert rows.loc["zeta", "country"] == ""
    assert list(rows.loc["alpha", ["evidence", "evidence_language"]]) == ["Low-power sensors and readout chips.", "en"]


def test_a_batch_is_one_table(small: Searcher) -> None:
    """Rows of every topic in order, under its id, or its place where it has none; a topic without matches has no row."""
    named = batch_frame(small.search_many(pd.DataFrame({"id": ["s", "v"], "text": TEXTS}), k=2))
    assert list(named["topic_id"]) == ["s", "s", "v", "v"]
    assert list(named["topic"]) == ["sensors", "sensors", "vaches", "vaches"]
    assert list(named["rank"]) == [1, 2, 1, 2]
    nobody, found = small.search("sensors", country="XX"), small.search("vaches", k=1)
    numbered = batch_frame([nobody, found])
    assert list(zip(numbered["topic_id"], numbered["id"], strict=True)) == [("1", found[0].member.id)]
    assert batch_frame([nobody])["answerable"].dtype == bool


@given(st.lists(st.tuples(st.text(), st.text(min_size=1)), max_size=5))
def test_tables_of_both_libraries_say_the_same(rows: list[tuple[str, str]]) -> None:
    """Whatever the texts, as tables of pandas and of polars and as a list."""
    rows = [(name, text) for name, text in rows if (name + text).isprintable()]
    columns = {"id": [name for name, _ in rows], "text": [text for _, text in rows]}
    of_polars = topics_of(pl.DataFrame(columns, schema={"id": pl.String, "text": pl.String}))
    assert topics_of(pd.DataFrame(columns, dtype="str")) == of_polars == rows
    assert [text for _, text in topics_of(columns["text"])] == columns["text"]
