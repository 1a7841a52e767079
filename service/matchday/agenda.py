"""A plan as people read it: the grid of the whole day, and the day of one participant."""

from collections.abc import Sequence
from dataclasses import dataclass

from search import Member

from .hours import shown
from .values import Buyer, Day, Meeting, Plan, Slot

__all__ = ["Attendee", "Entry", "GridRow", "attendees", "entries", "grid"]

READ = ("en", "fr")


@dataclass(frozen=True, slots=True)
class GridRow:
    """A time of the day with the meeting at each table, None where it is free; or a break, with no tables."""

    start: str
    end: str
    tables: tuple[Meeting | None, ...]
    is_break: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of somebody's day: a meeting, or a break."""

    start: str
    end: str
    meeting: Meeting | None


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who has meetings: a buyer or a member, the meetings in order, and the language to write in."""

    name: str
    member: Member | None
    buyer: Buyer | None
    meetings: tuple[Meeting, ...]
    language: str


def grid(plan: Plan) -> tuple[GridRow, ...]:
    """The day, slot by slot, breaks between."""
    at = {(meeting.slot.number, meeting.table): meeting for meeting in plan.meetings}
    rows = [
        GridRow(*_times(slot), tuple(at.get((slot.number, table)) for table in range(1, plan.tables + 1)))
        for slot in plan.slots
    ]
    breaks = [GridRow(shown(start), shown(end), (), is_break=True) for start, end in _inner_breaks(plan.day, rows)]
    return tuple(sorted([*rows, *breaks], key=lambda row: row.start))


def entries(attendee: Attendee, day: Day) -> tuple[Entry, ...]:
    """Meetings in order, and the breaks between them."""
    meetings = [Entry(*_times(meeting.slot), meeting) for meeting in attendee.meetings]
    breaks = [Entry(shown(start), shown(end), None) for start, end in _inner_breaks(day, meetings)]
    return tuple(sorted([*meetings, *breaks], key=lambda entry: entry.start))


def attendees(plan: Plan, ui: str) -> tuple[Attendee, ...]:
    """Buyers in the order of their table, then members by name. `ui` is for those who read both languages, or neither."""
    found = []
    for buyer in plan.buyers:
        own = tuple(meeting for meeting in plan.meetings if meeting.buyer.name == buyer.name)
        found.append(Attendee(buyer.name, None, buyer, own, _reads(buyer.languages, ui)))
    by_member: dict[str, list[Meeting]] = {}
    for meeting in plan.meetings:
        by_member.setdefault(meeting.member.id, []).append(meeting)
    for own_meetings in sorted(by_member.values(), key=lambda m: (m[0].member.name.casefold(), m[0].member.id)):
        member = own_meetings[0].member
        spoken = plan.spoken.get(member.id, member.languages)
        found.append(Attendee(member.name, member, None, tuple(own_meetings), _reads(spoken, ui)))
    return tuple(attendee for attendee in found if attendee.meetings)


def _reads(spoken: Sequence[str], ui: str) -> str:
    read = [code for code in READ if code in spoken]
    return read[0] if len(read) == 1 else ui


def _times(slot: Slot) -> tuple[str, str]:
    return f"{slot.start:%H:%M}", f"{slot.end:%H:%M}"


def _inner_breaks(day: Day, rows: Sequence[GridRow] | Sequence[Entry]) -> list[tuple[int, int]]:
    """Breaks that something comes before and after."""
    if not rows:
        return []
    first, last = min(row.start for row in rows), max(row.start for row in rows)
    return [(start, end) for start, end in day.breaks if first < shown(start) <= last]
