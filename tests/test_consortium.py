"""Consortia: coverage, choice, rules, and what is told of them."""

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from search import Filters, InvalidQuery, Member, Searcher, UnknownMember, open_index
from search.consortium import (
    Consortium,
    ConsortiumQuery,
    Profile,
    Rule,
    WeightedNeed,
    Wording,
    check_members,
    named_profile,
)
from search.consortium.asking import merged
from search.consortium.constraints import Constraint
from search.consortium.coverage import Coverage
from search.consortium.feasibility import completed, conflict, reach
from search.consortium.optimiser import Problem, chosen, greedy
from tests.conftest import Build, FakeEncoder, member
from tests.test_needs import CALL

SAYS = Wording("says", "dit")
COUNTRIES = ("FR", "DE", "IT", "CA", None)
KINDS = ("sme", "large", "company", None)
THREE = Rule("three", SAYS, countries=frozenset({"FR", "DE", "IT"}), distinct="country", at_least=3)
ONE_SME = Rule("one-sme", SAYS, kinds=frozenset({"sme", "startup"}), at_least=1)
FEW_SMES = Rule("few-smes", SAYS, kinds=frozenset({"sme", "startup"}), at_most=2)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Problem, tuple[Rule, ...], list[Member]]:
    """Up to nine members for up to five needs, some fixed, some rules."""
    count, needs = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    values = draw(st.lists(st.integers(0, 20), min_size=count * needs, max_size=count * needs))
    relevance = np.array(values, np.float64).reshape(count, needs) / 20
    weights = draw(st.lists(st.integers(1, 4), min_size=needs, max_size=needs))
    members = [
        Member(f"m{i}", f"M{i}", {}, country=draw(st.sampled_from(COUNTRIES)), kind=draw(st.sampled_from(KINDS)))
        for i in range(count)
    ]
    rules = tuple(draw(st.lists(st.sampled_from((THREE, ONE_SME, FEW_SMES)), unique=True)))
    size = draw(st.integers(1, count))
    fixed = tuple(sorted(draw(st.sets(st.integers(0, count - 1), max_size=size))))
    constraints = tuple(Constraint.of(rule, members) for rule in rules)
    coverage = Coverage.of(relevance, weights, 0.3)
    return Problem(coverage, relevance.max(axis=1), constraints, size, fixed, 0.01), rules, members


def sets(problem: Problem) -> list[tuple[int, ...]]:
    """Every set of members with those fixed, within the size, that holds all rules."""
    everybody = range(len(problem.standing))
    return [
        members
        for size in range(problem.size + 1)
        for members in itertools.combinations(everybody, size)
        if set(problem.fixed) <= set(members) and problem.order(members)[0] == 0
    ]


def exact(problem: Problem) -> float:
    """The best value of any set without rules, by CP-SAT; relevance is a multiple of 1/20."""
    model = cp_model.CpModel()
    members, needs = problem.coverage.relevance.shape
    seat = [model.new_bool_var(f"seat {m}") for m in range(members)]
    leads = {(m, n): model.new_bool_var(f"{m} leads {n}") for m in range(members) for n in range(needs)}
    model.add(sum(seat) <= problem.size)
    for m in problem.fixed:
        model.add(seat[m] == 1)
    for n in range(needs):
        model.add(sum(leads[m, n] for m in range(members)) <= 1)
    for (m, _), lead in leads.items():
        model.add(lead <= seat[m])
    worth = np.rint(1e6 * problem.coverage.relevance * problem.coverage.weights).astype(int)
    cost = round(1e6 * problem.seat_cost)
    model.maximize(sum(int(worth[pair]) * lead for pair, lead in leads.items()) - cost * sum(seat))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return solver.objective_value / 1e6


@given(problems(), st.data())
def test_coverage_is_monotone_and_submodular(drawn: tuple[Problem, object, object], data: st.DataObject) -> None:
    """Another member never lowers it, and adds no more to a larger set than to a part of it."""
    coverage = drawn[0].coverage
    everybody = range(len(coverage.relevance))
    larger = data.draw(st.sets(st.sampled_from(everybody)))
    smaller = data.draw(st.sets(st.sampled_from(sorted(larger)))) if larger else set()
    one = data.draw(st.sampled_from(everybody))
    gain = [coverage.value(sorted({*some, one})) - coverage.value(sorted(some)) for some in (smaller, larger)]
    assert gain[0] >= gain[1] - 1e-12
    assert gain[1] >= -1e-12
    assert coverage.values_with(sorted(larger))[one] == pytest.approx(coverage.value(sorted({*larger, one})))
    assert 0 <= coverage.value(list(everybody)) <= 1


