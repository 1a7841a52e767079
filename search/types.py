"""The vocabulary: values that travel between modules. All are immutable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

from .display import (
    match_html,
    match_line,
    match_text,
    member_html,
    member_line,
    member_text,
    shortlist_html,
    shortlist_line,
    shortlist_text,
)
from .frames import shortlist_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FACETS", "Evidence", "Filters", "Match", "Member", "Need", "Query", "Shortlist"]

FACETS = ("country", "cluster", "kind", "sector", "language")
"""Attributes of a member to filter and count by, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation that could be a partner.

    `descriptions` maps an ISO 639-1 code to the member's own text; `languages` are those of its capabilities (they differ from the
    keys only where a key does not name a language). `extra` holds whatever else the members file said about it.
    """

    id: str
    name: str
    descriptions: Mapping[str, str]
    languages: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    country: str | None = None
    city: str | None = None
    kind: str | None = None
    employees: int | None = None
    website: str | None = None
    sectors: tuple[str, ...] = ()
    updated: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    def facet(self, name: str) -> tuple[str, ...]:
        """Values of this member under one facet of `FACETS`; empty where the member does not say."""
        if name == "country":
            return (self.country,) if self.country else ()
        if name == "kind":
            return (self.kind,) if self.kind else ()
        return {"cluster": self.clusters, "sector": self.sectors, "language": self.languages}[name]

    __repr__, __str__, _repr_html_ = member_line, member_text, member_html


@dataclass(frozen=True, slots=True)
class Filters:
    """Allowed values by facet: OR within a facet, AND across facets.

    `None` means the facet is not filtered; an empty tuple allows nothing, as does a value that no member has.
    """

    country: tuple[str, ...] | None = None
    cluster: tuple[str, ...] | None = None
    kind: tuple[str, ...] | None = None
    sector: tuple[str, ...] | None = None
    language: tuple[str, ...] | None = None

    @classmethod
    def from_lists(cls, chosen: Mapping[str, Sequence[str] | None]) -> "Filters":
        """Filters by facet name, where an empty list means "not filtered", as in links and on the command line."""
        return cls(**{name: tuple(values) for name, values in chosen.items() if values})

    def active(self) -> dict[str, tuple[str, ...]]:
        """The facets that are filtered, with their allowed values."""
        return {name: values for name in FACETS if (values := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: a topic in the asker's own words, filters, and which part of the ranking to return.

    `like` and `unlike` steer the ranking towards and away from members (ids) or texts (anything that is no id). `exclude` and
    `exclude_country` leave members out, `only` leaves out everybody else. `diversity`, in 0..1, trades score for members that differ from
    those before them; `min_relevance`, in 0..1, leaves out matches below it. `fairness`, in 0..1, lets members take
    turns whose relevance differs by no more than this share (see `search.fairness`).
    """

    topic: str
    filters: Filters = Filters()
    limit: int = 10
    offset: int = 0
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_country: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    diversity: float = 0.0
    min_relevance: float = 0.0
    fairness: float = 0.0


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a long topic asks for: `text` stands at `start:end` of the topic. `probability` is how likely it is a need."""

    text: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One capability of the matched member: `text` stands at `start:end` of `member.descriptions[description]`.

    `marks` are the places `(start, end)` in `text` of words that the topic shares, or nearly so.
    """

    text: str
    language: str
    score: float
    description: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...] = ()

    def segments(self) -> Iterator[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked."""
        done = 0
        for start, end in self.marks:
            yield self.text[done:start], False
            yield self.text[start:end], True
            done = end
        yield self.text[done:], False


@dataclass(frozen=True, slots=True)
class Match:
    """A member with its place in the ranking.

    `score` orders matches of one query and means nothing across queries; `relevance` is an estimate, in 0..1, of how likely a
    careful reader is to find this member useful for the topic, and `cosine` how near its nearest passage is to the topic as a whole, less the passage's nearness to topics of any kind. `needs` are the numbers, in `Shortlist.needs`, of those it answers.
    """

    rank: int
    score: float
    relevance: float
    member: Member
    evidence: tuple[Evidence, ...]
    needs: tuple[int, ...] = ()
    cosine: float = 0.0

    __repr__, __str__, _repr_html_ = match_line, match_text, match_html


@dataclass(frozen=True, slots=True)
class Shortlist(Sequence[Match]):
    """Ordered matches of one query, and the snapshot they come from.

    `total` counts every member the filters let through (all of them are ranked; `matches` is the part asked for), and `facets`
    counts the same members by facet value, most frequent first. `needs` are those a long topic was split into.
    `answerable` is false where nobody seems to answer the topic; the nearest members are listed all the same. It is always true for
    similar members. It is judged by `lead`: by how much the nearest passage that the filters let through is nearer to the topic than known
    answers to other topics are; None where the encoder knows none, and then by the best score.
    `stages` says how many milliseconds of `took_ms` each stage took (see `search.stopwatch`). `topic_id` is the id that the topic had in a table asked about.
    """

    topic: str
    language: str
    snapshot: str
    total: int
    matches: tuple[Match, ...]
    facets: Mapping[str, Mapping[str, int]]
    took_ms: float
    needs: tuple[Need, ...] = ()
    answerable: bool = True
    lead: float | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    topic_id: str | None = None

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Match, ...]: ...
    def __getitem__(self, index: int | slice) -> Match | tuple[Match, ...]:
        return self.matches[index]

    def __len__(self) -> int:
        return len(self.matches)

    def __iter__(self) -> Iterator[Match]:
        return iter(self.matches)

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame, one row a match; `search.frames.COLUMNS` has its columns and dtypes, docs/python.md says what they hold."""
        return shortlist_frame(self.matches)

    __repr__, __str__, _repr_html_ = shortlist_line, shortlist_text, shortlist_html
