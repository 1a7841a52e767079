"""Read and validate members files: JSON Lines, one member a line."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from search.errors import SourceError
from search.types import Member

__all__ = ["MAX_DESCRIPTION_CHARS", "Members", "Reject", "read_members"]

MAX_DESCRIPTION_CHARS = 200_000
MAX_LINE_BYTES = 4_000_000
MAX_DEPTH = 50
MAX_SHOWN = 300

UNKNOWN_LANGUAGE = ("und", "mul")
"""Description keys that do not say the language; it is then detected, passage by passage."""


def _plain(text: str) -> str:
    """White space and line breaks are text; other control characters are a sign of binary data."""
    found = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]", text)
    if found:
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


def _described(descriptions: dict[str, str]) -> dict[str, str]:
    kept = {key: text for key, text in descriptions.items() if text.strip()}
    if not kept:
        raise ValueError("holds no text; expected at least one description")
    return kept


Text = Annotated[str, BeforeValidator(_stripped), AfterValidator(_plain)]
Label = Annotated[Text, Field(min_length=1, max_length=200)]
Labels = Annotated[list[Label], Field(max_length=200)]
LanguageKey = Annotated[str, Field(pattern=r"^([a-z]{2}|und|mul)$")]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION_CHARS), AfterValidator(_plain)]
Kind = Literal["startup", "sme", "midcap", "large", "company", "research", "university", "public", "association"]


class _Record(BaseModel):
    """One line of a members file. Only id, name and descriptions are required; unknown keys are kept."""

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


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that did not become a member, and why: `field` is empty where the line as a whole is at fault."""

    source: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        where = f"{_printable(self.field)}: " if self.field else ""
        return f"{_printable(self.source)}:{self.line}: {where}{_printable(self.reason)}"


def _printable(text: str) -> str:
    """What a members file says, fit for a terminal: one line, no control sequences, of bounded length."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + "..."


@dataclass(frozen=True, slots=True)
class Members:
    """What the members files held: valid members in order of id, rejected lines, SHA-256 of each file."""

    members: tuple[Member, ...]
    rejects: tuple[Reject, ...]
    sources: dict[str, str]


def read_members(paths: Sequence[Path]) -> Members:
    """Read every file; a bad line is rejected and the rest goes on.

    Raises SourceError where a file cannot be read or holds no valid member at all.
    """
    members: dict[str, Member] = {}
    seen: dict[str, str] = {}
    rejects: list[Reject] = []
    sources: dict[str, str] = {}
    for path in paths:
        source = os.fsencode(path).decode("utf-8", "replace")
        digest = hashlib.sha256()
        valid, rejected_before = 0, len(rejects)
        for number, line in _lines(path, digest):
            try:
                member = _parse(line, first=number == 1)
                if member.id in seen:
                    raise _BadLine("id", f"{member.id!r} was already used at {seen[member.id]}; ids must be unique")
            except _BadLine as bad:
                rejects.append(Reject(source, number, bad.field, bad.reason))
                continue
            members[member.id] = member
            seen[member.id] = f"{source}:{number}"
            valid += 1
        if not valid:
            raise SourceError(_nothing_valid(source, rejects[rejected_before:]))
        sources[source] = digest.hexdigest()
    return Members(tuple(members[key] for key in sorted(members)), tuple(rejects), sources)


def _nothing_valid(source: str, rejects: list[Reject]) -> str:
    expected = "expected JSON Lines, one member a line with id, name and descriptions"
    if not rejects:
        return f"{source} is empty; {expected}"
    lines = f"{len(rejects)} line{'s' if len(rejects) > 1 else ''}"
    return f"{source} has no valid member in {lines} (first: {rejects[0]}); {expected}"


class _BadLine(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def _lines(path: Path, digest: "hashlib._Hash") -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank; one that is too long comes cut, longer than `MAX_LINE_BYTES`."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                digest.update(line)
                if line.strip():
                    yield number, line
                while not line.endswith(b"\n") and (line := file.readline(MAX_LINE_BYTES)):
                    digest.update(line)
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}; give a members file in JSON Lines") from error


def _parse(line: bytes, first: bool) -> Member:
    """The member on a line. Raises _BadLine."""
    if len(line) > MAX_LINE_BYTES:
        raise _BadLine("", f"is longer than {MAX_LINE_BYTES:,} bytes; expected one member a line")
    try:
        raw = json.loads(line.decode("utf-8-sig" if first else "utf-8"))
        json.dumps(raw, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{line[error.start]:02x} at {error.start}"
        raise _BadLine("", f"is not UTF-8 text ({found}); save the file as UTF-8") from error
    except UnicodeEncodeError as error:
        raise _BadLine("", "has an unpaired surrogate (\\ud800 to \\udfff); expected valid Unicode") from error
    except (ValueError, RecursionError) as error:
        raise _BadLine("", f"is not JSON ({error}); expected one JSON object a line") from error
    if not isinstance(raw, dict):
        expected = "expected an object with id, name and descriptions"
        raise _BadLine("", f"is a JSON {type(raw).__name__}; {expected}")
    if _deeper_than(MAX_DEPTH, raw):
        raise _BadLine("", f"is nested more than {MAX_DEPTH} levels deep; expected a flat description of a member")
    try:
        return _member(_Record.model_validate(raw))
    except ValidationError as error:
        raise _BadLine(*_reason(error)) from error


def _deeper_than(levels: int, value: object) -> bool:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return bool(inner) and (levels == 0 or any(_deeper_than(levels - 1, item) for item in inner))


def _reason(error: ValidationError) -> tuple[str, str]:
    """Field and reason of the first fault, in plain words."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part != "[key]")
    message = first["msg"].removeprefix("Value error, ").removeprefix("String ").removeprefix("Input ")
    if first["type"] == "missing":
        return field, "is missing; every member needs id, name and descriptions"
    if first["type"] == "value_error":
        return field, message
    if first["type"] == "string_too_long":
        return field, f"has {len(first['input']):,} characters; {message}"
    return field, f"is {json.dumps(first['input'], ensure_ascii=False, default=str)[:80]}; {message}"


def _member(record: _Record) -> Member:
    return Member(
        id=record.id,
        name=record.name,
        descriptions=dict(record.descriptions),
        clusters=tuple(dict.fromkeys(record.clusters)),
        country=record.country,
        city=record.city,
        kind=record.kind,
        employees=record.employees,
        website=record.website,
        sectors=tuple(dict.fromkeys(record.sectors)),
        updated=record.updated,
        extra=dict(record.model_extra or {}),
    )
