"""Which of the meetings that must be can be, and what stands in the way of the others."""

from collections.abc import Iterable, Sequence

from ortools.sat.python import cp_model

from .problem import Effort, Problem, Refused
from .solver import Clock, run

__all__ = ["keepable"]

WORK = 5.0
CHECK_WORK = 0.5
EXPLAINED = 20
"""Wishes whose conflict is narrowed down; beyond these, all is wrong with the table and the first ones say so."""

Limit = tuple[str, int]
Literal = cp_model.IntVar


def keepable(problem: Problem, effort: Effort, clock: Clock) -> tuple[tuple[int, ...], tuple[Refused, ...]]:
    """Numbers of the must pairs that can all be kept, as many as possible and earlier ones first, and the others with the reason why."""
    musts = [number for number, pair in enumerate(problem.pairs) if pair.must]
    if not musts:
        return (), ()
    limits = _limits(problem, musts)
    model, kept, literals = _model(problem, musts, limits)
    model.add_bool_and(literals.values())
    model.maximize(sum((2 * len(musts) + len(musts) - place) * kept[number] for place, number in enumerate(musts)))
    solver, status = run(model, effort, clock, WORK)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    keeping = [number for number in musts if found and solver.boolean_value(kept[number])]
    refused = []
    for place, number in enumerate(number for number in musts if number not in keeping):
        if place < EXPLAINED and not clock.is_over:
            refused.append(_explained(problem, number, keeping, limits, effort, clock))
        else:
            clock.ran_out |= place < EXPLAINED
            refused.append(Refused(number, (), ()))
    return tuple(keeping), tuple(refused)


def _limits(problem: Problem, musts: Iterable[int]) -> tuple[Limit, ...]:
    """Limits that somebody set and could move. That nobody is at two tables at once is none of them."""
    buyers = sorted({problem.pairs[number].buyer for number in musts})
    members = sorted({problem.pairs[number].member for number in musts})
    return (
        *(("buyer away", b) for b in buyers if len(problem.buyer_free[b]) < problem.slots),
        *(("member away", m) for m in members if len(problem.member_free[m]) < problem.slots),
        *(("buyer cap", b) for b in buyers if problem.buyer_caps[b] < problem.slots),
        *(("member cap", m) for m in members if problem.member_caps[m] < problem.slots),
        ("tables", 0),
    )


def _model(
    problem: Problem, musts: Sequence[int], limits: Iterable[Limit]
) -> tuple[cp_model.CpModel, dict[int, Literal], dict[Limit, Literal]]:
    """A model in which each must pair has a slot or is not kept, and each limit holds where its literal is true."""
    model = cp_model.CpModel()
    slots = range(problem.slots)
    at = {(number, slot): model.new_bool_var("") for number in musts for slot in slots}
    kept = {number: model.new_bool_var("") for number in musts}
    literals = {limit: model.new_bool_var("") for limit in limits}
    for number in musts:
        model.add(sum(at[number, slot] for slot in slots) == kept[number])
    for side in ("buyer", "member"):
        for who in sorted({getattr(problem.pairs[number], side) for number in musts}):
            own = [number for number in musts if getattr(problem.pairs[number], side) == who]
            for slot in slots:
                model.add_at_most_one(at[number, slot] for number in own)
            free = (problem.buyer_free if side == "buyer" else problem.member_free)[who]
            cap = (problem.buyer_caps if side == "buyer" else problem.member_caps)[who]
            away = literals.get((f"{side} away", who))
            if away is not None:
                for number in own:
                    for slot in slots:
                        if slot not in free:
                            model.add_implication(away, at[number, slot].negated())
            capped = literals.get((f"{side} cap", who))
            if capped is not None:
                model.add(sum(kept[number] for number in own) <= cap).only_enforce_if(capped)
    tables = literals.get(("tables", 0))
    if tables is not None:
        for slot in slots:
            model.add(sum(at[number, slot] for number in musts) <= problem.tables).only_enforce_if(tables)
    return model, kept, literals


def _explained(
    problem: Problem, number: int, keeping: Sequence[int], limits: Sequence[Limit], effort: Effort, clock: Clock
) -> Refused:
    """The wish, with as few others and as few limits as still cannot hold together; with more where the clock ended the search for fewer."""
    pair = problem.pairs[number]
    related: list[Limit | int] = [*keeping, *limits]
    # What concerns neither of the two is dropped first: what is left names them.
    related.sort(key=lambda item: _concerns(problem, item, pair.buyer, pair.member))
    near = [item for item in related if _concerns(problem, item, pair.buyer, pair.member)]
    conflict = near if _impossible(problem, number, near, effort, clock) else related
    for item in conflict:
        if clock.is_over:
            clock.ran_out = True
            break
        fewer = [other for other in conflict if other != item]
        if _impossible(problem, number, fewer, effort, clock):
            conflict = fewer
    beside = tuple(sorted(item for item in conflict if isinstance(item, int)))
    return Refused(number, beside, tuple(item for item in limits if item in conflict))


def _concerns(problem: Problem, item: Limit | int, buyer: int, member: int) -> bool:
    if isinstance(item, int):
        return problem.pairs[item].buyer == buyer or problem.pairs[item].member == member
    return item in (("buyer away", buyer), ("buyer cap", buyer), ("member away", member), ("member cap", member))


def _impossible(problem: Problem, number: int, items: Sequence[Limit | int], effort: Effort, clock: Clock) -> bool:
    musts = sorted([number, *(item for item in items if isinstance(item, int))])
    limits = [item for item in items if not isinstance(item, int)]
    model, kept, literals = _model(problem, musts, limits)
    model.add_bool_and([*kept.values(), *literals.values()])
    return run(model, effort, clock, CHECK_WORK)[1] == cp_model.INFEASIBLE
