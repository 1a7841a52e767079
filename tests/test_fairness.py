"""Members of nearly the same relevance take turns."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from search import InvalidQuery, Query, Searcher, open_index
from search.diversity import POOL
from search.fairness import fair_order, lucks
from service.app import create_app
from service.live import Live
from tests.conftest import ROOT, Build, FakeEncoder, member

SHARE = st.floats(0, 1)
MAKERS = [
    *(member(f"s{i:03}", en=f"We make sensors for gas and dust number{i}.", kind="sme") for i in range(POOL)),
    *(member(f"l{i:03}", en=f"We make light and lamps number{i}.", kind="large") for i in range(5)),
]


@pytest.fixture
def makers(build: Build, tmp_path: Path) -> Searcher:
    build(MAKERS)
    return open_index(tmp_path / "store", encoder=FakeEncoder())


def ids(searcher: Searcher, topic: str = "sensors for gas", **asked: object) -> list[str]:
    return [match.member.id for match in searcher.search(topic, **{"k": len(MAKERS), **asked})]  # type: ignore[arg-type]


@given(st.lists(st.tuples(SHARE, SHARE), max_size=30), SHARE)
def test_nobody_passes_someone_of_another_relevance(members: list[tuple[float, float]], fairness: float) -> None:
    """Everybody once; one member passes another only where the lesser relevance is at least 1 - fairness of the greater."""
    relevance = [own for own, _ in members]
    order = fair_order(relevance, [luck for _, luck in members], fairness)
    assert sorted(order) == list(range(len(members)))
    for place, later in enumerate(order):
        for passed in order[place + 1 :]:
            if passed > later:
                continue
            lesser, greater = sorted((relevance[passed], relevance[later]))
            assert lesser >= (1 - fairness) * greater


@given(st.lists(st.tuples(SHARE, SHARE), max_size=30))
def test_without_fairness_nothing_moves(members: list[tuple[float, float]]) -> None:
    """Also where relevance is equal, whatever the luck."""
    assert fair_order([own for own, _ in members], [luck for _, luck in members], 0.0) == list(range(len(members)))


def test_an_order_known_by_hand() -> None:
    """With a fifth to take away: 0.49 of the third beats 0.45 of the first, whom the lucky last is too far below to pass."""
    relevance, luck = [0.5, 0.48, 0.49, 0.30], [0.5, 0.0, 1.0, 1.0]
    assert fair_order(relevance, luck, 0.2) == [2, 0, 1, 3]
    assert fair_order(relevance, luck, 0.5) == [2, 0, 3, 1]


def test_equals_share_the_first_place() -> None:
    """Over many topics each of four equal members is first for about a quarter of them."""
    members = ["a", "b", "c", "d"]
    first = [members[fair_order([0.4] * 4, lucks(f"topic {i}", members, [1] * 4), 0.1)[0]] for i in range(2_000)]
    for name in members:
        assert first.count(name) / len(first) == pytest.approx(0.25, abs=0.03)


def test_who_says_much_has_less_luck() -> None:
    """1 / (n + 1) on average with n passages, each of which is a chance to be found."""
    drawn = [lucks(f"topic {i}", ["brief", "long"], [1, 3]) for i in range(2_000)]
    assert sum(brief for brief, _ in drawn) / len(drawn) == pytest.approx(0.5, abs=0.02)
    assert sum(long for _, long in drawn) / len(drawn) == pytest.approx(0.25, abs=0.02)


def test_luck_depends_on_the_words_alone() -> None:
    """Not on capitals, blanks, nor on who else is there; unpaired surrogates are no obstacle."""
    assert lucks("MEMS  sensors\n", ["a", "b"], [1, 2]) == lucks("mems sensors", ["a", "b"], [1, 2])
    assert lucks("mems sensors", ["b"], [2]) == lucks("mems sensors", ["a", "b"], [1, 2])[1:]
    assert lucks("mems sensor", ["a"], [1]) != lucks("mems sensors", ["a"], [1])
    assert 0 <= lucks("\ud800", ["\ud800"], [1])[0] <= 1


def test_pages_are_slices_of_one_order(makers: Searcher) -> None:
    """Page after page, with and without diversity; asked again, the same; after the pool nobody moves."""
    for diversity in (0.0, 0.4):
        whole = ids(makers, fairness=0.7, diversity=diversity)
        assert ids(makers, fairness=0.7, diversity=diversity) == whole
        pages = [
            ids(makers, fairness=0.7, diversity=diversity, k=25, offset=start) for start in range(0, len(MAKERS), 25)
        ]
        assert [found for page in pages for found in page] == whole
    plain, fair = ids(makers), ids(makers, fairness=0.7)
    assert fair[POOL:] == plain[POOL:]
    assert sorted(fair[:POOL]) == sorted(plain[:POOL])
    assert fair[:POOL] != plain[:POOL]


def test_the_bound_holds_for_the_relevance_shown(makers: Searcher) -> None:
    """Ranked again by what each match shows; another wording gives others the first places; 0 is the plain order."""
    shown = {match.member.id: match.relevance for match in makers.search("sensors for gas", k=POOL)}
    plain, fair = ids(makers)[:POOL], ids(makers, fairness=0.3)[:POOL]
    for place, passing in enumerate(fair):
        for passed in fair[place + 1 :]:
            if plain.index(passed) < plain.index(passing):
                lesser, greater = sorted((shown[passed], shown[passing]))
                assert lesser >= 0.7 * greater - 2e-4
    assert [match.relevance for match in makers.search("sensors for gas", k=5, fairness=0.3)] == [
        shown[found] for found in fair[:5]
    ]
    assert ids(makers, fairness=0.0) == ids(makers)
    assert len({tuple(ids(makers, "sensors for gas" + " please" * i, fairness=0.5)[:5]) for i in range(6)}) > 1


def test_filters_leave_the_turns_as_they_are(makers: Searcher) -> None:
    """Those who pass a filter are in the order that they have without it."""
    every = [found for found in ids(makers, fairness=1.0, k=POOL) if found < "s050"]
    assert ids(makers, fairness=1.0, only=every) == every


@pytest.mark.parametrize("fairness", [-0.1, 1.1, float("nan")])
def test_a_share_is_needed(makers: Searcher, fairness: float) -> None:
    """Anything else is refused before any work."""
    with pytest.raises(InvalidQuery, match="a number from 0 to 1 is needed"):
        makers.answer([Query("sensors", fairness=fairness)])


def test_over_http(makers: Searcher) -> None:
    """By link and by body the same, with a tag of its own; what is no share is refused."""
    client = TestClient(create_app(Live(makers)))
    expected = ids(makers, fairness=0.5, k=10)
    link = client.get("/v1/search?q=sensors+for+gas&fairness=0.5")
    body = client.post("/v1/search", json={"topic": "sensors for gas", "fairness": 0.5})
    for answer in (link, body):
        assert [match["member"]["id"] for match in answer.json()["matches"]] == expected
    plain = client.get("/v1/search?q=sensors+for+gas")
    assert plain.headers["etag"] != link.headers["etag"]
    assert client.get("/?q=sensors+for+gas&fairness=0.5&ui=en").text.count("taking turns within 0.5") >= 1
    for wrong in ("2", "-1", "nan", "much"):
        assert client.get(f"/v1/search?q=sensors&fairness={wrong}").status_code == 422
    assert client.post("/v1/search", json={"topic": "sensors", "fairness": 1.01}).status_code == 422


def test_on_the_command_line(demo_store: Path, demo: Searcher) -> None:
    """`search --fairness`; what is no share is a usage error."""
    command = [sys.executable, "-m", "service.cli", "search", "capteurs MEMS", "--store", str(demo_store)]
    done = subprocess.run(
        [*command, "--fairness", "0.5", "--json"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    found = [match.member.id for match in demo.search("capteurs MEMS", fairness=0.5)]
    assert re.findall(r'"id": "(.*?)"', done.stdout) == found
    wrong = subprocess.run([*command, "--fairness", "2"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert wrong.returncode == 2


def test_the_documented_example(demo: Searcher) -> None:
    """docs/fairness.md shows what the demo directory answers: members, relevance and both orders."""
    page = (ROOT / "docs" / "fairness.md").read_text(encoding="utf-8")
    topic, fairness = re.findall(r'passerelle search "(.*?)" --fairness ([\d.]+)', page)[0]
    rows = re.findall(r"^\| (.+?) \| (0\.\d\d) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    plain, fair = demo.search(topic, k=len(rows)), demo.search(topic, k=len(rows), fairness=float(fairness))
    assert [(name, place) for name, _, _, place in rows] == [(m.member.name, str(m.rank)) for m in fair]
    before = {match.member.name: match for match in plain}
    assert [str(before[name].rank) for name, *_ in rows] == [place for _, _, place, _ in rows]
    shown = [float(relevance) for _, relevance, _, _ in rows]
    assert [before[name].relevance for name, *_ in rows] == pytest.approx(shown, abs=0.02)
    assert [m.member.id for m in plain] != [m.member.id for m in fair]
    name, other = re.findall(r'^(\w+), five passages, .*? with "(.*?)" it stays first', page, re.MULTILINE)[0]
    assert demo.search(other, fairness=float(fairness))[0].member.name.startswith(name)
