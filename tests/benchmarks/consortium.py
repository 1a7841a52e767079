"""How near composed consortia come to the optimum, how long they take, and what the threshold keeps and lets through.

usage: python -m tests.benchmarks.consortium [STORE]        (an index of data/demo/members.jsonl; needs ortools)
"""

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from ortools.sat.python import cp_model

from search import Searcher, open_index
from search.consortium import ConsortiumQuery, Profile, WeightedNeed, named_profile
from search.consortium.candidates import found_needs, gathered
from search.consortium.compose import problem_of, rules_of
from search.consortium.constraints import Constraint
from search.consortium.coverage import Coverage, Floats
from search.consortium.optimiser import Problem, chosen, greedy
from search.evaluation import JudgedTopic, read_topics
from tests.benchmarks.measure import machine

DEMO = Path(__file__).parents[2] / "data" / "demo"
SCALE = 10**9
SIZES = (3, 6)


def optimum(problem: Problem) -> float | None:
    """The best value of any set that holds all rules, by CP-SAT, proven; None where no set does."""
    model = cp_model.CpModel()
    members, needs = problem.coverage.relevance.shape
    seat = [model.new_bool_var(f"seat {m}") for m in range(members)]
    model.add(sum(seat) <= problem.size)
    for m in problem.fixed:
        model.add(seat[m] == 1)
    worth = np.rint(SCALE * problem.coverage.relevance * problem.coverage.weights).astype(int)
    gained = []
    for n in range(needs):
        leads = [
            (int(worth[m, n]), model.new_bool_var(f"{m} leads {n}"), seat[int(m)]) for m in np.flatnonzero(worth[:, n])
        ]
        model.add(sum(lead for _, lead, _ in leads) <= 1)
        for value, lead, taken in leads:
            model.add(lead <= taken)
            gained.append(value * lead)
    for constraint in problem.constraints:
        _add(model, constraint, seat)
    model.maximize(sum(gained) - round(SCALE * problem.seat_cost) * sum(seat))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    assert status == cp_model.OPTIMAL
    return solver.objective_value / SCALE


def _add(model: cp_model.CpModel, constraint: Constraint, seat: Sequence[cp_model.IntVar]) -> None:
    for flags, low, high in (
        (constraint.sure, constraint.at_least, None),
        (constraint.possible, 0, constraint.at_most),
    ):
        values = [model.new_bool_var("") for _ in range(flags.shape[1])]
        for i, value in enumerate(values):
            bring = [seat[int(m)] for m in np.flatnonzero(flags[:, i])]
            model.add_max_equality(value, bring) if bring else model.add(value == 0)
        model.add(sum(values) >= low)
        if high is not None:
            model.add(sum(values) <= high)


def demo_problems(searcher: Searcher, calls: Sequence[str]) -> Iterator[tuple[str, Problem]]:
    """Calls of the demo directory, alone and under each profile, in several sizes; and pairs of calls, for more needs."""
    profiles: list[Profile | None] = [None, named_profile("horizon-europe"), named_profile("eurostars")]
    for call in [*calls, *(f"{a}\n\n{b}" for a, b in zip(calls[::2], calls[2::2], strict=False))]:
        needs = found_needs(searcher.answer, call)
        candidates = gathered(searcher.answer, ConsortiumQuery(needs=needs), needs)
        for profile in profiles:
            for size in SIZES:
                query = ConsortiumQuery(needs=needs, size=size, profile=profile)
                kind = f"calls, {profile.name if profile else 'no rules'}"
                yield kind, problem_of(query, needs, rules_of(query), candidates)