@given(problems())
def test_a_choice_keeps_what_was_asked(drawn: tuple[Problem, tuple[Rule, ...], list[Member]]) -> None:
    """Fixed members are in, the size is kept, rules hold beyond doubt; nothing comes back exactly where no set holds them."""
    problem, rules, members = drawn
    found = chosen(problem)
    possible = sets(problem)
    assert (found is None) == (not possible)
    if found is not None:
        assert set(problem.fixed) <= set(found)
        assert len(set(found)) == len(found) <= problem.size
        assert {outcome.status for outcome in check_members([members[m] for m in found], rules).outcomes} <= {"holds"}
        best = max(problem.order(members)[1] for members in possible)
        assert problem.order(found)[1] >= best - 0.25
    assert found == chosen(problem)


@given(problems())
def test_whether_rules_can_hold_is_decided_exactly(drawn: tuple[Problem, tuple[Rule, ...], object]) -> None:
    """A completion holds all rules and is found wherever there is one; a conflict is small and real; a reach is what can be had."""
    problem, _, _ = drawn
    found = completed(problem.constraints, problem.standing, problem.size, problem.fixed)
    possible = sets(problem)
    assert (found is None) == (not possible)
    if found is not None:
        assert found in possible
        return
    places = conflict(problem.constraints, len(problem.standing), problem.size, problem.fixed)
    assert places
    for left_out in (None, *places):
        kept = tuple(problem.constraints[i] for i in places if i != left_out)
        assert bool(sets(dataclasses.replace(problem, constraints=kept))) == (left_out is not None)
    for constraint in problem.constraints:
        alone = dataclasses.replace(problem, constraints=(), seat_cost=0)
        counts = [int(constraint.sure[list(members)].any(axis=0).sum()) for members in sets(alone)]
        if constraint.at_least:
            assert reach(constraint, problem.size, problem.fixed) == max(counts)


@given(problems())
def test_the_exact_answer_is_near(drawn: tuple[Problem, object, object]) -> None:
    """Without rules, fixed members or a cost of seats, greedy choice keeps its guarantee; moves lose at most a tenth of the optimum."""
    free = dataclasses.replace(drawn[0], constraints=(), fixed=(), seat_cost=0.0)
    best = exact(free)
    assert best == pytest.approx(max(free.order(members)[1] for members in sets(free)), abs=1e-4)
    assert free.order(greedy(free))[1] >= (1 - 1 / np.e) * best - 1e-4
    found = chosen(free)
    assert found is not None
    assert free.order(found)[1] >= 0.9 * best - 1e-4


def test_swaps_repair_what_greed_spoils() -> None:
    """The member that is best alone is given up for two that are better together."""
    relevance = np.array([[0.6, 0.6, 0.6, 0.6], [1, 1, 0, 0], [0, 0, 1, 1]], np.float64)
    problem = Problem(Coverage.of(relevance, [1] * 4), relevance.max(axis=1), (), 2)
    assert greedy(problem) == (0, 1)
    assert chosen(problem) == (1, 2)


def test_weights_decide() -> None:
    """Where one seat must do, the need that weighs more has it; what is below the threshold counts as nothing."""
    relevance = np.array([[0.9, 0.0], [0.29, 0.8]], np.float64)
    for weights, best in (((1, 1), 0), ((1, 2), 1)):
        coverage = Coverage.of(relevance, weights, 0.3)
        assert chosen(Problem(coverage, relevance.max(axis=1), (), 1)) == (best,)
    assert Coverage.of(relevance, (1, 1), 0.3).value([1]) == pytest.approx(0.4)


def ids(consortium: Consortium) -> list[str]:
    return [seat.member.id for seat in consortium.seats]


def needs(*texts: str) -> tuple[WeightedNeed, ...]:
    return tuple(WeightedNeed(text) for text in texts)


def composed(small: Searcher, *texts: str, **more: object) -> Consortium:
    return small.consortium(ConsortiumQuery(needs=needs(*texts), threshold=0.05, **more))  # type: ignore[arg-type]


def test_members_are_chosen_for_needs(small: Searcher) -> None:
    """Each says which needs it serves, in its own words; what nobody can do is said."""
    found = composed(small, "sensors", "batteries", "health of cows", "zymurgy")
    assert [need.status for need in found.needs] == ["covered", "covered", "covered", "nobody"]
    assert {"zeta", "delta"} <= set(ids(found))
    zeta = next(seat for seat in found.seats if seat.member.id == "zeta")
    assert [(role.need, role.leads, role.evidence.text) for role in zeta.roles] == [(1, True, "Batteries for buses.")]
    assert zeta.gain == pytest.approx(zeta.roles[0].relevance / 4, abs=1e-3)
    assert found.needs[1].members == ("zeta",)
    assert found.coverage == pytest.approx(sum(need.relevance for need in found.needs) / 4, abs=1e-3)
    assert found.needs[3].members == ()
    assert dataclasses.replace(found, took_ms=0) == composed(small, "sensors", "batteries", "health of cows", "zymurgy")


