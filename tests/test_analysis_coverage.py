"""Which clusters cover which topics, and which two complete each other."""

from typing import Any

import pandas as pd
import pytest

from search import InvalidQuery, Searcher
from search.analysis import Coverage, complementarity, coverage

TOPICS = pd.DataFrame({"id": ["sensors", "cows"], "en": ["sensors", "cows"], "fr": ["des capteurs", None]})


def at(frame: pd.DataFrame, row: str, column: str) -> float:
    """One value of a table."""
    return float(frame.to_dict()[column][row])


def of_row(frame: pd.DataFrame, row: str) -> dict[str, Any]:
    """One row of a table, by column."""
    return {str(column): values[row] for column, values in frame.to_dict().items()}


def grid(rows: list[list[float]]) -> Coverage:
    """A coverage of topics 0, 1, .. by clusters A, B and C with these relevances, one member each, answering from 0.5 on."""
    topics, groups = [f"t{i}" for i in range(len(rows))], ["A", "B", "C"]
    best = pd.DataFrame(rows, index=topics, columns=groups)
    answers = [
        (topic, group, f"{group}-id", f"{group} Ltd", relevance, "We can.", "en")
        for topic, row in zip(topics, rows, strict=True)
        for group, relevance in zip(groups, row, strict=True)
        if relevance >= 0.5
    ]
    columns = ["topic", "group", "id", "name", "relevance", "sentence", "language"]
    return Coverage(
        "cluster", 0.5, best, (best >= 0.5).astype(int), pd.DataFrame(answers, columns=columns), pd.DataFrame()
    )


def test_each_group_is_asked_apart(small: Searcher) -> None:
    """Relevance of the best member by topic and cluster; from the threshold on it answers, with its own sentence."""
    covered = coverage(small, TOPICS, threshold=0.0)
    assert covered.best.index.tolist() == ["sensors", "cows"]
    assert of_row(covered.members, "sensors") == {"BCS": 1, "DSP Valley": 2, "Minalogic": 2}
    assert at(covered.best, "sensors", "DSP Valley") > at(covered.best, "sensors", "BCS")
    assert at(covered.best, "cows", "BCS") > at(covered.best, "sensors", "BCS")
    gamma = [row for row in covered.answers.to_dict("records") if row["id"] == "gamma"]
    assert sorted((row["topic"], row["group"]) for row in gamma) == [
        ("cows", "BCS"), ("cows", "DSP Valley"), ("sensors", "BCS"), ("sensors", "DSP Valley"),
    ]  # fmt: skip
    assert {row["sentence"] for row in gamma} == {"Dairy cows and their milk."}


def test_wordings_are_averaged(small: Searcher) -> None:
    """Asked in two wordings, a member's relevance is the mean of its relevances in each."""
    alone = [
        at(coverage(small, pd.DataFrame({"id": ["t"], "w": [text]})).best, "t", "BCS")
        for text in ("sensors", "des capteurs")
    ]
    assert at(coverage(small, TOPICS).best, "sensors", "BCS") == pytest.approx(sum(alone) / 2, abs=1e-4)


@pytest.mark.parametrize(
    ("place", "covered_by", "groups"), [(1, "several", 2), (0, "one only", 1), (None, "nobody", 0)]
)
def test_the_summary_says_who_covers_what(small: Searcher, place: int | None, covered_by: str, groups: int) -> None:
    """By several, by one only or by nobody, as the threshold has it: that of the second best kind, of the best, or out of reach."""
    best = of_row(coverage(small, TOPICS, "kind").best, "sensors")
    order = sorted(best, key=lambda kind: -best[kind])
    threshold = 1.0 if place is None else best[order[place]]
    row = of_row(coverage(small, TOPICS, "kind", threshold).summary, "sensors")
    assert row["covered_by"] == covered_by
    assert row["groups"] == "; ".join(order[:groups])
    assert row["members"] >= groups
    assert row["best"] == best[order[0]]
    assert row["nearest"] in {"Alpha", "Beta"}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"name": ["a"]}), "topics have the columns name; expected `id`"),
        (pd.DataFrame({"id": ["a"]}), "topics have the columns id; expected"),
        (pd.DataFrame({"id": ["a", "a"], "en": ["x", "y"]}), "the topic 'a' comes twice"),
        (pd.DataFrame({"id": ["a"], "en": [" "], "fr": [None]}), "the topic 'a' has no wording"),
    ],
)
def test_a_table_that_is_none_of_topics_is_refused(small: Searcher, table: pd.DataFrame, message: str) -> None:
    """The error says what was found and what was expected."""
    with pytest.raises(InvalidQuery, match=message):
        coverage(small, table)


def test_clusters_complete_each_other_where_both_gain() -> None:
    """The smaller of what each brings: A and B exchange one topic each, C brings nobody anything."""
    found = complementarity(grid([[0.9, 0.1, 0.1], [0.2, 0.8, 0.1], [0.6, 0.6, 0.0]]))
    assert at(found.score, "A", "B") == pytest.approx(0.6)  # A brings B 0.8, B brings A 0.6
    assert at(found.score, "A", "B") == at(found.score, "B", "A")
    assert at(found.score, "A", "C") == 0
    assert found.score.isna().to_numpy().sum() == 3
    best = found.pairs.to_dict("records")[0]
    assert (best["first"], best["second"], best["shared"]) == ("A", "B", 1)
    assert (best["first_brings"], best["second_brings"]) == ("t0 (A Ltd)", "t1 (B Ltd)")


def test_who_can_do_everything_completes_nobody() -> None:
    """However much A brings the others, they bring A nothing."""
    found = complementarity(grid([[0.9, 0.1, 0.7], [0.9, 0.8, 0.1]]))
    assert (at(found.score, "A", "B"), at(found.score, "A", "C")) == (0, 0)
    best = found.pairs.to_dict("records")[0]
    assert (best["first"], best["second"]) == ("B", "C")


def test_the_demo_directory_has_the_gap_put_into_it(demo: Searcher) -> None:
    """Nobody there makes magnets for fusion and, asked in French, Passerelle says so; several clusters make antennas for radio."""
    topics = pd.DataFrame({
        "id": ["fusion", "radio"],
        "en": ["Superconducting magnets for nuclear fusion reactors", "Millimetre-wave antennas and front-ends for 6G"],
        "fr": ["Aimants supraconducteurs pour réacteurs à fusion nucléaire", "Antennes millimétriques pour la 6G"],
    })  # fmt: skip
    summary = coverage(demo, topics).summary
    assert summary["covered_by"].tolist() == ["nobody", "several"]
    assert coverage(demo, topics[["id", "fr"]]).summary["answerable"].tolist() == [False, True]
