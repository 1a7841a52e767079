"""From tables to a planned day."""

from collections.abc import Mapping, Sequence

from indexer.progress import Progress, Silent
from search import PasserelleError, Searcher

from .candidates import candidates_of
from .hours import free_slots, slots_of
from .people import People, buyers_of, resolve
from .problem import Effort, Pair, Placed, Problem
from .reasons import figures_of, shorts_of, unkept_of, withouts_of
from .timetable import solve
from .values import Buyer, BuyerNeed, Candidate, Day, Invited, Meeting, Participant, Plan, Slot, Wish

__all__ = ["MAX_BUYERS", "MAX_MEMBERS", "plan_day"]

MAX_BUYERS = 60
MAX_MEMBERS = 2_000
USUAL, USUAL_EFFORT = Invited(), Effort()
IN_COMMON = 0.15
"""What a language in common is worth, in relevance."""


def plan_day(
    searcher: Searcher,
    needs: Sequence[BuyerNeed],
    day: Day,
    invited: Invited = USUAL,
    wishes: Sequence[Wish] = (),
    participants: Sequence[Participant] = (),
    *,
    effort: Effort = USUAL_EFFORT,
    masked: bool = False,
    max_members: int = MAX_MEMBERS,
    progress: Progress | None = None,
) -> Plan:
    """Match the needs, make the timetable, and say of everything that could not be why.

    Raises SourceError for somebody unknown in a table, InvalidQuery for a need that cannot be searched, PasserelleError for a day that
    has no slots or is too large. Deterministic: the same snapshot, tables and effort make the same plan as long as the clock ends nothing.
    """
    progress = progress or Silent()
    slots = slots_of(day)
    buyers = buyers_of(needs, participants, slots)
    if len(buyers) > MAX_BUYERS:
        raise PasserelleError(f"{len(buyers)} buyers are too many for one day; {MAX_BUYERS} at most")
    people = resolve(searcher, buyers, wishes, participants, masked)
    candidates, seen = candidates_of(searcher, needs, buyers, people, invited, masked, progress)
    members = list(dict.fromkeys(candidate.member.id for candidate in candidates))
    if len(members) > max_members:
        raise PasserelleError(
            f"{len(members):,} members answer the needs, {max_members:,} at most can be planned; narrow the clusters or countries, "
            "raise the relevance, or take fewer a need"
        )
    tables = len(buyers) if day.tables is None else day.tables
    problem = _problem(slots, tables, day, buyers, needs, candidates, members, people)
    solution = solve(problem, effort, progress)
    meetings = _meetings(solution.placed, tables, slots, buyers, needs, candidates)
    unkept = unkept_of(people, problem, solution, candidates, buyers, slots, day)
    asked = sum(resolved.wish.kind == "must" for resolved in people.wishes)
    return Plan(
        day=day,
        tables=tables,
        slots=slots,
        buyers=buyers,
        needs=tuple(needs),
        meetings=meetings,
        unkept=unkept,
        short=shorts_of(problem, solution, needs, candidates),
        without=withouts_of(problem, solution, candidates, members, seen, people, invited),
        figures=figures_of(meetings, solution.gaps, (asked - len(unkept), asked), candidates),
        spoken={member_id: person.languages for member_id, person in people.registered.items() if person.languages},
        snapshot=searcher.manifest.snapshot,
        least_gaps=solution.best,
        reproducible=solution.in_time,
    )


def _problem(
    slots: Sequence[Slot],
    tables: int,
    day: Day,
    buyers: Sequence[Buyer],
    needs: Sequence[BuyerNeed],
    candidates: Sequence[Candidate],
    members: Sequence[str],
    people: People,
) -> Problem:
    numbers = {member_id: number for number, member_id in enumerate(members)}
    pairs = tuple(
        Pair(c.buyer, numbers[c.member.id], c.need, _value(c, needs[c.need], buyers[c.buyer]), c.must)
        for c in candidates
    )
    away = {member_id: person.away for member_id, person in people.registered.items()}
    return Problem(
        slots=len(slots),
        tables=tables,
        pairs=pairs,
        buyer_free=tuple(buyer.free for buyer in buyers),
        member_free=tuple(free_slots(slots, away.get(member_id, ())) for member_id in members),
        buyer_caps=(len(slots) if day.per_buyer is None else day.per_buyer,) * len(buyers),
        member_caps=(day.per_member,) * len(members),
        wanted={number: need.meetings for number, need in enumerate(needs) if need.meetings is not None},
    )


def _value(candidate: Candidate, need: BuyerNeed, buyer: Buyer) -> int:
    """What a meeting is worth, above 0: its relevance, and a little for a language in common, times the weight of the need."""
    common = IN_COMMON if set(_spoken(need, buyer)) & set(candidate.languages) else 0.0
    return max(1, round(1000 * need.weight * (candidate.relevance + common)))


def _spoken(need: BuyerNeed, buyer: Buyer) -> tuple[str, ...]:
    """The languages in which a need can be talked about."""
    return need.languages or buyer.languages


def _meetings(
    placed: Sequence[Placed],
    tables: int,
    slots: Sequence[Slot],
    buyers: Sequence[Buyer],
    needs: Sequence[BuyerNeed],
    candidates: Sequence[Candidate],
) -> tuple[Meeting, ...]:
    found = []
    at = _tables(placed, tables, len(buyers), candidates)
    for item in placed:
        candidate = candidates[item.pair]
        buyer, need = buyers[candidate.buyer], needs[candidate.need]
        shared = tuple(code for code in _spoken(need, buyer) if code in candidate.languages)
        found.append(
            Meeting(slots[item.slot], at[item], buyer, candidate.member, need, candidate.relevance, candidate.evidence, shared, candidate.must)
        )  # fmt: skip
    return tuple(sorted(found, key=lambda meeting: (meeting.slot.number, meeting.table)))


def _tables(
    placed: Sequence[Placed], tables: int, buyers: int, candidates: Sequence[Candidate]
) -> Mapping[Placed, int]:
    """The table of each meeting, from 1: a buyer's own where there are enough, else the one it sat at last, as long as that is free."""
    if buyers <= tables:
        return {item: candidates[item.pair].buyer + 1 for item in placed}
    at: dict[Placed, int] = {}
    last: dict[int, int] = {}
    for slot in sorted({item.slot for item in placed}):
        here = [item for item in placed if item.slot == slot]
        free = set(range(1, tables + 1))
        for item in sorted(here, key=lambda item: candidates[item.pair].buyer not in last):
            buyer = candidates[item.pair].buyer
            at[item] = last[buyer] if last.get(buyer) in free else min(free)
            free.discard(at[item])
            last[buyer] = at[item]
    return at
