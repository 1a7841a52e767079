"""A calendar a participant: RFC 5545, with its time zone."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from icalendar import Calendar, Event

from .values import Day, Meeting

__all__ = ["calendar_of"]


def calendar_of(
    meetings: Iterable[Meeting], *, for_buyer: bool, day: Day, made: datetime, texts: Mapping[str, str]
) -> bytes:
    """The meetings of one participant. `made` is when; an event keeps its identity from one version of the plan to the next."""
    calendar = Calendar()
    calendar.add("prodid", "-//Passerelle//Matchday//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for meeting in meetings:
        calendar.add_component(_event(meeting, for_buyer, day, made, texts))
    calendar.add_missing_timezones(first_date=date(day.date.year - 1, 1, 1), last_date=date(day.date.year + 2, 1, 1))
    return bytes(calendar.to_ical())


def _event(meeting: Meeting, for_buyer: bool, day: Day, made: datetime, texts: Mapping[str, str]) -> Event:
    identity = f"{day.date.isoformat()}\n{meeting.buyer.name}\n{meeting.member.id}"
    other = meeting.member.name if for_buyer else meeting.buyer.name
    told = [f"{texts['md_for_need']} {meeting.need.text}"]
    if meeting.evidence is not None:
        head = texts["md_said"].format(name=meeting.member.name) if for_buyer else texts["md_you_said"]
        told.append(texts["md_quoted"].format(head=head, text=meeting.evidence.text))
    if for_buyer and meeting.member.website:
        told.append(meeting.member.website)
    event = Event()
    event.add("uid", f"{hashlib.sha256(identity.encode('utf-8', 'replace')).hexdigest()[:32]}@passerelle")
    event.add("dtstamp", made)
    event.add("dtstart", meeting.slot.start)
    event.add("dtend", meeting.slot.end)
    event.add("summary", _line(other))
    event.add("location", texts["md_table_n"].format(n=meeting.table))
    event.add("description", "\n\n".join(map(_plain, told)))
    return event


def _line(text: str) -> str:
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    """Without the control characters that calendars cannot hold."""
    return "".join(c if c == "\n" or c.isprintable() else " " for c in text)
