"""Which clusters cover which topics, and which two complete each other."""

import pandas as pd
import pytest

from search import InvalidQuery, Searcher
from search.analysis import Coverage, complementarity, coverage

TOPICS = pd.DataFrame({"id": ["sensors", "cows"], "en": ["sensors", "cows"], "fr": ["des capteurs", None]})


def grid(rows: list[list[float]]) -> Coverage:
    """A coverage of topics 0, 1, .. by clusters A, B and C with these relevances, one member each, answering from 0.5 on."""
    best = pd.DataFrame(rows, index=[f"t{i}" for i in range(len(rows))], columns=["A", "B", "C"])
    answers = [
        (topic, group, f"{group}-id", f"{group} Ltd", best.loc[topic, group], "We can.", "en")
        for topic in best.index
        for group in best.columns
        if best.loc[topic, group] >= 0.5
    ]
    columns = ["topic", "group", "id", "name", "relevance", "sentence", "language"]
    return Coverage(
        "cluster", 0.5, best, (best >= 0.5).astype(int), pd.DataFrame(answers, columns=columns), pd.DataFrame()
    )


def test_each_group_is_asked_apart(small: Searcher) -> None:
    """Relevance of the best member by topic and cluster; from the threshold on it answers, with its own sentence."""
    covered = coverage(small, TOPICS, threshold=0.0)
    assert covered.best.index.tolist() == ["sensors", "cows"]
    assert covered.best.columns.tolist() == ["BCS", "DSP Valley", "Minalogic"]
    assert covered.members.loc["sensors"].tolist() == [1, 2, 2]
    assert covered.best.loc["sensors", "DSP Valley"] > covered.best.loc["sensors", "BCS"]
    assert covered.best.loc["cows", "BCS"] > covered.best.loc["sensors", "BCS"]
    gamma = covered.answers[covered.answers["id"] == "gamma"]
    assert gamma.groupby("topic")["group"].apply(list).to_dict() == {
        "cows": ["BCS", "DSP Valley"],
        "sensors": ["BCS", "DSP Valley"],
    }
    assert set(gamma["sentence"]) == {"Dairy cows and their milk."}


def test_wordings_are_averaged(small: Searcher) -> None:
    """Asked in two wordings, a member's relevance is the mean of its relevances in each."""
    alone = [
        coverage(small, pd.DataFrame({"id": ["t"], "w": [text]})).best.loc["t"] for text in ("sensors", "des capteurs")
    ]
    both = coverage(small, TOPICS).best.loc["sensors"]
    assert both["BCS"] == pytest.approx((alone[0]["BCS"] + alone[1]["BCS"]) / 2, abs=1e-4)


def test_the_summary_says_who_covers_what(small: Searcher) -> None:
    """Covered by several, by one only or by nobody, as the threshold has it; the nearest member is named in any case."""
    best = coverage(small, TOPICS).best.loc["cows"].sort_values(ascending=False)
    for threshold, expected, groups in (
        (float(best.iloc[2]), "several", 3),
        (1.0, "nobody", 0),
    ):
        row = coverage(small, TOPICS, threshold=threshold).summary.loc["cows"]
        assert row["covered_by"] == expected
        assert len(row["groups"].split("; ") if row["groups"] else []) == groups
        assert row["best"] == best.iloc[0]
        assert row["nearest"] in {"Gamma", "Delta"}
    assert coverage(small, TOPICS, "kind", threshold=0.0).best.columns.tolist() == [
        "large",
        "research",
        "sme",
        "startup",
    ]


def test_one_only_is_told_from_several(small: Searcher) -> None:
    """Where a single group reaches the threshold, it is named alone."""
    best = coverage(small, TOPICS, "country").best.loc["sensors"].sort_values(ascending=False)
    row = coverage(small, TOPICS, "country", threshold=float(best.iloc[0])).summary.loc["sensors"]
    assert (row["covered_by"], row["groups"], row["members"]) == ("one only", best.index[0], 1)


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
    assert found.score.loc["A", "B"] == pytest.approx(0.6)  # A brings B 0.8, B brings A 0.6
    assert found.score.loc["A", "B"] == found.score.loc["B", "A"]
    assert found.score.loc["A", "C"] == 0
    assert found.score.isna().sum().sum() == 3
    best = found.pairs.iloc[0]
    assert (best["first"], best["second"], best["shared"]) == ("A", "B", 1)
    assert (best["first_brings"], best["second_brings"]) == ("t0 (A Ltd)", "t1 (B Ltd)")


def test_who_can_do_everything_completes_nobody() -> None:
    """However much A brings the others, they bring A nothing."""
    found = complementarity(grid([[0.9, 0.1, 0.7], [0.9, 0.8, 0.1]]))
    assert found.score.loc["A"].dropna().tolist() == [0, 0]
    assert (found.pairs.iloc[0]["first"], found.pairs.iloc[0]["second"]) == ("B", "C")


def test_the_demo_directory_has_the_gap_put_into_it(demo: Searcher) -> None:
    """Nobody there makes magnets for fusion, and several clusters make antennas for radio."""
    topics = pd.DataFrame({
        "id": ["fusion", "radio"],
        "en": ["Superconducting magnets for nuclear fusion reactors", "Millimetre-wave antennas and front-ends for 6G"],
        "fr": ["Aimants supraconducteurs pour réacteurs à fusion nucléaire", "Antennes millimétriques pour la 6G"],
    })  # fmt: skip
    summary = coverage(demo, topics).summary
    assert summary["covered_by"].tolist() == ["nobody", "several"]
    assert summary["answerable"].tolist() == [False, True]
