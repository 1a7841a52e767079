"""Analyses of a whole directory: who is near whom, what groups are about, what is missing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from search import InvalidQuery, Searcher, open_index
from search.analysis import (
    coverage,
    find_themes,
    language_mixing,
    member_vectors,
    members_table,
    neighbours_kept,
    overlap,
    place,
)
from search.analysis.members import nearest
from search.analysis.themes import telling_words
from tests.conftest import DIMENSION, Build, FakeEncoder, member

IDS = ["alpha", "beta", "delta", "epsilon", "gamma", "zeta"]

TWO_CLUSTERS = [
    *(member(f"sensor-{i}", en="Low-power sensors, sensors everywhere.", clusters=["East"]) for i in range(6)),
    *(member(f"capteur-{i}", fr="Nous vendons des capteurs, des capteurs.", clusters=["West"]) for i in range(6)),
    *(member(f"cow-{i}", en="Milk of dairy cows.", clusters=["South"], country="NL", city="Ede") for i in range(6)),
]  # fmt: skip


@pytest.fixture
def twins(build: Build, tmp_path: Path) -> Searcher:
    """Eighteen members of three clusters; those of East and West do the same in two languages, those of South something else."""
    build(TWO_CLUSTERS)
    return open_index(tmp_path / "store", encoder=FakeEncoder())


def test_every_member_has_a_vector_and_a_row(small: Searcher) -> None:
    """In the order of ids; vectors are unit rows; the sentence is the member's own, what it does not say is "not said"."""
    vectors, table = member_vectors(small), members_table(small)
    assert vectors.shape == (6, DIMENSION)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    assert table["id"].tolist() == IDS
    assert table["cluster"].tolist() == ["DSP Valley", "Minalogic", "Minalogic", "not said", "several", "not said"]
    assert table["language"].tolist() == ["en", "fr", "en + fr", "en", "en", "en"]
    assert table["place"].tolist() == ["BE", "FR", "FR", "FR", "NL", "not said"]
    assert table["sentence"][0] == "Low-power sensors and readout chips."
    assert table["clusters"][4] == "BCS; DSP Valley"


def test_the_sentence_of_a_member_is_its_most_typical(build: Build, tmp_path: Path) -> None:
    """Of three paragraphs the one that has most in common with the other two."""
    build([member("m", en="Gas sensors.\n\nHolidays.\n\nGas sensors for mines.")])
    table = members_table(open_index(tmp_path / "store", encoder=FakeEncoder()))
    assert table["sentence"].tolist() in (["Gas sensors."], ["Gas sensors for mines."])


@given(arrays(np.float32, (7, 3), elements=st.floats(-1, 1, width=32)), st.integers(1, 9))
def test_nearest_are_the_nearest(vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]], k: int) -> None:
    """Never itself, nobody twice, and nobody left out is nearer than who is in."""
    found = nearest(vectors, k)
    likeness = vectors @ vectors.T
    assert found.shape == (7, min(k, 6))
    for row, own in enumerate(found):
        assert row not in own
        assert len(set(own.tolist())) == len(own)
        others = [i for i in range(7) if i != row and i not in own]
        assert min(likeness[row, own]) >= max(likeness[row, others], default=-9) - 1e-6


def test_the_map_keeps_groups_apart_and_is_the_same_every_time(twins: Searcher) -> None:
    """Members who say the same lie together whatever their language, the others elsewhere; twice the same coordinates within -1..1."""
    vectors = member_vectors(twins)
    points = place(vectors)
    assert points.shape == (18, 2)
    assert np.abs(points).max() == pytest.approx(1)
    assert (place(vectors) == points).all()
    cows = np.array(["cow" in id for id in members_table(twins)["id"]])
    apart = np.linalg.norm(points[cows].mean(axis=0) - points[~cows].mean(axis=0))
    assert apart > np.linalg.norm(points[cows] - points[cows].mean(axis=0), axis=1).max()


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_few_members_have_places_too(count: int) -> None:
    """A directory of one, and one in which all say the same, are no error."""
    same = np.ones((count, 8), np.float32)
    for vectors in (same, np.eye(count, 8, dtype=np.float32)):
        points = place(vectors)
        assert points.shape == (count, 2)
        assert np.isfinite(points).all()


def test_a_map_that_keeps_all_neighbours_says_so() -> None:
    """1 for the plane itself, as in chance for points thrown anywhere."""
    random = np.random.default_rng(0)
    angles = random.uniform(0, 2 * np.pi, 200)
    circle = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    assert neighbours_kept(circle, circle) == pytest.approx(1)
    assert neighbours_kept(circle, random.normal(size=(200, 2)).astype(np.float32)) < 0.15