def test_alternates_could_take_a_place(small: Searcher) -> None:
    """They serve what the member leads, are not in already, and cover no more than it does."""
    found = composed(small, "sensors", "batteries", size=2)
    seat = next(seat for seat in found.seats if any(role.need == 0 and role.leads for role in seat.roles))
    other = {"alpha": "beta", "beta": "alpha"}[seat.member.id]
    assert [alternate.member.id for alternate in seat.alternates] == [other]
    assert seat.alternates[0].roles[0].need == 0
    assert seat.alternates[0].coverage <= found.coverage


def test_chosen_before_and_banned(small: Searcher) -> None:
    """Ours and locked members are in whatever they can do, banned ones never, and ours come first with what they cover alone."""
    found = composed(small, "sensors", "cows", ours=("epsilon",), locked=("beta",), banned=("gamma", "alpha"))
    assert ids(found)[:2] == ["epsilon", "beta"]
    assert [seat.origin for seat in found.seats] == ["ours", "locked", "chosen"]
    assert ids(found)[2] == "delta"
    assert found.of_ours == 0
    assert not found.seats[0].alternates
    assert found.seats[0].roles == ()
    complemented = composed(small, "sensors", "cows", ours=("alpha",))
    assert complemented.of_ours == pytest.approx(complemented.needs[0].relevance / 2, abs=1e-3)
    assert "beta" not in ids(complemented)


def test_no_seat_left(small: Searcher) -> None:
    """A need that somebody could serve, had there been a seat, names who."""
    found = composed(small, "batteries", "sensors", "cows", size=1)
    left = [need for need in found.needs if need.status == "left"]
    assert len(found.seats) == 1
    assert len(left) == 2
    assert all(need.nearest is not None and need.nearest.id not in ids(found) for need in left)


def test_smes_and_filters(small: Searcher) -> None:
    """Bounds on SMEs hold; who is filtered out is not chosen, unless locked."""
    assert set(ids(composed(small, "sensors", "batteries", "cows", sme_at_most=0))) <= {"gamma", "epsilon"}
    kinds = [seat.member.kind for seat in composed(small, "light", sme_at_least=3).seats]
    assert sum(kind in ("sme", "startup") for kind in kinds) == 3
    one = composed(small, "light", sme_at_least=1, sme_at_most=2)
    assert [outcome.rule.says.en for outcome in one.outcomes] == ["At least 1 SME", "At most 2 SMEs"]
    french = composed(small, "sensors", "batteries", filters=Filters(country=("FR",)), locked=("zeta",))
    assert set(ids(french)) == {"beta", "zeta"}


def test_a_call_is_split(small: Searcher) -> None:
    """The needs found in a long text; a short text is one need."""
    assert len(small.consortium(ConsortiumQuery(CALL)).needs) == len(small.search(CALL).needs) > 1
    assert [need.text for need in small.consortium(ConsortiumQuery(" capteurs ")).needs] == ["capteurs"]


def test_a_profile_is_held(small: Searcher) -> None:
    """Three countries of the Union where the needs alone would take one member; who is in for a rule says so."""
    alone = composed(small, "batteries")
    assert ids(alone) == ["zeta"]
    found = composed(small, "batteries", profile=named_profile("horizon-europe"))
    assert [outcome.status for outcome in found.outcomes] == ["holds", "holds"]
    assert {seat.member.country for seat in found.seats} == {None, "BE", "FR", "NL"}
    assert {seat.member.id: seat.rules for seat in found.seats}["gamma"] == ("three-countries",)
    assert len(found.questions) == 4


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"size": 2}, {"three-countries": 2}),
        ({"filters": Filters(country=("FR",))}, {"three-countries": 1}),
        ({"locked": ("zeta",), "size": 3}, {"three-countries": 2}),
        ({"size": 3, "sme_at_least": 3}, {"three-countries": 3, "sme-at-least": 3}),
        ({"sme_at_least": 3, "sme_at_most": 2}, {"sme-at-least": 4, "sme-at-most": 0}),
    ],
)
def test_no_composition_satisfies_a_profile(small: Searcher, more: dict[str, object], named: dict[str, int]) -> None:
    """Nobody is seated, and the rules that cannot hold are named with what could be reached under each alone."""
    found = composed(small, "batteries", profile=named_profile("horizon-europe"), **more)
    assert found.seats == ()
    assert found.outcomes == ()
    assert {obstacle.rule.id: obstacle.reach for obstacle in found.obstacles} == named
    assert found.coverage == 0


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (ConsortiumQuery(), "the topic is empty"),
        (ConsortiumQuery(needs=needs("x", " ")), "need 2: the topic is empty"),
        (ConsortiumQuery(needs=(WeightedNeed("x", 0),)), "need 1 has the weight 0"),
        (ConsortiumQuery(needs=(WeightedNeed("x", float("nan")),)), "need 1 has the weight nan"),
        (ConsortiumQuery(needs=needs(*"x" * 25)), "25 needs, at most 24"),
        (ConsortiumQuery(needs=needs("x" * 3_000)), "3,000 characters"),
        (ConsortiumQuery("x", size=0), "the size is 0"),
        (ConsortiumQuery("x", size=1, locked=("alpha",), ours=("beta",)), "2 members are already chosen"),
        (ConsortiumQuery("x", locked=("alpha",), banned=("alpha",)), "'alpha' is both chosen and banned"),
        (ConsortiumQuery("x", threshold=0), "the threshold is 0"),
        (ConsortiumQuery("x", sme_at_least=21), "sme_at_least is 21"),
        (ConsortiumQuery("x", sme_at_most=-1), "sme_at_most is -1"),
    ],
)
def test_what_cannot_be_composed_is_refused(small: Searcher, query: ConsortiumQuery, why: str) -> None:
    """One line that says what was found and what is accepted."""
    with pytest.raises(InvalidQuery, match=why):
        small.consortium(query)


