"""A directory that moved too far in one night is not published."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.drift import Shape, drift, shape_of
from search import Member

BEFORE = Shape(1_000, {"Minalogic": 300, "SCS": 12}, {"fr": 600, "en": 500})
COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50))
SHAPES = st.builds(Shape, st.integers(50, 100), COUNTS, COUNTS)


def test_a_calm_night() -> None:
    """A tenth fewer members, new clusters and languages, shares moved by ten points: nothing to say."""
    after = Shape(900, {"Minalogic": 1, "SCS": 1, "New": 5}, {"fr": 630, "en": 360, "de": 90})
    assert drift(BEFORE, after) == ()


def test_each_drift_is_said_with_its_figures() -> None:
    """Members, clusters and languages, all of them at once."""
    after = Shape(800, {"Minalogic": 300}, {"fr": 300, "en": 500})
    assert drift(BEFORE, after) == (
        "members fell from 1,000 to 800 (20.0%, at most 10% is expected)",
        "cluster 'SCS' vanished (it had 12 members)",
        "members with text in en went from 50.0% to 62.5% (at most 10 points are expected)",
        "members with text in fr went from 60.0% to 37.5% (at most 10 points are expected)",
    )


def test_many_clusters_take_few_lines() -> None:
    """The first five are named, the rest counted."""
    before = Shape(9, {f"c{i}": 1 for i in range(9)}, {})
    found = drift(before, Shape(9, {}, {}))
    assert len(found) == 6
    assert found[-1] == "4 more clusters vanished"


@given(SHAPES)
def test_the_same_shape_never_drifts(shape: Shape) -> None:
    """Whatever the directory, a night without change has nothing to say."""
    assert drift(shape, shape) == ()


def test_shape_of_members() -> None:
    """Members in two clusters or languages count in each."""
    members = [
        Member("a", "A", {}, languages=("fr", "en"), clusters=("X", "Y")),
        Member("b", "B", {}, languages=("fr",), clusters=("X",)),
    ]
    assert shape_of(members) == Shape(2, {"X": 2, "Y": 1}, {"fr": 2, "en": 1})
