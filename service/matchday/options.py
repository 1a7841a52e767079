"""A day and who is invited, from what people type: on the command line and in the page's form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from indexer.sources.countries import country_code
from search import PasserelleError

from .hours import clock, spans
from .values import Day, Invited

__all__ = ["Typed", "day_of", "invited_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Typed:
    """A day as it is typed. Empty texts and None mean what `Day` has by default."""

    date: str
    start: str = "09:00"
    end: str = "17:00"
    slot_minutes: int = 20
    breaks: Sequence[str] = ("12:30-14:00",)
    tables: int | None = None
    timezone: str = "Europe/Paris"
    per_member: int = 3
    per_buyer: int | None = None


def day_of(typed: Typed) -> Day:
    """Raises PasserelleError, in one line that names the field."""
    return Day(
        date=_read("date", typed.date, _date),
        start=_read("start", typed.start, clock),
        end=_read("end", typed.end, clock),
        slot_minutes=typed.slot_minutes,
        breaks=tuple(span for text in typed.breaks for span in _read("break", text, spans)),
        tables=typed.tables,
        timezone=typed.timezone,
        per_member=typed.per_member,
        per_buyer=typed.per_buyer,
    )


def invited_of(
    kinds: Sequence[str], clusters: Sequence[str], countries: Sequence[str], registered_only: bool, relevance: float
) -> Invited:
    """Who is invited; countries by code or by name, `any` among the kinds for all of them."""
    return Invited(
        kinds=() if "any" in kinds else tuple(kinds),
        clusters=tuple(clusters),
        countries=tuple(country_code(country) or country.upper() for country in countries),
        registered_only=registered_only,
        min_relevance=relevance,
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no date; write 2027-03-18") from error


def _read(field: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise PasserelleError(f"{field}: {error}") from error
