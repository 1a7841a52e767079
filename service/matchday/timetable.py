"""Who meets whom, and when: a problem in, a timetable out, by CP-SAT in stages.

All in one model takes a boolean for every possible meeting in every slot: 40,000 for ten buyers, two hundred members and twenty slots. So
it is taken apart. First who meets whom, by value and under the caps; then slots for those meetings, as many as can be; where people's
absences left some without a slot, the next best take their place; then the same meetings in the order that leaves the fewest gaps; last, with
no more gaps, as early in the day as can be.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ortools.sat.python import cp_model

from indexer.progress import Progress, Silent

from .musts import keepable
from .problem import Effort, Placed, Problem, Solution
from .solver import Clock, run

__all__ = ["gaps_of", "place", "solve"]

USUAL = Effort()
CHOICE = 0.2
PLACING = 0.3
PROOF = 0.2
NEIGHBOURHOODS = 0.8
EARLY = 0.2
"""Shares of the work; a stage that ends early leaves its share unspent."""
SUBSTITUTES = 10
"""Further candidates tried for each meeting that found no slot."""

Variables = Mapping[int, cp_model.IntVar]


def solve(problem: Problem, effort: Effort = USUAL, progress: Progress | None = None) -> Solution:
    """A timetable: must pairs that can be kept are, then value counts, then gaps, then an early start. Never raises for what cannot be: `refused` says why."""
    progress = progress or Silent()
    clock = Clock(effort.seconds)
    progress.step("Checking what must be")
    kept, refused = keepable(problem, effort, clock)
    progress.step("Choosing who meets whom")
    possible = [number for number, pair in enumerate(problem.pairs) if not pair.must and problem.common(pair)]
    chosen, best = _choose(problem, kept, possible, effort, clock)
    progress.step("Finding slots")
    placed, every = place(problem, kept, chosen, effort, clock)
    if len(placed) < len(kept) + len(chosen):
        found = {item.pair for item in placed}
        others = sorted((n for n in possible if n not in found), key=lambda n: (-problem.pairs[n].value, n))
        substitutes = others[: SUBSTITUTES * (len(kept) + len(chosen) - len(placed))]
        optional = sorted({*substitutes, *(n for n in found if n not in kept)})
        placed, _ = place(problem, kept, optional, effort, clock, hint=placed)
        best = False  # of those tried
    progress.step("Closing gaps")
    placed, least = _close_gaps(problem, placed, effort, clock, lambda: progress.advance(1))
    progress.step("Beginning early")
    placed = _begin_early(problem, placed, effort, clock)
    placed = sorted(placed, key=lambda item: (item.slot, problem.pairs[item.pair].buyer))
    return Solution(tuple(placed), refused, gaps_of(problem, placed), best and every and least, not clock.ran_out)


def gaps_of(problem: Problem, placed: Iterable[Placed]) -> int:
    """Slots in which somebody waits, free, between the first meeting and the last."""
    busy: dict[tuple[str, int], set[int]] = {}
    for item in placed:
        pair = problem.pairs[item.pair]
        busy.setdefault(("buyer", pair.buyer), set()).add(item.slot)
        busy.setdefault(("member", pair.member), set()).add(item.slot)
    return sum(
        slot in (problem.buyer_free if side == "buyer" else problem.member_free)[who] and slot not in slots
        for (side, who), slots in busy.items()
        for slot in range(min(slots), max(slots))
    )


def _choose(
    problem: Problem, kept: Sequence[int], possible: Sequence[int], effort: Effort, clock: Clock
) -> tuple[list[int], bool]:
    """The most valuable pairs beside those kept that caps allow and that time may allow; whether no choice is better."""
    model = cp_model.CpModel()
    chosen = {number: model.new_bool_var("") for number in (*kept, *possible)}
    for number in kept:
        model.add(chosen[number] == 1)
    _cap(model, problem, chosen)
    model.add(sum(chosen.values()) <= problem.slots * problem.tables)
    for who, free in enumerate(problem.buyer_free):
        model.add(sum(chosen[n] for n in chosen if problem.pairs[n].buyer == who) <= len(free))
    for who, free in enumerate(problem.member_free):
        model.add(sum(chosen[n] for n in chosen if problem.pairs[n].member == who) <= len(free))
    worth = [problem.pairs[n].value * chosen[n] for n in chosen]
    model.maximize(cp_model.LinearExpr.sum([*worth, *_first_of_needs(model, problem, chosen)]))
    solver, status = run(model, effort, clock, CHOICE * effort.work)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return [], False
    return [n for n in possible if solver.boolean_value(chosen[n])], status == cp_model.OPTIMAL


def _first_of_needs(model: cp_model.CpModel, problem: Problem, chosen: Variables) -> list[cp_model.LinearExpr]:
    """The first meeting for a need counts as much more as the best of all: none is left out for the sake of another's second."""
    most = max((problem.pairs[n].value for n in chosen), default=0)
    terms: list[cp_model.LinearExpr] = []
    for need in sorted({problem.pairs[n].need for n in chosen}):
        own = [n for n in chosen if problem.pairs[n].need == need]
        met = model.new_bool_var("")
        model.add(met <= sum(chosen[n] for n in own))
        terms.append(most * met)
    return terms


