"""Tables that people write: needs, wishes, participants. CSV, TSV or XLSX, columns named in English or in French."""

import math
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from indexer.sources.cells import as_text
from indexer.sources.delimited import read_delimited
from indexer.sources.files import format_of, unchanged
from indexer.sources.rows import BadRow, Row, Table, listed
from indexer.sources.spreadsheet import read_spreadsheet
from search.checks import MAX_TOPIC_CHARS
from search.errors import SourceError
from search.lexical import fold

from .hours import spans
from .values import BuyerNeed, Participant, Where, Wish, WishKind

__all__ = ["MAX_ROWS", "Told", "language_codes", "read_needs", "read_participants", "read_wishes"]

MAX_ROWS = 2_000
MAX_NAME = 200
SHOWN_LINES = 8
NEED_COLUMNS = {
    "buyer": ("buyer", "acheteur", "donneur d'ordre", "company", "entreprise"),
    "need": ("need", "besoin", "topic", "sujet"),
    "languages": ("languages", "language", "langues", "langue"),
    "weight": ("weight", "poids"),
    "meetings": ("meetings", "wanted meetings", "rendez-vous", "rdv"),
}
WISH_COLUMNS = {
    "wish": ("wish", "souhait"),
    "buyer": NEED_COLUMNS["buyer"],
    "member": ("member", "membre", "id", "member id"),
}
PARTICIPANT_COLUMNS = {
    "participant": ("participant", "name", "nom", "id", *WISH_COLUMNS["member"][:2]),
    "languages": NEED_COLUMNS["languages"],
    "unavailable": ("unavailable", "away", "indisponible", "absent"),
}
WISHES: Mapping[str, WishKind] = {
    **dict.fromkeys(("must", "must meet", "obligatoire", "oui"), "must"),
    **dict.fromkeys(("never", "never meet", "jamais", "non"), "never"),
    **dict.fromkeys(("met", "already met", "deja vu", "deja vus", "deja rencontre"), "met"),
}
LANGUAGE_NAMES = {"french": "fr", "francais": "fr", "english": "en", "anglais": "en", "german": "de", "allemand": "de", "deutsch": "de",
                  "italian": "it", "italien": "it", "spanish": "es", "espagnol": "es", "dutch": "nl", "neerlandais": "nl"}  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """Rows of a table as values, and what else there is to say of it."""

    rows: tuple[T, ...]
    notes: tuple[str, ...] = ()


