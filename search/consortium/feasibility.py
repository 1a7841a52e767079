"""Whether any set of members holds all rules, decided exactly by a mixed-integer programme."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .constraints import Constraint
from .coverage import Floats

__all__ = ["completed", "conflict", "reach"]


def completed(
    constraints: Sequence[Constraint], standing: Floats, size: int, fixed: Sequence[int]
) -> tuple[int, ...] | None:
    """A set of at most `size` members, those fixed among them, that holds all constraints, of the highest standing; None where none does.

    standing: shape (n_members,).
    """
    solution = _solved(constraints, standing, size, fixed, len(standing))
    return None if solution is None else tuple(int(i) for i in np.flatnonzero(solution[: len(standing)] > 0.5))


def conflict(constraints: Sequence[Constraint], members: int, size: int, fixed: Sequence[int]) -> tuple[int, ...]:
    """Places of constraints that cannot hold together, none of which can be left out; all must not hold together."""
    kept = list(range(len(constraints)))
    for place in range(len(constraints)):
        rest = [i for i in kept if i != place]
        if completed([constraints[i] for i in rest], np.zeros(members), size, fixed) is None:
            kept = rest
    return tuple(kept)


def reach(constraint: Constraint, size: int, fixed: Sequence[int]) -> int:
    """The best count under this constraint alone: the most values where it sets a minimum, else the fewest."""
    members, values = constraint.sure.shape
    if not constraint.at_least:
        return int(constraint.possible[list(fixed)].any(axis=0).sum())
    alone = Constraint(constraint.sure, constraint.possible, 0, constraint.at_most)
    gain = np.concatenate([np.zeros(members), np.ones(values)])
    solution = _solved([alone], gain, size, fixed, members)
    if solution is None:
        return 0
    return int(constraint.sure[np.flatnonzero(solution[:members] > 0.5)].any(axis=0).sum())


def _solved(
    constraints: Sequence[Constraint], gain: Floats, size: int, fixed: Sequence[int], members: int
) -> NDArray[np.float64] | None:
    """Variables: one a member, then for each constraint one a value, for values that surely count and for those that may.

    gain: of the first variables; those that follow gain nothing.
    """
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows: list[sparse.csr_matrix] = []
    lows: list[float] = []
    highs: list[float] = []
    total = members + sum(c.sure.shape[1] * (1 if c.at_most is None else 2) for c in constraints)

    def add(matrix: sparse.csr_matrix, low: float, high: float) -> None:
        rows.append(matrix)
        lows.extend([low] * matrix.shape[0])
        highs.extend([high] * matrix.shape[0])

    def placed(on_members: sparse.csr_matrix, on_values: sparse.csr_matrix, first: int) -> sparse.csr_matrix:
        between = sparse.csr_matrix((on_members.shape[0], first - members))
        after = sparse.csr_matrix((on_members.shape[0], total - first - on_values.shape[1]))
        return sparse.csr_matrix(sparse.hstack([on_members, between, on_values, after]))

    none = sparse.csr_matrix((1, members))
    add(placed(sparse.csr_matrix(np.ones((1, members))), sparse.csr_matrix((1, 0)), members), 0, size)
    first = members
    for constraint in constraints:
        values = constraint.sure.shape[1]
        each, all_values = sparse.csr_matrix(sparse.identity(values)), sparse.csr_matrix(np.ones((1, values)))
        add(
            placed(sparse.csr_matrix(constraint.sure.T, dtype=float), -each, first), 0, np.inf
        )  # a value needs a member
        add(placed(none, all_values, first), constraint.at_least, np.inf)
        first += values
        if constraint.at_most is not None:
            member, value = np.nonzero(constraint.possible)
            pairs = len(member)
            who = sparse.csr_matrix((-np.ones(pairs), (np.arange(pairs), member)), (pairs, members))
            what = sparse.csr_matrix((np.ones(pairs), (np.arange(pairs), value)), (pairs, values))
            add(placed(who, what, first), 0, np.inf)  # a member brings its values
            add(placed(none, all_values, first), 0, constraint.at_most)
            first += values
    cost = np.zeros(total)
    cost[: len(gain)] = -gain
    low = np.zeros(total)
    low[list(fixed)] = 1
    solved = milp(
        cost,
        integrality=np.ones(total),
        bounds=Bounds(low, np.ones(total)),
        constraints=LinearConstraint(sparse.csr_matrix(sparse.vstack(rows)), np.array(lows), np.array(highs)),
    )
    return None if solved.x is None else np.asarray(solved.x, np.float64)
