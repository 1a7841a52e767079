"""What travels over HTTP: what users keep, and its documentation."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator

from search.checks import MAX_TOPIC_CHARS
from search.types import FACETS

from ..requests import FacetValues, Share, Written
from .models import Reason, State, Verdict
from .shortlists import MAX_MEMBERS
from .topics import FEED_LENGTH

__all__ = [
    "DEFAULT_RELEVANCE",
    "MAX_NOTE_CHARS",
    "FindingOut",
    "FindingsOut",
    "IntroductionIn",
    "IntroductionOut",
    "IntroductionsOut",
    "JudgmentIn",
    "JudgmentOut",
    "JudgmentsOut",
    "NoteIn",
    "PageOf",
    "ShortlistChange",
    "ShortlistIn",
    "ShortlistOut",
    "ShortlistsOut",
    "StandingOut",
    "StepIn",
    "SummaryOut",
    "TopicIn",
    "TopicOut",
    "TopicsOut",
]

MAX_NOTE_CHARS = 2_000
DEFAULT_RELEVANCE = 0.35
"""From here on the page calls a match likely."""


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a null byte; send plain text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("has an unpaired surrogate; send valid Unicode text") from error
    return text


PLAIN: dict[str, JsonValue] = {"pattern": r"^[^\x00]*$"}
"""What `_plain` refuses, said in the description."""
MemberId = Annotated[
    str, Field(min_length=1, max_length=200, examples=["acme"], json_schema_extra=PLAIN), AfterValidator(_plain)
]
Note = Annotated[
    str,
    Field(max_length=MAX_NOTE_CHARS, examples=["Ask for the 200 mm line."], json_schema_extra=PLAIN),
    AfterValidator(_plain),
]
Title = Annotated[
    str,
    Field(min_length=1, max_length=200, examples=["MEMS for bridges"], json_schema_extra=PLAIN),
    AfterValidator(_plain),
]
MaybeTopic = Annotated[
    str,
    Field(max_length=MAX_TOPIC_CHARS, examples=["low-power MEMS sensors"], json_schema_extra=PLAIN),
    AfterValidator(_plain),
]
Version = Annotated[
    int,
    Field(
        ge=1, le=2**31 - 1, description="The version that this change was made from; another one is refused with 409."
    ),
]
Day = Annotated[
    date | None, Field(description="The day it happened; today where there is none.", examples=["2026-11-20"])
]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StandingOut(BaseModel):
    """Where a member is today: `here` in the directory, `merged` into the member `id`, or `gone`; `name` as it is now, or was."""

    state: Literal["here", "merged", "gone"]
    id: str
    name: str


class KeptIn(_Sent):
    """A member to keep, and a note on it."""

    member_id: MemberId
    note: Note = ""


class ShortlistIn(_Sent):
    """Members under a title, in order, each once. `topic` is what they were found for."""

    title: Title
    topic: MaybeTopic = ""
    members: Annotated[list[KeptIn], Field(max_length=MAX_MEMBERS)] = []


class ShortlistChange(ShortlistIn):
    """All that the shortlist is to say."""

    version: Version


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

    members: list[KeptOut]


class ShortlistsOut(BaseModel):
    """All shortlists of the caller, the one changed last first."""

    shortlists: list[SummaryOut]


class IntroductionIn(_Sent):
    """A member to be brought together with, proposed on a day."""

    member_id: MemberId
    topic: MaybeTopic = ""
    note: Note = ""
    day: Day = None


class StepIn(_Sent):
    """What happened next: after proposed comes accepted or declined, after accepted met, after met project_submitted."""

    state: Literal[State.ACCEPTED, State.DECLINED, State.MET, State.SUBMITTED]
    day: Day = None
    version: Version


class NoteIn(_Sent):
    """Another note."""

    note: Note
    version: Version


class StepOut(BaseModel):
    """A state that was come to, and when."""

    state: State
    day: date


class IntroductionOut(BaseModel):
    """An introduction; `next` are the states that may follow."""

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

    introductions: list[IntroductionOut]


class JudgmentIn(_Sent):
    """A verdict on a member for a topic; a later one takes the place of an earlier."""

    topic: Written = Field(examples=["low-power MEMS sensors"])
    member_id: MemberId
    verdict: Verdict


class JudgmentOut(BaseModel):
    """A judgment, and the snapshot in which it was made."""

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

    judgments: list[JudgmentOut]


class TopicIn(_Sent):
    """A topic to ask again of each new snapshot; members answer it from `min_relevance` on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"topic": "low-power MEMS sensors", "filters": {"country": ["FR", "BE"]}}]},
    )

    topic: Written = Field(description="A phrase, a sentence or a whole call text, up to 32,000 characters.")
    filters: FacetValues = FacetValues()
    min_relevance: Share = DEFAULT_RELEVANCE

    @field_validator("filters")
    @classmethod
    def _keepable(cls, filters: FacetValues) -> FacetValues:
        for name in FACETS:
            for value in getattr(filters, name):
                _plain(value)
        return filters


class TopicOut(BaseModel):
    """A saved topic: how many members answered in `snapshot`, the last one asked, and why the last try failed, if it did.

    `feed` is the address of its Atom feed below this service: whoever has it may read the feed.
    """

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

    topic_id: UUID
    findings: list[FindingOut]


class PageOf(_Sent):
    """Which part of a long list to return."""

    limit: Annotated[int, Field(ge=1, le=200)] = FEED_LENGTH
    offset: Annotated[int, Field(ge=0, le=100_000)] = 0
