"""The vocabulary of a day of meetings. All are immutable."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from search import Evidence, Member

__all__ = [
    "Buyer",
    "BuyerNeed",
    "Candidate",
    "Day",
    "Figures",
    "Invited",
    "Limit",
    "Meeting",
    "Participant",
    "Plan",
    "Short",
    "Slot",
    "Unkept",
    "Where",
    "Wish",
    "WishKind",
    "Without",
]

WishKind = Literal["must", "never", "met"]


@dataclass(frozen=True, slots=True)
class Where:
    """File and line of a row, as messages say them."""

    source: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class BuyerNeed:
    """A row of the table of needs. `meetings` is how many are wanted for it at most; None for as many as there is time for."""

    buyer: str
    text: str
    where: Where
    languages: tuple[str, ...] = ()
    weight: float = 1.0
    meetings: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A buyer and a member (its id or its name) who must meet, must never, or have met already."""

    kind: WishKind
    buyer: str
    member: str
    where: Where


@dataclass(frozen=True, slots=True)
class Participant:
    """What is known of somebody who comes: a buyer's name, a member's id or its name. `away` are times of the day, in minutes."""

    name: str
    where: Where
    languages: tuple[str, ...] = ()
    away: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """The frame of a day. Times are minutes since midnight in `timezone`; `tables` None is one a buyer."""

    date: date
    start: int = 9 * 60
    end: int = 17 * 60
    slot_minutes: int = 20
    breaks: tuple[tuple[int, int], ...] = ((12 * 60 + 30, 14 * 60),)
    tables: int | None = None
    timezone: str = "Europe/Paris"
    per_member: int = 3
    per_buyer: int | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """Who may be matched. An empty tuple lets every value through; `registered_only` leaves out who is not in the table of participants."""

    kinds: tuple[str, ...] = ("startup", "sme")
    clusters: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    registered_only: bool = False
    min_relevance: float = 0.2
    per_need: int = 60


@dataclass(frozen=True, slots=True)
class Slot:
    """A time for one meeting at each table. `start` and `end` know their time zone."""

    number: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who brings needs. `needs` are their numbers in the plan; `free` the numbers of slots."""

    name: str
    needs: tuple[int, ...]
    languages: tuple[str, ...]
    free: frozenset[int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that answers a need well enough, or that must be met. `evidence` is the sentence that says so."""

    buyer: int
    need: int
    member: Member
    relevance: float
    evidence: Evidence | None
    languages: tuple[str, ...]
    must: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """Who meets whom, when, at which table (from 1), and for what. `shared` are the languages that both are known to speak."""

    slot: Slot
    table: int
    buyer: Buyer
    member: Member
    need: BuyerNeed
    relevance: float
    evidence: Evidence | None
    shared: tuple[str, ...]
    must: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that stands in the way: the key of its text, and what the text names."""

    key: str
    values: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Unkept:
    """A wish that cannot be kept: the wishes it is at odds with, and the limits under which it is."""

    wish: Wish
    member: str
    beside: tuple[tuple[str, str], ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """A member that meets nobody, and why."""

    member: Member
    relevance: float
    why: Limit


@dataclass(frozen=True, slots=True)
class Short:
    """A need with fewer meetings than wanted (or none), and why."""

    need: BuyerNeed
    planned: int
    why: Limit


@dataclass(frozen=True, slots=True)
class Figures:
    """A day in numbers. `gaps` are slots that somebody waits between two meetings; `musts` are kept and asked."""

    meetings: int
    members: int
    musts: tuple[int, int]
    mean_relevance: float
    gaps: int
    in_common: int
    language_known: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned day. Meetings are in order of slot and table.

    `spoken` are the languages of members by id, where a table says them. `least_gaps` is true where no choice and no order is better; `reproducible` is false where the clock ended the work.
    """

    day: Day
    tables: int
    slots: tuple[Slot, ...]
    buyers: tuple[Buyer, ...]
    needs: tuple[BuyerNeed, ...]
    meetings: tuple[Meeting, ...]
    unkept: tuple[Unkept, ...]
    short: tuple[Short, ...]
    without: tuple[Without, ...]
    figures: Figures
    spoken: Mapping[str, tuple[str, ...]]
    snapshot: str
    least_gaps: bool
    reproducible: bool
