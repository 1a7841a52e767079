"""What travels over HTTP: requests, answers, and their documentation."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from search import Filters, Member, Query, Shortlist
from search.checks import MAX_EXAMPLES, MAX_TOPIC_CHARS
from search.types import FACETS

from .security.emails import masked_member, masked_shortlist

__all__ = [
    "MAX_LIMIT",
    "MAX_OFFSET",
    "WRITTEN",
    "BatchRequest",
    "BatchResponse",
    "EvidenceOut",
    "FacetValues",
    "MemberOut",
    "SearchLink",
    "SearchRequest",
    "SearchResponse",
    "Written",
    "filters_of",
    "member_out",
    "search_response",
]

MAX_LIMIT = 1_000
MAX_OFFSET = 1_000_000
MAX_BATCH = 100

WRITTEN = r"^[^\x00]*[^\s\x00-\x20\x85\xa0][^\x00]*$"
"""Something to read, and nothing that is no text: said in the description, checked with the query."""

Written = Annotated[str, Field(json_schema_extra={"pattern": WRITTEN, "maxLength": MAX_TOPIC_CHARS})]
Examples = Annotated[list[Written], Field(max_length=MAX_EXAMPLES)]
Ids = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Values = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many matches to return.")]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET, description="How many of the best matches to skip.")]


class FacetValues(BaseModel):
    """Allowed values by facet: OR within a facet, AND across facets. An empty list does not filter; an unknown value matches nothing."""

    model_config = ConfigDict(extra="forbid")

    country: Values = Field(default=[], description="ISO 3166-1 alpha-2 codes", examples=[["FR", "BE"]])
    cluster: Values = Field(default=[], examples=[["Minalogic"]])
    kind: Values = Field(
        default=[], description="startup, sme, midcap, large, company, research, university, public, association"
    )
    sector: Values = Field(default=[], examples=[["sensors"]])
    language: Values = Field(
        default=[], description="languages a member describes itself in, ISO 639-1", examples=[["fr"]]
    )


class Steering(BaseModel):
    """What moves the ranking besides the topic. `like` and `unlike` take ids of members, or texts."""

    model_config = ConfigDict(extra="forbid")

    like: Examples = Field(default=[], description="Members (ids) or texts that the answer should be like.")
    unlike: Examples = Field(default=[], description="Members (ids) or texts that the answer should not be like.")
    exclude: Ids = Field(default=[], description="Ids of members to leave out.")
    exclude_country: Values = Field(default=[], description="Countries to leave out.", examples=[["FR"]])
    only: Ids = Field(default=[], description="Ids of members to rank; everybody else is left out.")
    diversity: Share = Field(
        default=0.0, description="From 0, the best first, to 1, each as different as can be from those before."
    )
    min_relevance: Share = Field(default=0.0, description="Leave out matches with less relevance than this.")

    def steer(self, query: Query) -> Query:
        """The query, with all this."""
        return replace(
            query,
            like=tuple(self.like),
            unlike=tuple(self.unlike),
            exclude=tuple(self.exclude),
            exclude_country=tuple(self.exclude_country),
            only=tuple(self.only),
            diversity=self.diversity,
            min_relevance=self.min_relevance,
        )


class SearchRequest(Steering):
    """A topic in French or English, what to filter by, and what else moves the ranking."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"topic": "capteurs MEMS basse consommation", "filters": {"country": ["BE", "NL"]}, "limit": 5}
            ]
        },
    )

    topic: Written = Field(description="A phrase, a sentence or a whole call text, up to 32,000 characters.")
    filters: FacetValues = FacetValues()
    limit: Limit = 10
    offset: Offset = 0

    def query(self) -> Query:
        """The same, in the core's words."""
        return self.steer(Query(self.topic, filters_of(self.filters), self.limit, self.offset))


class SearchLink(Steering, FacetValues):
    """The same as the parameters of a link; a facet may be repeated."""

    q: Written = Field(description="The topic.", examples=["low-power MEMS sensors"])
    limit: Limit = 10
    offset: Offset = 0

    def query(self) -> Query:
        """The same, in the core's words."""
        return self.steer(Query(self.q, filters_of(self), self.limit, self.offset))


class BatchRequest(BaseModel):
    """Several searches, whose topics are encoded together."""

    model_config = ConfigDict(extra="forbid")

    searches: Annotated[list[SearchRequest], Field(min_length=1, max_length=MAX_BATCH)]


