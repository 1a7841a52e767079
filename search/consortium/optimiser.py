"""Choose members: greedily, then by adding, dropping and swapping one at a time for as long as that helps, from several starts.

Greedy choice alone reaches at least 1 - 1/e of the best coverage where there are no rules, no member is fixed and seats cost nothing;
moves only improve on it. With rules there is no such bound; docs/consortium.md says how near to the optimum both come in practice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .constraints import Constraint
from .coverage import Coverage, Floats
from .feasibility import completed

__all__ = ["Problem", "chosen", "greedy", "improved"]

STARTS = 12
"""Greedy choice also begins with each of so many members, those that cover most alone."""
DIGITS = 9
"""Values that differ less are equal, so that the order of additions decides nothing."""

Order = tuple[int, float, float]
"""How good a set is: rules missed (negated), value, standing; the larger the better."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Members to choose among, known by their place. At most `size` are chosen, those at `fixed` always.

    standing: what a member is worth where coverage does not tell, shape (n_members,). seat_cost: the coverage a further member must add.
    """

    coverage: Coverage
    standing: Floats
    constraints: tuple[Constraint, ...]
    size: int
    fixed: tuple[int, ...] = ()
    seat_cost: float = 0.0

    def order(self, members: Sequence[int]) -> Order:
        """How good a set of members is."""
        missed = sum(constraint.broken_by(members) for constraint in self.constraints)
        value = self.coverage.value(members) - self.seat_cost * len(members)
        return -missed, round(value, DIGITS), round(float(self.standing[list(members)].sum()), DIGITS)

    def best_addition(self, members: Sequence[int]) -> tuple[Order, int] | None:
        """The member that makes the best of a set, and how good it is then; ties go to the first. None where everybody is in."""
        missed = np.zeros(len(self.standing), np.int64)
        for constraint in self.constraints:
            missed += constraint.broken_with(members)
        value = np.round(self.coverage.values_with(members) - self.seat_cost * (len(members) + 1), DIGITS)
        standing = np.round(self.standing + self.standing[list(members)].sum(), DIGITS)
        ranked = np.lexsort((np.arange(len(missed)), -standing, -value, missed))
        inside = set(members)
        best = next((int(i) for i in ranked if int(i) not in inside), None)
        return None if best is None else ((-int(missed[best]), float(value[best]), float(standing[best])), best)


def chosen(problem: Problem) -> tuple[int, ...] | None:
    """The best set found, ascending; None where no set holds every rule, which is then proven."""
    found = [improved(problem, start) for start in dict.fromkeys(_starts(problem))]
    if problem.constraints and all(problem.order(members)[0] < 0 for members in found):
        seed = completed(problem.constraints, problem.standing, problem.size, problem.fixed)
        if seed is None:
            return None
        found = [improved(problem, seed)]
    return max(found, key=lambda members: (problem.order(members), [-i for i in members]))


def greedy(problem: Problem, first: Sequence[int] = ()) -> tuple[int, ...]:
    """From the fixed members, and others to begin with, add whoever makes the best of the set, for as long as that helps."""
    members = [*problem.fixed, *first]
    order = problem.order(members)
    while len(members) < problem.size:
        addition = problem.best_addition(members)
        if addition is None or addition[0] <= order:
            break
        order = addition[0]
        members.append(addition[1])
    return tuple(sorted(members))


def improved(problem: Problem, start: Sequence[int]) -> tuple[int, ...]:
    """The set after the best addition, removal or swap, again and again until none makes it better."""
    members, order = tuple(start), problem.order(start)
    while True:
        best = max(_moves(problem, members), key=lambda move: move[0], default=None)
        if best is None or best[0] <= order:
            return tuple(sorted(members))
        order, members = best


def _moves(problem: Problem, members: tuple[int, ...]) -> Iterator[tuple[Order, tuple[int, ...]]]:
    bases = [tuple(m for m in members if m != out) for out in members if out not in problem.fixed]
    yield from ((problem.order(base), base) for base in bases)
    for base in (*bases, members):
        if len(base) < problem.size and (addition := problem.best_addition(base)) is not None:
            yield addition[0], (*base, addition[1])


def _starts(problem: Problem) -> Iterator[tuple[int, ...]]:
    yield greedy(problem)
    if problem.constraints:
        yield greedy(replace(problem, constraints=()))
    if len(problem.fixed) < problem.size:
        alone = problem.coverage.values_with(problem.fixed)
        others = [int(m) for m in np.argsort(-alone, kind="stable") if int(m) not in problem.fixed]
        yield from (greedy(problem, (m,)) for m in others[:STARTS])
