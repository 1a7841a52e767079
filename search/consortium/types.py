"""The vocabulary of consortia. All values are immutable."""

from dataclasses import dataclass, field
from typing import Literal

from ..types import Evidence, Filters, Member
from .profiles import Profile
from .rules import Outcome, Rule, Wording

__all__ = [
    "Alternate",
    "Consortium",
    "ConsortiumQuery",
    "CoveredNeed",
    "NeedStatus",
    "Obstacle",
    "Origin",
    "Role",
    "Seat",
    "WeightedNeed",
]

Origin = Literal["ours", "locked", "chosen"]
NeedStatus = Literal["covered", "left", "nobody"]


@dataclass(frozen=True, slots=True)
class WeightedNeed:
    """One thing the consortium must be able to do; one of weight 2 counts as much as two of weight 1."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ConsortiumQuery:
    """What is asked: the needs of a call, or the text they are found in, and whom the consortium may hold.

    `needs` come before those found in `call`. `ours` and `locked` (ids) are always in: those who ask, and others already chosen. `banned`
    never are. At most `size` members, all counted; of those, SMEs as bounded. `filters` say who may be chosen. `threshold`: the
    relevance from which on a member is said to serve a need, in 0..1.
    """

    call: str = ""
    needs: tuple[WeightedNeed, ...] = ()
    size: int = 6
    ours: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    sme_at_least: int = 0
    sme_at_most: int | None = None
    profile: Profile | None = None
    threshold: float = 0.4


@dataclass(frozen=True, slots=True)
class Role:
    """A need (its number in `Consortium.needs`) that a member serves, how relevant it is to it, and its own words for it.

    `leads`: nobody else in the consortium is more relevant to this need.
    """

    need: int
    relevance: float
    evidence: Evidence
    leads: bool


@dataclass(frozen=True, slots=True)
class Alternate:
    """A member who could sit in another's place: what it would serve of the same needs, and how much would then be covered."""

    member: Member
    roles: tuple[Role, ...]
    coverage: float


@dataclass(frozen=True, slots=True)
class Seat:
    """A member of the consortium. gain: the coverage that would be lost without it; rules: ids of those that hold because of it."""

    member: Member
    origin: Origin
    roles: tuple[Role, ...]
    gain: float
    rules: tuple[str, ...]
    alternates: tuple[Alternate, ...]


@dataclass(frozen=True, slots=True)
class CoveredNeed:
    """A need and who serves it.

    `relevance` is that of its best member here, 0 where nobody here serves it. `status` is then "nobody" where nobody in the directory
    reaches the threshold, "left" where somebody does but has no seat. `nearest` is the most relevant member found outside, and
    `nearest_relevance` how much.
    """

    text: str
    weight: float
    language: str
    status: NeedStatus
    relevance: float
    members: tuple[str, ...]
    nearest: Member | None
    nearest_relevance: float


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A rule that, with the other obstacles, cannot hold. reach: the best count any composition has when this rule is alone."""

    rule: Rule
    reach: int


@dataclass(frozen=True, slots=True)
class Consortium:
    """Members who together cover needs.

    `coverage`, in 0..1, is the mean over needs, by weight, of the best relevance among the members, counted as 0 below the threshold; `of_ours` the
    same for `ours` alone. Where `obstacles` are named no composition satisfies all rules, and there are no seats. `considered` members
    of `total` that the filters let through were looked at. `questions` are rules that no data can show.
    """

    snapshot: str
    needs: tuple[CoveredNeed, ...]
    seats: tuple[Seat, ...]
    coverage: float
    of_ours: float
    threshold: float
    size: int
    outcomes: tuple[Outcome, ...]
    obstacles: tuple[Obstacle, ...]
    questions: tuple[Wording, ...]
    considered: int
    total: int
    took_ms: float = field(compare=False)
