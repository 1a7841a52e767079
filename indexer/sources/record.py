"""What a member must look like, wherever it was read: the one place where that is checked."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from search.types import Member

from .markup import text_of_html

__all__ = ["LANGUAGE_KEY", "MAX_DESCRIPTION_CHARS", "UNKNOWN_LANGUAGE", "BadRecord", "member_of"]

MAX_DESCRIPTION_CHARS = 200_000
MAX_VALUE = 80

UNKNOWN_LANGUAGE = ("und", "mul")
"""Description keys that do not say the language; it is then detected, passage by passage."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
LANGUAGE_KEY = r"^([a-z]{2}|und|mul)$"


def _plain(text: str) -> str:
    """White space and line breaks are text; other control characters are a sign of binary data."""
    if found := _CONTROL.search(text):
        raise ValueError(f"has the control character U+{ord(found.group()):04X}; expected plain text")
    return text


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else _stripped(value)


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^\s/]", value, re.IGNORECASE):
        raise ValueError("is not a web address; expected http:// or https://")
    return value


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError as error:
        raise ValueError("is not a date; expected YYYY-MM-DD") from error


def _without_html(value: object) -> object:
    return text_of_html(value) if isinstance(value, str) else value


def _described(descriptions: dict[str, str]) -> dict[str, str]:
    kept = {key: text for key, text in descriptions.items() if text.strip()}
    if not kept:
        raise ValueError("holds no text; expected at least one description")
    return kept


Text = Annotated[str, BeforeValidator(_stripped), AfterValidator(_plain)]
Label = Annotated[Text, Field(min_length=1, max_length=200)]
Labels = Annotated[list[Label], Field(max_length=200)]
LanguageKey = Annotated[str, Field(pattern=LANGUAGE_KEY)]
Description = Annotated[
    Annotated[str, Field(max_length=MAX_DESCRIPTION_CHARS), AfterValidator(_plain)], BeforeValidator(_without_html)
]
Kind = Literal["startup", "sme", "midcap", "large", "company", "research", "university", "public", "association"]


class _Record(BaseModel):
    """One row of a source. Only id, name and descriptions are required; unknown keys are kept."""

    model_config = ConfigDict(extra="allow", strict=True)

    id: Label
    name: Label
    descriptions: Annotated[dict[LanguageKey, Description], AfterValidator(_described)]
    clusters: Labels = []
    country: Annotated[Annotated[str, Field(pattern="^[A-Z]{2}$")] | None, BeforeValidator(_none_if_blank)] = None
    city: Annotated[Label | None, BeforeValidator(_none_if_blank)] = None
    kind: Annotated[Kind | None, BeforeValidator(_none_if_blank)] = None
    employees: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    website: Annotated[
        Annotated[Text, Field(max_length=2000), AfterValidator(_web_address)] | None, BeforeValidator(_none_if_blank)
    ] = None
    sectors: Labels = []
    updated: Annotated[Annotated[str, AfterValidator(_day)] | None, BeforeValidator(_none_if_blank)] = None


ADVICE = {
    "id": "give every member an id of its own, of at most 200 characters",
    "name": "give the member a name of at most 200 characters",
    "descriptions": f"describe the member in at least one language, in plain text of at most {MAX_DESCRIPTION_CHARS:,} characters",
    "clusters": "write a list of names, or leave it out",
    "country": "write the ISO 3166-1 code of two capital letters, or translate the value under [values.country] of a mapping",
    "city": "write a name of at most 200 characters, or leave it out",
    "kind": f"write one of {', '.join(get_args(Kind))}, or translate the value under [values.kind] of a mapping",
    "employees": "write a whole number without words, or leave it out",
    "website": "write an address that begins with https://, or leave it out",
    "sectors": "write a list of names, or leave it out",
    "updated": "write the date as YYYY-MM-DD, or leave it out",
}


class BadRecord(Exception):
    """A record is no member: the field at fault, what it holds, what is wrong with that and what to do."""

    def __init__(self, field: str, reason: str, value: str, advice: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.value, self.advice = field, reason, value, advice


def member_of(record: Mapping[str, object]) -> Member:
    """The member that a record describes. Raises BadRecord."""
    try:
        checked = _Record.model_validate(record)
    except ValidationError as error:
        raise _bad_record(error) from error
    return Member(
        id=checked.id,
        name=checked.name,
        descriptions=checked.descriptions,
        clusters=tuple(dict.fromkeys(checked.clusters)),
        country=checked.country,
        city=checked.city,
        kind=checked.kind,
        employees=checked.employees,
        website=checked.website,
        sectors=tuple(dict.fromkeys(checked.sectors)),
        updated=checked.updated,
        extra=checked.model_extra or {},
    )


def _bad_record(error: ValidationError) -> BadRecord:
    """The first fault, in plain words."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part != "[key]")
    advice = ADVICE[str(first["loc"][0])]
    message = first["msg"].removeprefix("Value error, ").removeprefix("String ").removeprefix("Input ")
    if first["type"] == "missing":
        return BadRecord(field, "is missing; every member needs id, name and descriptions", "", advice)
    value = json.dumps(first["input"], ensure_ascii=False, default=str)[:MAX_VALUE]
    if first["type"] == "value_error":
        return BadRecord(field, message, value, advice)
    if first["type"] == "string_too_long":
        return BadRecord(field, f"has {len(first['input']):,} characters; {message}", value, advice)
    if "[key]" in first["loc"]:
        advice = "name the language by its two-letter ISO 639-1 code, fr or en; und where it is not known"
    return BadRecord(field, f"is {value}; {message}", value, advice)
