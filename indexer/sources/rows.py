"""What every reader yields: rows of named cells, or rows that could not be read."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.errors import SourceError

__all__ = ["MAX_RECORD", "BadRow", "Row", "Table", "column_key", "flat", "listed", "table_of"]

MAX_RECORD = 4_000_000
"""Longest row, in bytes or characters. A member needs a hundredth of it."""

MAX_COLUMNS = 2_000
SHOWN_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source: cells by column name. `line` is where a person finds it in the file, from 1."""

    line: int
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read: why, what stood there and what to do."""

    line: int
    reason: str
    advice: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An opened source. `columns` is None where each record names its own keys (JSON); `rows` leaves out blank ones."""

    about: str
    columns: tuple[str, ...] | None
    rows: Iterator[Row | BadRow]


def column_key(name: str) -> str:
    """What two spellings of a column name have in common: case, line breaks and the way accents are stored do not count."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def flat(record: Mapping[str, object]) -> dict[str, object]:
    """A record whose objects are cells of their own: `descriptions.fr`."""
    cells: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            cells |= {f"{key}.{inner}": item for inner, item in value.items()}
        else:
            cells[key] = value
    return cells


def listed(names: Iterable[str]) -> str:
    """Names for an error message: quoted, on one line, of bounded length."""
    every = [_shown(name) for name in names]
    more = f" and {len(every) - SHOWN_COLUMNS} more" if len(every) > SHOWN_COLUMNS else ""
    return ", ".join(every[:SHOWN_COLUMNS]) + more if every else "none"


def _shown(name: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in name)
    return f'"{plain[:60]}"'


def table_of(
    about: str, records: Iterator[tuple[int, Sequence[object]] | BadRow], source: str, header: int | None
) -> Table:
    """A table from numbered records of cells, the first that is not blank (or the one at line `header`) naming the columns.

    Raises SourceError where there is no such line.
    """
    for record in records:
        if isinstance(record, BadRow):
            raise SourceError(f"{source}:{record.line}: the header {record.reason}; {record.advice}")
        line, cells = record
        if _is_blank(cells) if header is None else line < header:
            continue
        columns = _names(cells)
        if not columns or len(columns) > MAX_COLUMNS:
            raise SourceError(
                f"{source}:{line}: the header has {len(columns):,} columns; expected 1 to {MAX_COLUMNS:,}"
            )
        return Table(about, columns, _rows(records, columns))
    raise SourceError(f"{source} is empty; expected a line with the names of the columns, then one row a line")


def _names(cells: Sequence[object]) -> tuple[str, ...]:
    """Names of columns; a name that stands twice gets a number, a missing one its place."""
    texts = [re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(cell or ""))).strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    seen: dict[str, int] = {}
    names = []
    for place, text in enumerate(texts, 1):
        name = text or f"column {place}"
        count = seen[column_key(name)] = seen.get(column_key(name), 0) + 1
        names.append(name if count == 1 else f"{name} ({count})")
    return tuple(names)


def _rows(records: Iterator[tuple[int, Sequence[object]] | BadRow], columns: tuple[str, ...]) -> Iterator[Row | BadRow]:
    width = len(columns)
    for record in records:
        if isinstance(record, BadRow):
            yield record
            continue
        line, cells = record
        if _is_blank(cells):
            continue
        if len(cells) > width and not _is_blank(cells[width:]):
            reason = f"has {len(cells)} cells where the header has {width}"
            advice = "put quotation marks around cells that hold the separator"
            yield BadRow(line, reason, advice, str(cells[width])[:80])
            continue
        yield Row(line, dict(zip(columns, cells, strict=False)))


def _is_blank(cells: Sequence[object]) -> bool:
    return not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in cells)
