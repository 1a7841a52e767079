"""The files of a planned day, and the folder that holds them, whole or not at all."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from anyascii import anyascii

from indexer.staging import discard, staged
from search import PasserelleError
from search.spreadsheets import Cell, Sheet, csv_of_rows, xlsx_of_sheets

from ..texts import texts_for
from .agenda import Attendee, attendees
from .calendars import calendar_of
from .hours import shown
from .sheets import overview_page, participant_sheet
from .values import Plan
from .words import by_reason, short_line, unkept_line

__all__ = ["File", "check_folder", "files_of", "write_folder", "zipped"]

DESCRIBED = "matchday.json"
FORMAT = 1
MAX_NAME = 60
COLUMNS = ("start", "end", "table", "buyer", "need", "member", "country", "city", "kind", "clusters", "website", "id", "relevance", "languages in common", "language", "evidence", "must")  # fmt: skip
WIDTHS = (8, 8, 7, 24, 48, 30, 9, 18, 12, 24, 32, 24, 10, 18, 10, 80, 7)

File = tuple[str, bytes]
"""A path inside the folder, with / between, and what the file holds."""


def files_of(plan: Plan, ui: str, made: datetime) -> Iterator[File]:
    """Timetable as CSV and XLSX, the page of the whole day, and for each participant a sheet and a calendar; `made` is when."""
    people = attendees(plan, ui)
    named = _names(people)
    links = {_key(person): f"sheets/{name}.html" for person, name in zip(people, named, strict=True)}
    rows = tuple(_rows(plan))
    yield "index.html", overview_page(plan, ui, links).encode("utf-8", "replace")
    yield "timetable.csv", csv_of_rows((COLUMNS, *rows))
    yield "timetable.xlsx", xlsx_of_sheets(_sheets(plan, rows))
    for person, name in zip(people, named, strict=True):
        yield f"sheets/{name}.html", participant_sheet(person, plan).encode("utf-8", "replace")
        calendar = calendar_of(
            person.meetings,
            for_buyer=person.buyer is not None,
            day=plan.day,
            made=made,
            texts=texts_for(person.language),
        )
        yield f"calendars/{name}.ics", calendar
    yield DESCRIBED, json.dumps(_described(plan, made), indent=2, ensure_ascii=False).encode("utf-8", "replace")


def zipped(files: Iterable[File], folder: str) -> bytes:
    """The files in a zip archive, below one folder."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            archive.writestr(zipfile.ZipInfo(f"{folder}/{path}"), content, zipfile.ZIP_DEFLATED)
    return kept.getvalue()


def check_folder(folder: Path, replace: bool) -> None:
    """Raises PasserelleError where something stands there that must not be written over: only a planned day may be, when asked."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise PasserelleError(f"{folder} is a file; choose another folder with -o")
    if not any(folder.iterdir()):
        return
    if not (folder / DESCRIBED).is_file():
        raise PasserelleError(f"{folder} is not empty and holds no planned day; choose another folder with -o")
    if not replace:
        raise PasserelleError(f"{folder} holds a planned day already; choose another folder with -o, or add --replace")


def write_folder(folder: Path, files: Iterable[File], replace: bool) -> None:
    """Write all files, or none. Raises PasserelleError as `check_folder` does, or where the disk refuses."""
    target = folder.resolve()
    check_folder(target, replace)
    try:
        with staged(target) as staging:
            for path, content in files:
                place = staging / path
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(content)
            check_folder(target, replace)
            if target.is_dir() and any(target.iterdir()):
                discard(target)
    except OSError as error:
        raise PasserelleError(
            f"cannot write {folder}: {error.strerror or error}; make room or choose another folder"
        ) from error


def _rows(plan: Plan) -> Iterator[tuple[Cell, ...]]:
    for meeting in plan.meetings:
        member, said = meeting.member, meeting.evidence
        yield (
            f"{meeting.slot.start:%H:%M}",
            f"{meeting.slot.end:%H:%M}",
            meeting.table,
            meeting.buyer.name,
            meeting.need.text,
            member.name,
            member.country or "",
            member.city or "",
            member.kind or "",
            "; ".join(member.clusters),
            member.website or "",
            member.id,
            meeting.relevance,
            "; ".join(meeting.shared),
            said.language if said else "",
            said.text if said else "",
            "must" if meeting.must else "",
        )


def _sheets(plan: Plan, rows: Sequence[Sequence[Cell]]) -> Iterator[Sheet]:
    """The timetable, and what could not be."""
    texts = texts_for("en")
    yield Sheet("Timetable", COLUMNS, WIDTHS, rows, "D2")
    told = [("wish", unkept_line(unkept, texts)) for unkept in plan.unkept]
    told += [("need", short_line(short, texts)) for short in plan.short]
    yield Sheet("Not kept", ("what", "why"), (10, 140), told)
    without = tuple(
        (item.member.name, item.member.id, item.relevance, why)
        for why, members in by_reason(plan.without, texts)
        for item in members
    )
    yield Sheet("Without a meeting", ("member", "id", "relevance", "why"), (32, 28, 10, 90), without)


def _names(people: Sequence[Attendee]) -> list[str]:
    """Names of files: plain letters, digits and hyphens, no two alike whatever the case."""
    taken: dict[str, int] = {}
    names = []
    for person in people:
        side = "buyer" if person.buyer else "member"
        plain = re.sub(r"[^a-z0-9]+", "-", anyascii(person.name).lower()).strip("-")[:MAX_NAME].strip("-")
        name = f"{side}-{plain or 'unnamed'}"
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name}--{taken[name]}")
    return names


def _key(person: Attendee) -> str:
    return f"member {person.member.id}" if person.member else f"buyer {person.name}"


def _described(plan: Plan, made: datetime) -> Mapping[str, object]:
    day = plan.day
    return {
        "format": FORMAT,
        "made": made.isoformat(timespec="seconds"),
        "snapshot": plan.snapshot,
        "date": day.date.isoformat(),
        "timezone": day.timezone,
        "start": shown(day.start),
        "end": shown(day.end),
        "slot_minutes": day.slot_minutes,
        "breaks": [[shown(start), shown(end)] for start, end in day.breaks],
        "tables": plan.tables,
        "best": plan.least_gaps,
        "reproducible": plan.reproducible,
        "figures": asdict(plan.figures),
    }
