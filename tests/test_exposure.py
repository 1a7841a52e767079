"""Who is seen over many searches."""

import json
import math
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import InvalidQuery, Member, Searcher, Shortlist
from search.exposure import attention, directory_of, estimated_relevance, exposure_of, gini
from search.types import Match
from tests.conftest import DEMO, ROOT, write_lines

A = Member("a", "A", {}, ("en",), ("X", "Y"), "FR", kind="sme")
B = Member("b", "B", {}, ("fr",), ("X",), "FR", kind="large")
C = Member("c", "C", {}, ("fr", "en"), (), None, kind="sme")
D = Member("d", "D", {}, ("en",), ("Y",), "BE", kind="sme")
DIRECTORY = [A, B, C, D]
SECOND = 1 / math.log2(3)
"""Attention that the second place gets."""


def page(*members: Member) -> Shortlist:
    """A shortlist of these members, of falling relevance."""
    matches = tuple(Match(rank, 1.0, round(1 / rank, 4), member, ()) for rank, member in enumerate(members, 1))
    return Shortlist("?", "en", "s", len(DIRECTORY), matches, {}, 0.0)


def test_exposure_known_by_hand() -> None:
    """Two topics, pages of two: the third match is not seen; what is due is shared out in proportion to the grades of each topic."""
    found = exposure_of([page(A, B, C), page(A, C)], [{"a": 3, "b": 1}, {"c": 2, "ghost": 9}], DIRECTORY, depth=2)
    total = 2 * (1 + SECOND)
    assert found.by_member == pytest.approx({"a": 2 / total, "b": SECOND / total, "c": SECOND / total, "d": 0})
    due = {"a": 3 / 8, "b": 1 / 8, "c": 1 / 2, "d": 0}
    assert found.misplaced == pytest.approx(sum(abs(found.by_member[m] - due[m]) for m in due) / 2)
    assert (found.topics, found.depth, found.members, found.unseen) == (2, 2, 4, 0.25)
    small, large = SECOND / total, 2 / total
    assert found.gini == pytest.approx((-3 * 0 - small + small + 3 * large) / 4)
    assert found.gini_due == pytest.approx((-1 / 8 + 3 / 8 + 3 * 4 / 8) / 4)


def test_groups_share_everything() -> None:
    """A member of two clusters counts half in each, languages are taken together, who does not say is in a group of its own."""
    found = exposure_of([page(A, C)], [{"a": 1, "d": 1}], DIRECTORY)
    first, second = 1 / (1 + SECOND), SECOND / (1 + SECOND)
    groups = {(g.facet, g.group): g for g in found.groups}
    assert [g.group for g in found.of("cluster")] == ["X", "Y", ""]
    both = groups["cluster", "X"]
    assert (both.members, both.of_directory) == (2, 1.5 / 4)
    assert both.of_exposure == pytest.approx(first / 2)
    assert both.of_relevance == pytest.approx(1 / 4)
    assert both.ratio == pytest.approx(2 * first)
    assert groups["country", ""].of_exposure == pytest.approx(second)
    assert groups["country", ""].ratio is None
    assert {g.group for g in found.of("language")} == {"en", "fr", "en + fr"}
    for facet in ("kind", "cluster", "country", "language"):
        for share in ("of_directory", "of_relevance", "of_exposure"):
            assert sum(getattr(g, share) for g in found.of(facet)) == pytest.approx(1), (facet, share)


def test_as_a_frame() -> None:
    """One row a group, with the shares as numbers."""
    found = exposure_of([page(A, C)], [{"a": 1}], DIRECTORY)
    frame = found.to_frame()
    assert list(frame.columns) == ["facet", "group", "members", "of_directory", "of_relevance", "of_exposure", "ratio"]
    kinds = frame[frame.facet == "kind"].set_index("group")
    assert kinds.loc["sme", "members"] == 3
    assert kinds.loc["sme", "of_exposure"] == 1
    assert kinds["ratio"].isna().to_dict() == {"sme": False, "large": True}


def test_attention_falls_with_rank() -> None:
    """1 / log2(1 + rank)."""
    assert attention(3).tolist() == pytest.approx([1, SECOND, 0.5])


def test_relevance_as_estimated() -> None:
    """That of the matches."""
    assert estimated_relevance(page(B, D)) == {"b": 1.0, "d": 0.5}