def random_problems(seed: int, count: int) -> Iterator[tuple[str, Problem]]:
    """Harder than calls are: 60 members, 12 needs, every member serves a third of them more or less well."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        relevance: Floats = random.random((60, 12)) * (random.random((60, 12)) < 1 / 3)
        coverage = Coverage.of(relevance, random.integers(1, 4, 12).tolist(), 0.3)
        yield "random, no rules", Problem(coverage, relevance.max(axis=1), (), 5, (), 0.01)


def print_gaps(problems: Iterator[tuple[str, Problem]]) -> None:
    """Loss against the optimum: how often there is any, the mean and the worst, in percent of the optimum."""
    losses: dict[str, list[tuple[float, float]]] = {}
    spent: dict[str, list[tuple[float, float]]] = {}
    for kind, problem in problems:
        started = time.perf_counter()
        members = chosen(problem)
        between = time.perf_counter()
        best = optimum(problem)
        spent.setdefault(kind, []).append((between - started, time.perf_counter() - between))
        assert (members is None) == (best is None)
        if members is not None and best:
            values = [problem.order(found)[1] for found in (_kept(problem, greedy(problem)), members)]
            losses.setdefault(kind, []).append((1 - values[0] / best, 1 - values[1] / best))
    print("| problems | n | greedy: not optimal, mean, worst | with swaps: not optimal, mean, worst | ms | exact, ms |")
    print("|---|---|---|---|---|---|")
    for kind, found in losses.items():
        columns = []
        for column in zip(*found, strict=True):
            missed = sum(loss > 1e-6 for loss in column)
            columns.append(f"{missed}, {statistics.mean(column):.2%}, {max(column):.2%}")
        times = [f"{1e3 * statistics.median(column):.1f}" for column in zip(*spent[kind], strict=True)]
        print(f"| {kind} | {len(found)} | {' | '.join(columns)} | {' | '.join(times)} |", flush=True)


def _kept(problem: Problem, members: tuple[int, ...]) -> tuple[int, ...]:
    """The set where it holds all rules, else what is chosen in the end: greedy choice alone may miss them."""
    return members if problem.order(members)[0] == 0 else (chosen(problem) or ())


def print_threshold(searcher: Searcher, topics: Sequence[JudgedTopic], threshold: float) -> None:
    """On short topics, each like one need: who reaches the threshold."""
    short = [topic for topic in topics if topic.style != "call"]
    shortlists = searcher.search_many([topic.text for topic in short], k=20)
    reached = [[m.member.id for m in found if m.relevance >= threshold] for found in shortlists]
    for is_answered, named in ((True, "answered"), (False, "unanswered")):
        own = [bool(found) for topic, found in zip(short, reached, strict=True) if bool(topic.relevant) == is_answered]
        print(f"short topics that are {named}: {sum(own)} of {len(own)} have a member from {threshold:g} on")
    grades = [topic.relevant.get(id, 0) for topic, found in zip(short, reached, strict=True) for id in found]
    print(
        f"of {len(grades)} members from {threshold:g} on, {np.mean(np.array(grades) >= 2):.0%} are judged useful (grade 2 or 3)"
    )


def print_times(searcher: Searcher, calls: Sequence[str]) -> None:
    """How long a whole answer takes: ten needs never seen before, and again."""
    needs = [need.text for call in calls for need in found_needs(searcher.answer, call)]
    fresh: list[float] = []
    again: list[float] = []
    for start in range(0, len(needs) - 10, 10):
        texts = [f"{text} ({start})" for text in needs[start : start + 10]]
        query = ConsortiumQuery(needs=tuple(map(WeightedNeed, texts)), profile=named_profile("horizon-europe"))
        for times in (fresh, again):
            started = time.perf_counter()
            searcher.consortium(query)
            times.append(1e3 * (time.perf_counter() - started))
        fewer = replace(query, size=2)  # no composition: everything is looked at
        started = time.perf_counter()
        searcher.consortium(fewer)
        widened = 1e3 * (time.perf_counter() - started)
    print(
        f"ten needs: {statistics.median(fresh):.0f} ms, again {statistics.median(again):.0f} ms, no composition {widened:.0f} ms"
    )


def main() -> None:
    """Print everything."""
    searcher = open_index(sys.argv[1] if len(sys.argv) > 1 else "var/store")
    topics = [topic for name in ("topics", "topics_fit") for topic in read_topics(DEMO / f"{name}.jsonl")]
    calls = [topic.text for topic in topics if topic.style == "call"]
    print(machine())
    for threshold in (0.3, ConsortiumQuery().threshold, 0.5):
        print_threshold(searcher, topics, threshold)
    print_times(searcher, calls[::6])
    print_gaps(iter([*demo_problems(searcher, calls[::6]), *random_problems(0, 30)]))


if __name__ == "__main__":
    main()