class PageLink(BaseModel):
    """Which part of a ranking to return."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 10
    offset: Offset = 0


class MemberOut(BaseModel):
    """An organisation, as its cluster describes it.

    `extra` holds the unknown keys of its source. They also stand beside the known ones, but for those whose name is taken.
    """

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    clusters: list[str]
    country: str | None
    city: str | None
    kind: str | None
    employees: int | None
    website: str | None
    sectors: list[str]
    languages: list[str]
    descriptions: dict[str, str]
    updated: str | None
    extra: dict[str, Any]


class NeedOut(BaseModel):
    """One thing that a long topic asks for: characters `start` to `end` of it, and how likely they are a need."""

    text: str
    start: int
    end: int
    probability: float


class EvidenceOut(BaseModel):
    """A passage of the member's own text: characters `start` to `end` of `descriptions[description]`.

    `marks` are the places, start and end within `text`, of words that the topic shares, or nearly so.
    """

    text: str
    language: str
    score: float
    description: str
    start: int
    end: int
    marks: list[tuple[int, int]]


class MatchOut(BaseModel):
    """A member in the ranking. `score` orders one answer; `relevance`, in 0..1, can be compared between topics.

    `needs` are the places in the answer's `needs`, from 0, of those that the member answers.
    """

    rank: int
    score: float
    relevance: float
    member: MemberOut
    evidence: list[EvidenceOut]
    needs: list[int]


class SearchResponse(BaseModel):
    """The matches asked for, out of `total` members that the filters let through, and those members counted by facet.

    `answerable` is false where nobody whom the filters let through seems to answer the topic: the matches are then no more than the nearest
    members. It is always true for similar members. It and `relevance` were calibrated with the default encoder.
    """

    topic: str
    language: str
    snapshot: str
    took_ms: float
    total: int
    answerable: bool
    matches: list[MatchOut]
    facets: dict[str, dict[str, int]]
    needs: list[NeedOut] = Field(description="What a long topic was found to ask for; empty for a short one.")


class BatchResponse(BaseModel):
    """One answer a search, in the same order."""

    answers: list[SearchResponse]


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class RefusedSnapshot(BaseModel):
    """A snapshot that should be in use and could not be opened, and since when (UTC)."""

    snapshot: str
    reason: str
    since: str


class Readiness(BaseModel):
    """The service answers from this snapshot."""

    status: Literal["ready"] = "ready"
    snapshot: str
    members: int
    refused: RefusedSnapshot | None = None


def filters_of(values: FacetValues) -> Filters:
    """Filters of the core; an empty list does not filter."""
    return Filters.from_lists({name: getattr(values, name) for name in FACETS})


def member_out(member: Member, masked: bool = True) -> MemberOut:
    """A member as JSON; masked: without the e-mail addresses in what it says."""
    if masked:
        member = masked_member(member)
    known = {
        "id": member.id,
        "name": member.name,
        "clusters": list(member.clusters),
        "country": member.country,
        "city": member.city,
        "kind": member.kind,
        "employees": member.employees,
        "website": member.website,
        "sectors": list(member.sectors),
        "languages": list(member.languages),
        "descriptions": dict(member.descriptions),
        "updated": member.updated,
        "extra": dict(member.extra),
    }
    return MemberOut.model_validate({**member.extra, **known})


def search_response(shortlist: Shortlist, masked: bool = True) -> SearchResponse:
    """A shortlist as JSON; masked: without the e-mail addresses in what members say."""
    if masked:
        shortlist = masked_shortlist(shortlist)
    return SearchResponse(
        topic=shortlist.topic,
        language=shortlist.language,
        snapshot=shortlist.snapshot,
        took_ms=shortlist.took_ms,
        total=shortlist.total,
        answerable=shortlist.answerable,
        matches=[
            MatchOut(
                rank=match.rank,
                score=match.score,
                relevance=match.relevance,
                member=member_out(match.member, masked=False),
                evidence=[
                    EvidenceOut(
                        text=e.text,
                        language=e.language,
                        score=e.score,
                        description=e.description,
                        start=e.start,
                        end=e.end,
                        marks=list(e.marks),
                    )
                    for e in match.evidence
                ],
                needs=list(match.needs),
            )
            for match in shortlist
        ],
        facets={name: dict(counts) for name, counts in shortlist.facets.items()},
        needs=[
            NeedOut(text=need.text, start=need.start, end=need.end, probability=need.probability)
            for need in shortlist.needs
        ],
    )