@pytest.mark.parametrize(("values", "expected"), [([0, 0], 0), ([2, 2, 2], 0), ([0, 0, 0, 5], 0.75), ([1, 3], 0.25)])
def test_gini_known_by_hand(values: list[float], expected: float) -> None:
    """0 where all are equal, (n - 1) / n where one has everything."""
    assert gini(np.array(values, np.float64)) == pytest.approx(expected)


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=30), st.floats(0.01, 100), st.randoms())
def test_gini_is_that_of_shares(values: list[float], scale: float, shuffle: Random) -> None:
    """In 0..1, the mean difference between two members over twice the mean; neither order nor unit matter."""
    array = np.array(values)
    expected = np.abs(array[:, None] - array[None]).mean() / (2 * array.mean())
    assert gini(array) == pytest.approx(expected, abs=1e-9)
    assert 0 <= gini(array) + 1e-12 <= 1
    mixed = list(values)
    shuffle.shuffle(mixed)
    assert gini(np.array(mixed) * scale) == pytest.approx(gini(array), abs=1e-9)


def test_nothing_to_measure_is_refused() -> None:
    """No match at all, or no page; nobody to whom anything is due; a page of another snapshot."""
    with pytest.raises(InvalidQuery, match="none of the 1 topics has a match"):
        exposure_of([page()], [{}], DIRECTORY)
    with pytest.raises(InvalidQuery, match="depth of a page is 0"):
        exposure_of([page(A)], [{}], DIRECTORY, depth=0)
    with pytest.raises(InvalidQuery, match="nobody in the directory is relevant to any of the 1 topics"):
        exposure_of([page(A)], [{"ghost": 3}], DIRECTORY)
    with pytest.raises(InvalidQuery, match="the member 'a' is shown and not in the directory"):
        exposure_of([page(A)], [{"b": 1}], [B])


def test_of_a_searcher(small: Searcher) -> None:
    """Pages of a small directory show everybody in it."""
    pages = small.search_many(["sensors", "cows"], k=6)
    found = exposure_of(pages, [estimated_relevance(shown) for shown in pages], directory_of(small))
    assert (found.members, found.unseen, set(found.by_member)) == (6, 0, {m.member.id for m in pages[0]})


def passerelle(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", "exposure", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_command(demo_store: Path, demo: Searcher, tmp_path: Path) -> None:
    """As JSON: the shares now and with turns, and the cost; for people: the same as tables. Topics nobody answers are left out."""
    lines = [json.loads(line) for line in (DEMO / "topics.jsonl").read_text(encoding="utf-8").splitlines()]
    some = [*lines[:4], {"id": "none", "lang": "en", "text": "dairy cows", "relevant": {}}]
    topics = write_lines(tmp_path / "topics.jsonl", some)
    done = passerelle(topics, "--store", demo_store, "--fairness", "0.5", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    expected = exposure_of(
        demo.search_many([line["text"] for line in some[:4]]),
        [line["relevant"] for line in some[:4]],
        directory_of(demo),
    )
    assert answer["plain"]["by_member"] == pytest.approx(dict(expected.by_member))
    assert (answer["judged"], answer["plain"]["topics"], answer["fair"]["topics"]) == (True, 4, 4)
    assert answer["fair"]["by_member"] != answer["plain"]["by_member"]
    assert -1 <= answer["cost"]["nDCG@10"]["mean"] <= 1
    shown = passerelle(topics, "--store", demo_store, "--fairness", "0.5").stdout
    assert "4 topics, the first 10 matches of each; relevance as judged" in shown
    assert f"{expected.gini:.3f}" in shown
    assert "nDCG@10: " in shown


def test_the_command_on_topics_that_nobody_judged(demo_store: Path, tmp_path: Path) -> None:
    """A text file, one topic a line: relevance is estimated, and there is no cost to tell."""
    topics = tmp_path / "topics.txt"
    topics.write_text("capteurs MEMS\n\nlidar for drones\n", encoding="utf-8")
    answer = json.loads(passerelle(topics, "--store", demo_store, "--depth", "5", "--json").stdout)
    assert (answer["judged"], answer["plain"]["topics"], answer["plain"]["depth"]) == (False, 2, 5)
    assert (answer["fair"], answer["cost"]) == (None, None)


def test_what_the_command_refuses(demo_store: Path, tmp_path: Path) -> None:
    """In one line, without a traceback."""
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\xff")
    unanswered = write_lines(tmp_path / "none.jsonl", [{"id": "1", "lang": "en", "text": "cows", "relevant": {}}])
    for path, said in (
        (tmp_path / "empty.txt", "has no topics; expected one a line"),
        (tmp_path / "bytes.txt", "give a text file in UTF-8"),
        (tmp_path / "missing.txt", "cannot read"),
        (unanswered, "has no topic with a relevant member"),
    ):
        done = passerelle(path, "--store", demo_store)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert said in done.stderr
    assert passerelle(unanswered, "--store", demo_store, "--fairness", "1.5").returncode == 2
