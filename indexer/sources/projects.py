"""Organisations as members, described by the funded projects they took part in."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from search.errors import SourceError

from ..progress import Progress, counted
from .delimited import read_delimited
from .files import unchanged
from .markup import text_of_html
from .output import atomic_text
from .record import BadRecord, member_of
from .rejects import Reject
from .rows import BadRow, Row, column_key, listed

__all__ = ["Column", "Harvest", "Organisation", "Project", "amount_of", "named_rows", "paragraph", "write_members"]

MAX_PARAGRAPH = 4_000
DROPPABLE = ("city", "country", "updated", "website")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is relied on: what it is called here, and how the publishers have spelled it."""

    name: str
    spellings: tuple[str, ...]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Project:
    """When it began (YYYY-MM-DD or a part of it) and what it is about, one paragraph by language."""

    start: str
    texts: Mapping[str, str]


@dataclass(slots=True)
class Organisation:
    """A participant, with the money it got by project; `place` is the source and line where it was first seen."""

    record: dict[str, object]
    place: tuple[str, int]
    amounts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Harvest:
    """How many projects were read, how many members written, and what could not be used."""

    projects: int
    members: int
    rejects: tuple[Reject, ...]


@contextmanager
def named_rows(path: Path, columns: Iterable[Column], progress: Progress) -> Iterator[Iterator[Row | Reject]]:
    """Rows of a CSV file with text by the names of `columns`, "" where a cell is empty or an optional column missing.

    Raises SourceError where a required column is missing, naming those expected and those found.
    """
    progress.step(f"Reading {path.name}")
    with unchanged(path), ExitStack() as stack:
        table = read_delimited(path, stack, None, None, None)
        found = {column_key(name): name for name in table.columns or ()}
        places: dict[str, str | None] = {}
        missing = []
        for column in columns:
            places[column.name] = next((found[key] for key in map(column_key, column.spellings) if key in found), None)
            if column.required and places[column.name] is None:
                missing.append(" or ".join(column.spellings))
        if missing:
            raise SourceError(
                f"{path} has no column {', '.join(missing)}; the publisher may have renamed it; its columns are: {listed(found.values())}"
            )
        yield counted(_named(table.rows, places, str(path)), progress)


def _named(rows: Iterator[Row | BadRow], places: Mapping[str, str | None], source: str) -> Iterator[Row | Reject]:
    for row in rows:
        if isinstance(row, BadRow):
            yield Reject(source, row.line, "", row.reason, row.value, row.advice)
            continue
        yield Row(row.line, {name: str(row.cells.get(place or "") or "").strip() for name, place in places.items()})


def paragraph(title: object, text: object) -> str:
    """Title and text as one paragraph of bounded length."""
    words = " ".join(text_of_html(f"{title}").split())
    stop = "" if not words or words[-1] in ".!?:" else "."
    whole = " ".join(f"{words}{stop} {text_of_html(f'{text}')}".split())
    return whole if len(whole) <= MAX_PARAGRAPH else whole[:MAX_PARAGRAPH].rsplit(" ", 1)[0] + " ..."


def amount_of(text: object) -> float:
    """An amount of money, with a decimal point or comma; 0 where there is none."""
    digits = re.sub(r"\s", "", str(text)).replace(",", ".")
    return float(digits) if re.fullmatch(r"\d{1,15}(\.\d+)?", digits) else 0.0


def write_members(
    organisations: Iterable[Organisation], projects: Mapping[str, Project], most: int, output: Path, progress: Progress
) -> tuple[int, list[Reject]]:
    """Write a members file, atomically: each organisation described by its `most` newest projects, of equally new ones the largest.

    Returns how many were written, and those that could not be. Raises SourceError where it cannot be written, or nobody is left.
    """
    progress.step(f"Writing {output.name}")
    written, rejects = 0, []
    with atomic_text(output) as file:
        for organisation in counted(organisations, progress):
            line = _member_line(organisation, projects, most)
            if isinstance(line, Reject):
                rejects.append(line)
                continue
            file.write(line)
            written += 1
        if not written:
            first = f" (first: {rejects[0]})" if rejects else ""
            raise SourceError(
                f"no organisation could be made a member{first}; give project and participant files of one download"
            )
    return written, rejects


def _member_line(organisation: Organisation, projects: Mapping[str, Project], most: int) -> str | Reject:
    known = [(projects[id].start, amount, id) for id, amount in organisation.amounts.items() if id in projects]
    texts: dict[str, list[str]] = {}
    for _, _, id in sorted(known, reverse=True)[:most]:
        for language, text in projects[id].texts.items():
            texts.setdefault(language, []).append(text)
    record = {name: value for name, value in organisation.record.items() if value}
    record["descriptions"] = {language: "\n\n".join(dict.fromkeys(found)) for language, found in texts.items()}
    record["projects"] = len(organisation.amounts)
    source, line = organisation.place
    if not texts:
        advice = "add the file that lists the projects it took part in"
        return Reject(source, line, "descriptions", "took part in no project that is described", "", advice)
    while True:
        try:
            member_of(record)
        except BadRecord as bad:
            if bad.field not in DROPPABLE:
                return Reject(source, line, bad.field, bad.reason, bad.value, bad.advice)
            del record[bad.field]  # the organisation is worth more than its web address
        else:
            return json.dumps(record, ensure_ascii=False) + "\n"