class _Fault(Exception):
    """A field that cannot be used: its name, what it holds and what to write instead."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")


def read_needs(path: Path, name: str | None = None) -> Told[BuyerNeed]:
    """The needs of a table; `name` is how messages call it. Raises SourceError, in one line, where a row cannot be used."""

    def need(cells: Mapping[str, str], where: Where) -> BuyerNeed:
        return BuyerNeed(
            buyer=_name(cells, "buyer"),
            text=_topic(cells),
            where=where,
            languages=_languages(cells),
            weight=_weight(cells),
            meetings=_meetings(cells),
        )

    return _read(path, name, NEED_COLUMNS, ("buyer", "need"), need)


def read_wishes(path: Path, name: str | None = None) -> Told[Wish]:
    """The wishes of a table, as `read_needs`."""

    def wish(cells: Mapping[str, str], where: Where) -> Wish:
        kind = WISHES.get(" ".join(fold(cells.get("wish", "")).split()))
        if kind is None:
            raise _Fault("wish", f"is {_quoted(cells.get('wish', ''))}; write must, never or met")
        return Wish(kind, _name(cells, "buyer"), _name(cells, "member"), where)

    return _read(path, name, WISH_COLUMNS, ("wish", "buyer", "member"), wish)


def read_participants(path: Path, name: str | None = None) -> Told[Participant]:
    """The participants of a table, as `read_needs`."""

    def participant(cells: Mapping[str, str], where: Where) -> Participant:
        try:
            away = spans(cells.get("unavailable", ""))
        except ValueError as error:
            raise _Fault("unavailable", str(error)) from error
        return Participant(_name(cells, "participant"), where, _languages(cells), away)

    return _read(path, name, PARTICIPANT_COLUMNS, ("participant",), participant)


def language_codes(text: str) -> tuple[str, ...]:
    """ISO 639-1 codes of "fr, English". Raises ValueError."""
    codes = []
    for part in re.split(r"[;,/|\s]+", text.strip()):
        code = LANGUAGE_NAMES.get(fold(part), part.lower())
        if code and not re.fullmatch("[a-z]{2}", code):
            raise ValueError(f"{_quoted(part)} is no language; write two-letter codes such as fr, en")
        codes.append(code)
    return tuple(dict.fromkeys(code for code in codes if code))


def _read(
    path: Path,
    name: str | None,
    columns: Mapping[str, tuple[str, ...]],
    required: tuple[str, ...],
    make: Callable[[Mapping[str, str], Where], T],
) -> Told[T]:
    source = name or str(path)
    if not path.is_file():
        raise SourceError(f"cannot read {source}: there is no such file; give a table in CSV, TSV or XLSX")
    values: list[T] = []
    faults: list[tuple[int, str]] = []
    try:
        with unchanged(path), ExitStack() as stack:
            table = _open(path, source, stack)
            fields = _fields(source, table.columns or (), columns, required)
            for row in table.rows:
                try:
                    values.append(make(_cells(row, fields), Where(source, row.line)))
                except _Fault as fault:
                    faults.append((row.line, str(fault)))
                if len(values) > MAX_ROWS:
                    raise SourceError(f"{source} has more than {MAX_ROWS:,} rows; keep those of one day")
    except SourceError as error:
        raise SourceError(str(error).replace(str(path), source)) from error
    if faults:
        raise SourceError(_told(source, faults))
    if not values:
        raise SourceError(f"{source} has no row below its header; write one {required[-1]} a row")
    unused = [column for column in table.columns or () if column not in fields.values()]
    return Told(tuple(values), (f"{source}: not used: {listed(unused)}",) if unused else ())


def _open(path: Path, source: str, stack: ExitStack) -> Table:
    match format_of(path):
        case ".xlsx":
            return read_spreadsheet(path, stack, None, None)
        case ".csv" | ".tsv":
            return read_delimited(path, stack, None, None, None)
    raise SourceError(f"{source} has no known format; expected a name that ends in .csv, .tsv or .xlsx")


def _fields(
    source: str, found: tuple[str, ...], columns: Mapping[str, tuple[str, ...]], required: tuple[str, ...]
) -> dict[str, str]:
    """The column of each field that the table has."""
    by_key = {" ".join(fold(column).replace("_", " ").split()): column for column in reversed(found)}
    fields = {
        field: by_key[key]
        for field, names in columns.items()
        for key in reversed([" ".join(fold(name).split()) for name in names])
        if key in by_key
    }
    if missing := [field for field in required if field not in fields]:
        others = ", ".join(field for field in columns if field not in required)
        raise SourceError(
            f"{source}:1: has no column {missing[0]} but {listed(found)}; expected {', '.join(required)}"
            f"{f', optional {others}' if others else ''}"
        )
    return fields


def _cells(row: Row | BadRow, fields: Mapping[str, str]) -> dict[str, str]:
    if isinstance(row, BadRow):
        raise _Fault("row", f"{row.reason}; {row.advice}")
    cells = {}
    for field, column in fields.items():
        text = as_text(row.cells.get(column))
        if text is not None and not isinstance(text, str):
            raise _Fault(field, f"is {type(text).__name__}; write text")
        cells[field] = text or ""
    return cells


def _told(source: str, faults: list[tuple[int, str]]) -> str:
    (line, first), *others = faults
    lines = ", ".join(str(other) for other, _ in others[:SHOWN_LINES])
    more = f" and {len(others) - SHOWN_LINES} others" if len(others) > SHOWN_LINES else ""
    return f"{source}:{line}: {first}" + (f" (also at fault: lines {lines}{more})" if others else "")


def _quoted(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return f'"{plain[:60]}"'


def _name(cells: Mapping[str, str], field: str) -> str:
    text = " ".join(cells.get(field, "").split())
    if not text:
        raise _Fault(field, "is empty; write a name")
    if len(text) > MAX_NAME:
        raise _Fault(field, f"has {len(text):,} characters; write a name of at most {MAX_NAME}")
    return text


def _topic(cells: Mapping[str, str]) -> str:
    text = cells["need"]
    if not text:
        raise _Fault("need", "is empty; say what is needed, in French or in English")
    if len(text) > MAX_TOPIC_CHARS:
        raise _Fault("need", f"has {len(text):,} characters, at most {MAX_TOPIC_CHARS:,} are accepted")
    return text


def _languages(cells: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return language_codes(cells.get("languages", ""))
    except ValueError as error:
        raise _Fault("languages", str(error)) from error


def _weight(cells: Mapping[str, str]) -> float:
    text = cells.get("weight", "")
    try:
        weight = float(text.replace(",", ".")) if text else 1.0
    except ValueError:
        weight = math.nan
    if not 0.1 <= weight <= 10:
        raise _Fault("weight", f"is {_quoted(text)}; write a number from 0.1 to 10, 1 is usual")
    return weight


def _meetings(cells: Mapping[str, str]) -> int | None:
    text = cells.get("meetings", "")
    if text and not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 100):
        raise _Fault("meetings", f"is {_quoted(text)}; write a whole number from 1 to 100, or nothing")
    return int(text) if text else None
