"""What is asked of the memory over HTTP, and its documentation."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator

from search.checks import MAX_TOPIC_CHARS
from search.types import FACETS

from ..requests import FacetValues, Share, Written
from . import examples
from .models import State, Verdict
from .shortlists import MAX_MEMBERS
from .topics import FEED_LENGTH

__all__ = [
    "DEFAULT_RELEVANCE",
    "MAX_NOTE_CHARS",
    "IntroductionIn",
    "JudgmentIn",
    "KeptIn",
    "NoteIn",
    "PageOf",
    "ShortlistChange",
    "ShortlistIn",
    "StepIn",
    "TopicIn",
]

MAX_NOTE_CHARS = 2_000
DEFAULT_RELEVANCE = 0.35
"""From here on the page calls a match good."""


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


class KeptIn(_Sent):
    """A member to keep, and a note on it."""

    member_id: MemberId
    note: Note = ""


class ShortlistIn(_Sent):
    """Members under a title, in order, each once. `topic` is what they were found for."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SHORTLIST_SENT]})

    title: Title
    topic: MaybeTopic = ""
    members: Annotated[list[KeptIn], Field(max_length=MAX_MEMBERS)] = []


class ShortlistChange(ShortlistIn):
    """All that the shortlist is to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SHORTLIST_CHANGE]})

    version: Version


class IntroductionIn(_Sent):
    """A member to be brought together with, proposed on a day."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.INTRODUCTION_SENT]})

    member_id: MemberId
    topic: MaybeTopic = ""
    note: Note = ""
    day: Day = None


class StepIn(_Sent):
    """What happened next: after proposed comes accepted or declined, after accepted met, after met project_submitted."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.STEP_SENT]})

    state: Literal[State.ACCEPTED, State.DECLINED, State.MET, State.SUBMITTED]
    day: Day = None
    version: Version


class NoteIn(_Sent):
    """Another note."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.NOTE_SENT]})

    note: Note
    version: Version


class JudgmentIn(_Sent):
    """A verdict on a member for a topic; a later one takes the place of an earlier."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.JUDGMENT_SENT]})

    topic: Written = Field(examples=["low-power MEMS sensors"])
    member_id: MemberId
    verdict: Verdict


class TopicIn(_Sent):
    """A topic to ask again of each new snapshot; members answer it from `min_relevance` on."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TOPIC_SENT]})

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


class PageOf(_Sent):
    """Which part of a long list to return."""

    limit: Annotated[int, Field(ge=1, le=200)] = FEED_LENGTH
    offset: Annotated[int, Field(ge=0, le=100_000)] = 0