def _cap(model: cp_model.CpModel, problem: Problem, chosen: Variables) -> None:
    """A buyer and a member meet once; nobody has more meetings than the caps say, no need more than wanted (or than must be)."""
    groups: dict[tuple[str, int, int], list[int]] = {}
    for n in chosen:
        pair = problem.pairs[n]
        for key in (
            ("both", pair.buyer, pair.member),
            ("buyer", pair.buyer, 0),
            ("member", pair.member, 0),
            ("need", pair.need, 0),
        ):
            groups.setdefault(key, []).append(n)
    for (kind, who, _), own in groups.items():
        if kind == "both":
            model.add_at_most_one(chosen[n] for n in own)
        elif kind == "need":
            if who in problem.wanted:
                musts = sum(problem.pairs[n].must for n in own)
                model.add(sum(chosen[n] for n in own) <= max(problem.wanted[who], musts))
        else:
            cap = (problem.buyer_caps if kind == "buyer" else problem.member_caps)[who]
            model.add(sum(chosen[n] for n in own) <= cap)


def place(
    problem: Problem,
    kept: Sequence[int],
    optional: Sequence[int],
    effort: Effort,
    clock: Clock,
    hint: Sequence[Placed] = (),
) -> tuple[list[Placed], bool]:
    """Slots for all pairs kept and for the most valuable of the optional ones; whether more value is impossible."""
    model = cp_model.CpModel()
    at = _places(model, problem, [*kept, *optional])
    chosen = {number: model.new_bool_var("") for number in (*kept, *optional)}
    for number, is_chosen in chosen.items():
        model.add(sum(at[number, slot] for slot in problem.common(problem.pairs[number])) == is_chosen)
        if number in kept:
            model.add(is_chosen == 1)
    _cap(model, problem, chosen)
    model.maximize(sum(problem.pairs[n].value * chosen[n] for n in optional))
    _hint(model, at, hint)
    solver, status = run(model, effort, clock, PLACING * effort.work)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return list(hint), False
    return _read(solver, at), status == cp_model.OPTIMAL


def _close_gaps(
    problem: Problem, placed: Sequence[Placed], effort: Effort, clock: Clock, better: Callable[[], None]
) -> tuple[list[Placed], bool]:
    """The same pairs in the order with the fewest gaps that was found; whether none is better."""
    if not gaps_of(problem, placed):
        return list(placed), True
    model, at, waits = _orders(problem, placed)
    model.minimize(sum(waits))
    solver, status = run(model, effort, clock, PROOF * effort.work, better=better)
    found = _read(solver, at) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else list(placed)
    if status == cp_model.OPTIMAL:
        return found, True
    model.clear_hints()  # type: ignore[no-untyped-call]
    _hint(model, at, found)
    solver, status = run(model, effort, clock, NEIGHBOURHOODS * effort.work, neighbourhoods=True, better=better)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        found = min(found, _read(solver, at), key=lambda items: gaps_of(problem, items))
    return found, status == cp_model.OPTIMAL


