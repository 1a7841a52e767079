"""What the memory answers over HTTP, and its documentation."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from . import examples
from .models import Reason, State, Verdict

__all__ = [
    "FindingOut",
    "FindingsOut",
    "IntroductionOut",
    "IntroductionsOut",
    "JudgmentOut",
    "JudgmentsOut",
    "KeptOut",
    "ShortlistOut",
    "ShortlistsOut",
    "StandingOut",
    "StepOut",
    "SummaryOut",
    "TopicOut",
    "TopicsOut",
]


class StandingOut(BaseModel):
    """Where a member is today: `here` in the directory, `merged` into the member `id`, or `gone`; `name` as it is now, or was."""

    state: Literal["here", "merged", "gone"]
    id: str
    name: str


class KeptOut(BaseModel):
    """A member of a shortlist."""

    member_id: str
    note: str
    member: StandingOut


class SummaryOut(BaseModel):
    """A shortlist without its members."""

    id: UUID
    title: str
    topic: str
    size: int
    version: int
    created: datetime
    updated: datetime


class ShortlistOut(SummaryOut):
    """A shortlist."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SHORTLIST]})

    members: list[KeptOut]


class ShortlistsOut(BaseModel):
    """All shortlists of the caller, the one changed last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SHORTLISTS]})

    shortlists: list[SummaryOut]


class StepOut(BaseModel):
    """A state that was come to, and when."""

    state: State
    day: date


class IntroductionOut(BaseModel):
    """An introduction; `next` are the states that may follow."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.INTRODUCTION]})

    id: UUID
    member_id: str
    member: StandingOut
    topic: str
    note: str
    state: State
    steps: list[StepOut]
    next: list[State]
    version: int
    created: datetime
    updated: datetime


class IntroductionsOut(BaseModel):
    """Introductions of the caller, the one changed last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.INTRODUCTIONS]})

    introductions: list[IntroductionOut]


class JudgmentOut(BaseModel):
    """A judgment, and the snapshot in which it was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.JUDGMENT]})

    id: UUID
    topic: str
    language: str
    member_id: str
    member: StandingOut
    verdict: Verdict
    snapshot: str
    updated: datetime


class JudgmentsOut(BaseModel):
    """Judgments of the caller, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.JUDGMENTS]})

    judgments: list[JudgmentOut]


class TopicOut(BaseModel):
    """A saved topic: how many members answered in `snapshot`, the last one asked, and why the last try failed, if it did.

    `feed` is the address of its Atom feed below this service: whoever has it may read the feed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TOPIC]})

    id: UUID
    topic: str
    language: str
    filters: dict[str, list[str]]
    min_relevance: float
    created: datetime
    asked: datetime
    snapshot: str
    answering: int
    failure: str
    feed: str


class TopicsOut(BaseModel):
    """All saved topics of the caller, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TOPICS]})

    topics: list[TopicOut]


class FindingOut(BaseModel):
    """A member that began to answer: new in the directory, or newly answering."""

    id: UUID
    member_id: str
    member: StandingOut
    relevance: float
    reason: Reason
    evidence: str
    snapshot: str
    found: datetime


class FindingsOut(BaseModel):
    """What was found for a saved topic, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FINDINGS]})

    topic_id: UUID
    findings: list[FindingOut]
