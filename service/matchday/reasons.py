"""What a plan says of itself: figures, and why what was asked could not be."""

from collections import Counter
from collections.abc import Mapping, Sequence

from .people import People, Resolved
from .problem import Problem, Refused, Solution
from .values import Buyer, BuyerNeed, Candidate, Day, Figures, Invited, Limit, Meeting, Short, Slot, Unkept, Without

__all__ = ["figures_of", "shorts_of", "unkept_of", "withouts_of"]

TIMES_LISTED = 6


def figures_of(
    meetings: Sequence[Meeting], gaps: int, musts: tuple[int, int], candidates: Sequence[Candidate]
) -> Figures:
    """The day in numbers."""
    relevance = sum(meeting.relevance for meeting in meetings) / max(1, len(meetings))
    return Figures(
        meetings=len(meetings),
        members=len({meeting.member.id for meeting in meetings}),
        musts=musts,
        mean_relevance=round(relevance, 4),
        gaps=gaps,
        in_common=sum(bool(meeting.shared) for meeting in meetings),
        language_known=sum(bool(meeting.need.languages or meeting.buyer.languages) for meeting in meetings),
    )


def unkept_of(
    people: People,
    problem: Problem,
    solution: Solution,
    candidates: Sequence[Candidate],
    buyers: Sequence[Buyer],
    slots: Sequence[Slot],
    day: Day,
) -> tuple[Unkept, ...]:
    """The must wishes that are not kept, in the order of their table, each with what it is at odds with."""
    refused = {(candidates[r.pair].buyer, candidates[r.pair].member.id): r for r in solution.refused}
    barred = {(w.buyer, w.member.id): w for w in people.wishes if w.wish.kind != "must"}
    names = tuple(buyer.name for buyer in buyers)
    members = {problem.pairs[n].member: candidate.member.name for n, candidate in enumerate(candidates)}
    found = []
    for resolved in people.wishes:
        key = (resolved.buyer, resolved.member.id)
        if resolved.wish.kind != "must":
            continue
        if key in barred:
            against = barred[key].wish
            limit = Limit(f"limit_{against.kind}", {"where": str(against.where)})
            found.append(Unkept(resolved.wish, resolved.member.name, (), (limit,)))
        elif key in refused:
            found.append(_refused(resolved, refused[key], problem, candidates, names, members, slots, day))
    return tuple(found)


def _refused(
    resolved: Resolved,
    refused: Refused,
    problem: Problem,
    candidates: Sequence[Candidate],
    names: Sequence[str],
    members: Mapping[int, str],
    slots: Sequence[Slot],
    day: Day,
) -> Unkept:
    beside = tuple((names[candidates[n].buyer], candidates[n].member.name) for n in refused.beside)
    limits = []
    for kind, who in refused.limits:
        side, _, what = kind.partition(" ")
        name = names[who] if side == "buyer" else members.get(who, "")
        if what == "away":
            free = (problem.buyer_free if side == "buyer" else problem.member_free)[who]
            limits.append(_free(name, sorted(free), slots))
        elif what == "cap":
            cap = (problem.buyer_caps if side == "buyer" else problem.member_caps)[who]
            limits.append(Limit("limit_cap", {"name": name, "n": cap}))
        else:
            limits.append(Limit("limit_tables", {"n": problem.tables}))
    if beside and not any(kind.endswith("cap") for kind, _ in refused.limits):
        limits.append(Limit("limit_slots", {"n": len(slots), "minutes": day.slot_minutes}))
    return Unkept(resolved.wish, resolved.member.name, beside, tuple(limits) or (Limit("limit_unexplained", {}),))


def _free(name: str, free: Sequence[int], slots: Sequence[Slot]) -> Limit:
    if not free:
        return Limit("limit_never_free", {"name": name})
    times = ", ".join(f"{slots[number].start:%H:%M}" for number in free[:TIMES_LISTED])
    more = ", …" if len(free) > TIMES_LISTED else ""
    return Limit("limit_free", {"name": name, "times": times + more, "n": len(free)})


def shorts_of(
    problem: Problem, solution: Solution, needs: Sequence[BuyerNeed], candidates: Sequence[Candidate]
) -> tuple[Short, ...]:
    """Needs without a meeting or with fewer than wanted, and why."""
    planned = Counter(problem.pairs[item.pair].need for item in solution.placed)
    held = Counter(problem.pairs[item.pair].buyer for item in solution.placed)
    found = []
    for number, need in enumerate(needs):
        wanted = need.meetings or 1
        if planned[number] >= wanted:
            continue
        own = [pair for pair in problem.pairs if pair.need == number]
        if len(own) <= planned[number]:
            why = Limit("short_few" if own else "short_none", {"n": len(own)})
        elif held[own[0].buyer] >= min(problem.buyer_caps[own[0].buyer], len(problem.buyer_free[own[0].buyer])):
            why = Limit("short_full", {"name": need.buyer})
        elif len(solution.placed) >= problem.slots * problem.tables:
            why = Limit("short_tables", {"n": problem.tables})
        else:
            why = Limit("short_elsewhere", {"n": len(own)})
        found.append(Short(need, planned[number], why))
    return tuple(found)


def withouts_of(
    problem: Problem,
    solution: Solution,
    candidates: Sequence[Candidate],
    members: Sequence[str],
    seen: Mapping[str, float],
    people: People,
    invited: Invited,
) -> tuple[Without, ...]:
    """Members that answer a need, or are registered, and meet nobody; the most relevant first."""
    met = {problem.pairs[item.pair].member for item in solution.placed}
    held = Counter(problem.pairs[item.pair].buyer for item in solution.placed)
    per_need = Counter(problem.pairs[item.pair].need for item in solution.placed)
    full = {b for b, cap in enumerate(problem.buyer_caps) if held[b] >= min(cap, len(problem.buyer_free[b]))}
    done = {need for need, wanted in problem.wanted.items() if per_need[need] >= wanted}
    own: dict[int, list[int]] = {}
    for n, pair in enumerate(problem.pairs):
        own.setdefault(pair.member, []).append(n)
    found = []
    for number, numbers in own.items():
        if number in met:
            continue
        pairs = [problem.pairs[n] for n in numbers]
        if not any(problem.common(pair) for pair in pairs):
            why = Limit("without_time", {})
        elif all(pair.buyer in full or pair.need in done for pair in pairs):
            why = Limit("without_full", {})
        elif len(solution.placed) >= problem.slots * problem.tables:
            why = Limit("without_tables", {"n": problem.tables})
        else:
            why = Limit("without_slot", {})
        best = max((candidates[n] for n in numbers), key=lambda candidate: candidate.relevance)
        found.append(Without(best.member, best.relevance, why))
    for member_id, member in people.members.items():
        if member_id not in members:
            relevance = seen[member_id]
            percent = round(100 * invited.min_relevance)
            why = Limit("without_need", {"least": percent})
            found.append(Without(member, relevance, why))
    return tuple(sorted(found, key=lambda without: (-without.relevance, without.member.id)))
