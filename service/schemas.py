"""What is answered over HTTP, and its documentation."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from . import examples

__all__ = [
    "BatchResponse",
    "EvidenceOut",
    "Health",
    "MemberOut",
    "Readiness",
    "RefusedSnapshot",
    "SearchResponse",
]


class MemberOut(BaseModel):
    """An organisation, as its cluster describes it.

    `extra` holds the unknown keys of its source. They also stand beside the known ones, but for those whose name is taken.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [examples.MEMBER]})

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

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ANSWER]})

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

    model_config = ConfigDict(json_schema_extra={"examples": [{"answers": [examples.ANSWER]}]})

    answers: list[SearchResponse]


class Health(BaseModel):
    """The process is alive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = "ok"


class RefusedSnapshot(BaseModel):
    """A snapshot that should be in use and could not be opened, and since when (UTC)."""

    snapshot: str
    reason: str
    since: str


class Readiness(BaseModel):
    """The service answers from this snapshot."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.READINESS]})

    status: Literal["ready"] = "ready"
    snapshot: str
    members: int
    refused: RefusedSnapshot | None = None
