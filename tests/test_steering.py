"""What moves a ranking besides the topic and the filters."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import InvalidQuery, Searcher, open_index
from search.diversity import diversified
from tests.conftest import Build, FakeEncoder, member

TWO_TRADES = [
    *(member(f"s{i}", en=f"We make sensors for gas and sensors for dust number{i}.", country="FR") for i in range(6)),
    *(member(f"l{i}", en=f"We make light and lamps and light poles number{i}.", country="DE") for i in range(6)),
    member("both", fr="Des capteurs et de la lumiere.", country="BE"),
]


@pytest.fixture
def trades(build: Build, tmp_path: Path) -> Searcher:
    build(TWO_TRADES)
    return open_index(tmp_path / "store", encoder=FakeEncoder())


def ids(searcher: Searcher, topic: str = "make sensors and light", **steering: object) -> list[str]:
    return [match.member.id for match in searcher.search(topic, k=13, **steering)]  # type: ignore[arg-type]


def test_like_and_unlike(trades: Searcher) -> None:
    """A member, or a text, that is liked draws its kind to the top; one that is not pushes it down."""
    for example in ("l0", "lamps and light poles"):
        assert {found[0] for found in ids(trades, like=example)[:6]} == {"l"}
    for example in ("s0", "sensors for gas"):
        assert {found[0] for found in ids(trades, like=example)[:6]} == {"s"}
        pushed = ids(trades, unlike=[example])
        assert pushed.index("l0") < pushed.index("s1")


def test_steering_does_not_depend_on_company(trades: Searcher) -> None:
    """Asked together, queries get what they get alone."""
    from search import Query

    queries = [Query("sensors", like=("lamps",)), Query("light", unlike=("l3", "dust")), Query("sensors")]
    alone = [trades.answer([query])[0] for query in queries]
    together = trades.answer(queries)
    assert [[(m.member.id, m.score) for m in s] for s in together] == [
        [(m.member.id, m.score) for m in s] for s in alone
    ]


def test_excluded_and_only(trades: Searcher) -> None:
    """Left out of answers, counts and facets; ids that nobody has do nothing; `only` nobody known is nobody."""
    assert set(ids(trades, exclude=["s0", "l0", "ghost"])) == {m["id"] for m in TWO_TRADES} - {"s0", "l0"}
    assert {found[0] for found in ids(trades, exclude_country=["FR", "BE", "XX"])} == {"l"}
    assert set(ids(trades, only=["s2", "both", "ghost"])) == {"s2", "both"}
    assert ids(trades, only="ghost") == []
    shortlist = trades.search("light", country=["FR", "DE"], exclude=["s0"], exclude_country=["DE"])
    assert (shortlist.total, shortlist.facets["country"]) == (5, {"FR": 5})


def test_diversity_mixes_kinds(trades: Searcher) -> None:
    """Without it the top is all of one kind; with it the second differs from the first; pages are slices of one order."""
    plain, mixed = ids(trades, "sensors for gas light"), ids(trades, "sensors for gas light", diversity=0.9)
    assert {found[0] for found in plain[:4]} == {"s"}
    assert mixed[0] == plain[0]
    assert mixed[1][0] != "s"
    assert sorted(mixed) == sorted(plain)
    pages = [trades.search("sensors for gas light", k=3, offset=start, diversity=0.9) for start in range(0, 13, 3)]
    assert [match.member.id for page in pages for match in page] == mixed


@given(st.lists(st.floats(-3, 9, width=32), min_size=1, max_size=12), st.floats(0, 1))
def test_diversified_is_an_order(scores: list[float], diversity: float) -> None:
    """Everybody once; the best comes first; without diversity nothing moves."""
    ordered = np.array(sorted(scores, reverse=True), np.float32)
    rng = np.random.default_rng(len(scores))
    vectors = rng.standard_normal((len(ordered), 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = diversified(ordered, vectors, diversity)
    assert sorted(order) == list(range(len(scores)))
    assert ordered[diversified(ordered, vectors, 0.0)].tolist() == ordered.tolist()
    assert diversity == 1 or ordered[order[0]] == ordered[0]


def test_min_relevance_leaves_out(trades: Searcher) -> None:
    """Only matches at least so relevant, with the ranks they have."""
    every = trades.search("sensors", k=13)
    bound = sorted(match.relevance for match in every)[6]
    some = trades.search("sensors", k=13, min_relevance=bound)
    assert [(m.rank, m.member.id) for m in some] == [(m.rank, m.member.id) for m in every if m.relevance >= bound]
    assert some.total == every.total


@pytest.mark.parametrize(
    ("steering", "message"),
    [
        ({"diversity": 1.5}, "diversity is 1.5, a number from 0 to 1"),
        ({"min_relevance": float("nan")}, "min_relevance is nan"),
        ({"like": ["x"] * 11}, "like has 11 values, at most 10"),
        ({"like": " "}, "the like is empty"),
        ({"unlike": "a\0"}, "the unlike has a null byte"),
    ],
)
def test_bad_steering_is_refused(trades: Searcher, steering: dict[str, object], message: str) -> None:
    """In one line that says what was found and what is needed."""
    with pytest.raises(InvalidQuery, match=message):
        trades.search("sensors", **steering)  # type: ignore[arg-type]
