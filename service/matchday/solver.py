"""CP-SAT as this package uses it: one worker, so that the same question has the same answer."""

import time
from collections.abc import Callable

from ortools.sat.python import cp_model

from .problem import Effort

__all__ = ["Clock", "run"]


class Clock:
    """The wall-clock time that several runs share; `ran_out` once it ended one of them."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.ran_out = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more should be begun."""
        return time.monotonic() >= self._end

    @property
    def left(self) -> float:
        """Seconds, never none at all: a run may still check what it was given."""
        return max(1.0, self._end - time.monotonic())


def run(
    model: cp_model.CpModel,
    effort: Effort,
    clock: Clock,
    work: float,
    *,
    neighbourhoods: bool = False,
    better: Callable[[], None] | None = None,
) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    """Solve; `work` limits it in deterministic time. `neighbourhoods` improves a hint instead of searching for a proof.

    One worker is deterministic for a seed, and on these models faster than several that take turns.
    """
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = 1
    parameters.random_seed = effort.seed
    parameters.max_deterministic_time = work
    parameters.max_time_in_seconds = clock.left
    if neighbourhoods:
        parameters.interleave_search = True
        parameters.use_lns_only = True
        parameters.linearization_level = 0
    status = solver.solve(model, _Told(better) if better else None)
    if status not in (cp_model.OPTIMAL, cp_model.INFEASIBLE) and solver.response_proto.deterministic_time < work:
        clock.ran_out = True
    return solver, status


class _Told(cp_model.CpSolverSolutionCallback):
    """Passes on that a better solution was found."""

    def __init__(self, better: Callable[[], None]) -> None:
        super().__init__()
        self._better = better

    def on_solution_callback(self) -> None:
        self._better()
