"""Time a timetable: in stages, as the command makes it, and in one model.

usage: python -m tests.benchmarks.matchday
"""

import random
import time

from indexer.progress import Silent, Timed
from service.matchday.problem import Effort, Pair, Problem
from service.matchday.solver import Clock
from service.matchday.timetable import place, solve
from tests.benchmarks.measure import machine

BUYERS, MEMBERS, SLOTS = 10, 200, 20
EFFORT = Effort(seed=0, work=10, seconds=50)


def problem(tables: int, away: float) -> Problem:
    """Every buyer with every member, worth 0.35 to 1; members are away in some of the slots."""
    chance = random.Random(1)  # noqa: S311
    pairs = tuple(
        Pair(buyer, who, 2 * buyer + chance.randint(0, 1), chance.randint(350, 1000))
        for buyer in range(BUYERS)
        for who in range(MEMBERS)
    )
    every = frozenset(range(SLOTS))
    free = tuple(frozenset(slot for slot in every if chance.random() >= away) for _ in range(MEMBERS))
    return Problem(SLOTS, tables, pairs, (every,) * BUYERS, free, (SLOTS,) * BUYERS, (3,) * MEMBERS)


def main() -> None:
    """Print a table for docs/matchday.md."""
    print(machine())
    print("| | meetings | value | gaps | proved best | s |\n|---|---|---|---|---|---|")
    for tables, away in ((10, 0.1), (10, 0.5), (7, 0.1)):
        asked = problem(tables, away)
        timed = Timed(Silent())
        found = solve(asked, EFFORT, timed)
        value = sum(asked.pairs[item.pair].value for item in found.placed)
        stages = [step.seconds for step in timed.steps()]
        spent = f"{sum(stages):.1f} (without closing gaps {sum(stages[:-1]):.1f})"
        name = f"stages, {tables} tables, {away:.0%} away"
        print(f"| {name} | {len(found.placed)} | {value:,} | {found.gaps} | {found.best} | {spent} |")
    asked = problem(10, 0.1)
    started = time.perf_counter()
    placed, best = place(asked, (), range(len(asked.pairs)), Effort(work=300, seconds=300), Clock(300))
    value = sum(asked.pairs[item.pair].value for item in placed)
    seconds = time.perf_counter() - started
    print(
        f"| one model, value alone, 10 tables, 10% away | {len(placed)} | {value:,} | not asked | {best} | {seconds:.1f} |"
    )


if __name__ == "__main__":
    main()