def test_themes_cross_languages_and_are_named_in_each(twins: Searcher) -> None:
    """Sensors are one theme with words of both languages; nobody speaks of cows in French, so that theme has no French words."""
    themes = find_themes(twins, count=2)
    sensors, cows = themes.themes
    assert (sensors.number, sensors.size, cows.size) == (1, 12, 6)
    assert len(themes.labels) == 18
    assert {
        id.split("-")[0] for id, of in zip(members_table(twins)["id"], themes.of_member, strict=True) if of == 0
    } == {
        "sensor",
        "capteur",
    }
    assert cows.words["fr"] == ()
    assert themes.to_frame()["members"].tolist() == [12, 6]


def test_words_tell_a_group_from_the_others() -> None:
    """Words that others use as much, one text alone uses, or a copied text repeats, name nothing; spelling is that of most."""
    texts = [
        "We test MEMS sensors.",
        "We build MEMS sensors, Sensors of gas.",
        "We build gas sensors.",
        "We breed dairy cows.",
        "We feed dairy cows.",
        "We feed dairy cows.",
        "We feed rabbits, unless we do not.",
        "",
        *(f"We sell {thing}." for thing in ("bread", "glass", "paper", "roofs", "salt", "soap", "steel", "wine")),
    ]
    first, second, _ = telling_words(texts, np.array([0] * 3 + [1] * 5 + [2] * 8))
    assert next(iter(first)) == "sensors"
    assert {"MEMS", "MEMS sensors", "gas"} <= set(first)
    assert set(second) == {"dairy", "cows", "dairy cows", "feed"}
    assert all(score > 0 for score in first.values())


def test_themes_need_no_more_members_than_there_are(small: Searcher) -> None:
    """More themes than members asked: as many as members that differ, each with its own."""
    themes = find_themes(small, count=50)
    assert len(themes.themes) == 6
    assert sorted(themes.of_member.tolist()) == [0, 1, 2, 3, 4, 5]


def test_overlap_is_measured_against_chance(twins: Searcher) -> None:
    """East and West do the same in two languages: they overlap; South is apart. Symmetric; the nearest pair is named."""
    found = overlap(twins)
    assert found.lift.index.tolist() == found.lift.columns.tolist() == ["East", "South", "West"]
    assert (found.lift.to_numpy() == found.lift.to_numpy().T).all()
    lift = found.lift.to_dict()
    assert lift["East"]["West"] > 1.2
    assert lift["East"]["South"] < 0.9
    best = found.pairs.to_dict("records")[0]
    assert (best["first"], best["second"]) == ("East", "West")
    assert best["member_of_first"].startswith("Sensor")
    assert best["member_of_second"].startswith("Capteur")
    assert best["cosine"] > 0.5


def test_only_the_largest_groups_are_shown(small: Searcher) -> None:
    """`at_most` groups by size, in alphabetical order; any facet will do."""
    assert overlap(small, "country", at_most=2).lift.columns.tolist() == ["BE", "FR"]
    assert len(overlap(small, "cluster", at_most=1).pairs) == 0


def test_a_facet_that_is_none_is_refused(small: Searcher) -> None:
    """With those there are."""
    with pytest.raises(InvalidQuery, match="no facet 'colour'; choose one of country, cluster"):
        overlap(small, "colour")
    with pytest.raises(InvalidQuery, match="no facet 'colour'"):
        coverage(small, pd.DataFrame({"id": ["t"], "en": ["sensors"]}), "colour")


def test_alignment_mixes_languages(build: Build, tmp_path: Path) -> None:
    """Twelve trades, each practised in both languages: before it a description's ten neighbours write its language, after it they do not."""
    trades = [f"{letter}ware" for letter in "abcdefghijkl"]
    build([
        *(member(f"en-{trade}", en=f"{trade} {trade}") for trade in trades),
        *(member(f"fr-{trade}", fr=f"des {trade} {trade}") for trade in trades),
    ])  # fmt: skip
    table = language_mixing(open_index(tmp_path / "store", encoder=FakeEncoder())).to_frame()
    assert table.index.tolist() == ["en", "fr"]
    assert table["descriptions"].tolist() == [12, 12]
    assert table["by_chance"].tolist() == pytest.approx([11 / 23, 11 / 23])
    assert table["before"].mean() > 0.9
    assert table["after"].mean() < 0.6
    assert table["twin_before"].isna().all()


def test_bilingual_members_find_themselves(small: Searcher) -> None:
    """A member described twice has two rows, and its other description is near in another language."""
    mixing = language_mixing(small)
    assert [pair for pair in zip(mixing.ids, mixing.languages, strict=True) if pair[0] == "delta"] == [
        ("delta", "en"),
        ("delta", "fr"),
    ]
    assert mixing.to_frame()["twin_after"].tolist() == [1.0, 1.0]


def test_a_large_directory_is_sampled(twins: Searcher) -> None:
    """As many members as asked, evenly spaced from the first to the last."""
    mixing = language_mixing(twins, at_most=3)
    assert mixing.ids == ("capteur-0", "cow-2", "sensor-5")


def test_languages_that_nobody_writes_are_refused(small: Searcher) -> None:
    """The error says what to do."""
    with pytest.raises(InvalidQuery, match="no member describes itself in sv; name languages"):
        language_mixing(small, ("sv",))