def test_members_that_nobody_knows(small: Searcher) -> None:
    """A member already chosen must be one; a banned one may have gone."""
    with pytest.raises(UnknownMember, match="no member has the id 'nobody'"):
        composed(small, "sensors", locked=("nobody",))
    assert composed(small, "sensors", banned=("nobody",)).seats


def test_merging_needs() -> None:
    """Empty ones go, joined ones become part of the one before, with the larger weight."""
    edited = (WeightedNeed(" a "), WeightedNeed(" "), WeightedNeed("b", 2), WeightedNeed("c"))
    assert merged(edited, {0, 2}) == (WeightedNeed("a b", 2), WeightedNeed("c"))
    assert merged(edited, ()) == (WeightedNeed("a"), WeightedNeed("b", 2), WeightedNeed("c"))


def listed(*facts: tuple[str | None, str | None]) -> Sequence[Member]:
    return [Member(f"m{i}", "M", {}, country=country, kind=kind) for i, (country, kind) in enumerate(facts)]


@pytest.mark.parametrize(
    ("profile", "facts", "statuses", "unknown"),
    [
        ("horizon-europe", [("FR", "sme"), ("DE", None), ("NO", "large")], ["holds", "holds"], ""),
        ("horizon-europe", [("FR", "sme"), ("FR", None), ("NO", "large")], ["broken", "holds"], ""),
        ("horizon-europe", [("GB", "sme"), ("TR", "sme"), ("NO", "large")], ["holds", "broken"], ""),
        ("horizon-europe", [("FR", "sme"), (None, None), ("NO", "large")], ["unclear", "holds"], "m1"),
        ("horizon-europe", [("FR", "sme"), ("US", None), ("NO", "large")], ["broken", "holds"], ""),
        ("eurostars", [("FR", "sme"), ("KR", "large")], ["holds", "holds", "holds", "holds"], ""),
        ("eurostars", [("FR", "company"), ("DE", "large")], ["holds", "holds", "holds", "unclear"], "m0"),
        ("eurostars", [("US", "sme"), ("DE", "large")], ["holds", "broken", "holds", "broken"], ""),
    ],
)
def test_lists_are_checked(
    profile: str, facts: list[tuple[str | None, str | None]], statuses: list[str], unknown: str
) -> None:
    """What holds, what is broken, and what the directory does not tell: never passed, never failed."""
    asked: Profile = named_profile(profile)
    checked = check_members(listed(*facts), asked.rules, asked.questions)
    assert [outcome.status for outcome in checked.outcomes] == statuses
    worst = next((status for status in ("broken", "unclear") if status in statuses), "holds")
    assert checked.status == worst
    assert checked.questions == asked.questions
    assert [outcome.unknown for outcome in checked.outcomes if outcome.status == "unclear"] in ([], [(unknown,)])


def test_a_large_directory_is_searched_for_whom_a_rule_wants(build: Build, tmp_path: Path) -> None:
    """Where a rule needs somebody far from the call, beyond the first thousand, one is found by what the rule is about."""
    crowd = [member(f"m{i:04d}", en=f"Sensors {i}.", country="FR", kind="large") for i in range(1_010)]
    build([*crowd, member("far", en="Cows.", country="DE", kind="sme")])
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    found = composed(searcher, "sensors", sme_at_least=1)
    assert "far" in ids(found)
    assert {seat.member.id: seat.rules for seat in found.seats}["far"] == ("sme-at-least",)