def _begin_early(problem: Problem, placed: Sequence[Placed], effort: Effort, clock: Clock) -> list[Placed]:
    """The same pairs with no more gaps, in the earliest slots that were found: nobody comes to an empty room."""
    if _is_earliest(problem, placed):
        return list(placed)
    model, at, waits = _orders(problem, placed)
    model.add(sum(waits) <= gaps_of(problem, placed))
    model.minimize(sum(slot * variable for (_, slot), variable in at.items()))
    solver, status = run(model, effort, clock, EARLY * effort.work)
    return _read(solver, at) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else list(placed)


def _is_earliest(problem: Problem, placed: Sequence[Placed]) -> bool:
    """Whether tables or buyers leave nothing earlier, as on a day that is full."""
    by_tables = sum(place // problem.tables for place in range(len(placed)))
    meetings = Counter(problem.pairs[item.pair].buyer for item in placed)
    by_buyers = sum(sum(sorted(problem.buyer_free[buyer])[:count]) for buyer, count in meetings.items())
    return sum(item.slot for item in placed) <= max(by_tables, by_buyers)


def _orders(
    problem: Problem, placed: Sequence[Placed]
) -> tuple[cp_model.CpModel, dict[tuple[int, int], cp_model.IntVar], list[cp_model.IntVar]]:
    """Every order of the pairs placed, the present one as a hint, and the slots that somebody would wait."""
    model = cp_model.CpModel()
    numbers = [item.pair for item in placed]
    at = _places(model, problem, numbers)
    for number in numbers:
        model.add_exactly_one(at[number, slot] for slot in problem.common(problem.pairs[number]))
    waits: list[cp_model.IntVar] = []
    for side, free in (("buyer", problem.buyer_free), ("member", problem.member_free)):
        for who in sorted({getattr(problem.pairs[n], side) for n in numbers}):
            own = [n for n in numbers if getattr(problem.pairs[n], side) == who]
            if len(own) > 1:
                waits += _waits(
                    model, {slot: [at[n, slot] for n in own if (n, slot) in at] for slot in sorted(free[who])}
                )
    _hint(model, at, placed)
    return model, at, waits


def _places(
    model: cp_model.CpModel, problem: Problem, numbers: Iterable[int]
) -> dict[tuple[int, int], cp_model.IntVar]:
    """A boolean for each pair in each slot that suits both; nobody is at two tables at once, and there is a table for each meeting."""
    at = {(n, slot): model.new_bool_var("") for n in numbers for slot in problem.common(problem.pairs[n])}
    together: dict[tuple[str, int, int], list[cp_model.IntVar]] = {}
    in_slot: dict[int, list[cp_model.IntVar]] = {}
    for (n, slot), variable in at.items():
        together.setdefault(("buyer", problem.pairs[n].buyer, slot), []).append(variable)
        together.setdefault(("member", problem.pairs[n].member, slot), []).append(variable)
        in_slot.setdefault(slot, []).append(variable)
    for variables in together.values():
        model.add_at_most_one(variables)
    for variables in in_slot.values():
        model.add(sum(variables) <= problem.tables)
    return at


def _waits(model: cp_model.CpModel, by_slot: Mapping[int, list[cp_model.IntVar]]) -> list[cp_model.IntVar]:
    """For each free slot of somebody, a boolean that is true where it lies between two meetings without being one."""
    begun = [model.new_bool_var("") for _ in by_slot]
    to_come = [model.new_bool_var("") for _ in by_slot]
    waits = [model.new_bool_var("") for _ in by_slot]
    for i, variables in enumerate(by_slot.values()):
        busy = sum(variables)
        model.add(begun[i] >= busy)
        model.add(to_come[i] >= busy)
        if i:
            model.add_implication(begun[i - 1], begun[i])
            model.add_implication(to_come[i], to_come[i - 1])
        model.add(waits[i] >= begun[i] + to_come[i] - 1 - busy)
    return waits


def _hint(model: cp_model.CpModel, at: Mapping[tuple[int, int], cp_model.IntVar], placed: Iterable[Placed]) -> None:
    hinted = {(item.pair, item.slot) for item in placed}
    if hinted:
        for key, variable in at.items():
            model.add_hint(variable, key in hinted)


def _read(solver: cp_model.CpSolver, at: Mapping[tuple[int, int], cp_model.IntVar]) -> list[Placed]:
    return [Placed(*key) for key, variable in at.items() if solver.boolean_value(variable)]
