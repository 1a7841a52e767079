"""Times of a day, and the slots they leave."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from search import PasserelleError

from .values import Day, Slot

__all__ = ["MAX_SLOTS", "clock", "free_slots", "shown", "slots_of", "spans"]

MAX_SLOTS = 100
_CLOCK = re.compile(r"(\d{1,2})\s*(?:[:hH]\s*(\d{2})?)?")


def clock(text: str) -> int:
    """Minutes since midnight of 9:00, 09:00, 9h or 9h30. Raises ValueError."""
    found = _CLOCK.fullmatch(text.strip())
    minutes = 60 * int(found[1]) + int(found[2] or 0) if found else -1
    if found is None or int(found[2] or 0) > 59 or minutes >= 24 * 60:
        raise ValueError(f"{text.strip()[:40]!r} is no time; write 09:00")
    return minutes


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Times from and to, in minutes: "12:30-14:00; 16:00-16:20". Raises ValueError."""
    found = []
    for part in re.split(r"[;,\n]", text):
        if not part.strip():
            continue
        ends = re.split(r"\s*[-–]\s*", part.strip())
        if len(ends) != 2:
            raise ValueError(f"{part.strip()[:40]!r} is no span of time; write 12:30-14:00, several with ; between")
        start, end = map(clock, ends)
        if start >= end:
            raise ValueError(f"{part.strip()[:40]!r} ends before it begins; write 12:30-14:00")
        found.append((start, end))
    return tuple(found)


def shown(minutes: int) -> str:
    """Minutes since midnight as 09:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def slots_of(day: Day) -> tuple[Slot, ...]:
    """The slots of a day, in order: back to back from its start, and again from the end of each break. Raises PasserelleError."""
    try:
        zone = ZoneInfo(day.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PasserelleError(f"{day.timezone!r} is no time zone; write one such as Europe/Paris") from error
    if day.slot_minutes < 5:
        raise PasserelleError(f"a slot of {day.slot_minutes} minutes is too short; 5 at least")
    midnight = datetime.combine(day.date, time())
    slots: list[Slot] = []
    now = day.start
    while now + day.slot_minutes <= day.end:
        end = now + day.slot_minutes
        pause = max((until for since, until in day.breaks if now < until and since < end), default=0)
        if pause:
            now = pause
            continue
        times = ((midnight + timedelta(minutes=at)).replace(tzinfo=zone) for at in (now, end))
        slots.append(Slot(len(slots), *times))
        now = end
    if not 0 < len(slots) <= MAX_SLOTS:
        raise PasserelleError(
            f"{shown(day.start)} to {shown(day.end)} in slots of {day.slot_minutes} minutes, without the breaks, makes "
            f"{len(slots)} slots; 1 to {MAX_SLOTS} are needed: change the start, the end, the slot or the breaks"
        )
    return tuple(slots)


def free_slots(slots: Sequence[Slot], away: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Numbers of the slots that touch no time away."""
    spans = tuple(away)
    return frozenset(
        slot.number
        for slot in slots
        if not any(_minutes(slot.start) < until and since < _minutes(slot.end) for since, until in spans)
    )


def _minutes(moment: datetime) -> int:
    return 60 * moment.hour + moment.minute
