"""Tables for spreadsheets, CSV and XLSX, in which nothing that members wrote is a formula."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from .errors import InvalidQuery
from .types import Match, Shortlist

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "CSV", "XLSX", "Cell", "Wording", "csv_of", "save", "xlsx_of"]

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    "rank",
    "relevance",
    "name",
    "country",
    "city",
    "kind",
    "clusters",
    "sectors",
    "website",
    "id",
    "language",
    "evidence",
    "more evidence",
)
WIDTHS = (6, 10, 32, 9, 18, 12, 24, 28, 32, 24, 10, 80, 80)
WIDTH_OF = dict(zip(COLUMNS, WIDTHS, strict=True)) | {"topic": 40}
MAX_CELL_CHARS = 32_000
"""A cell of a spreadsheet holds 32,767."""
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Wording:
    """How a table says what it holds: the names of its columns, what its first row says, and how a kind, a country and a relevance are written.

    `ranked` has a place for `n`.
    """

    columns: Sequence[str] = COLUMNS
    topic: str = "topic"
    snapshot: str = "snapshot"
    ranked: str = "{n} members ranked"
    answered: str = "answered"
    unanswered: str = "nobody seems to answer; nearest members"
    kind: Callable[[str], str] = str
    country: Callable[[str], str] = str
    relevance: Callable[[float], Cell] = float


AS_ASKED_FOR = Wording()
"""In the API's words, for programs."""


def save(table: "Shortlist | pd.DataFrame", path: str | Path) -> Path:
    """Save a shortlist, or any pandas table of matches, as the CSV or XLSX file named, without its index; returns its path.

    Texts that a spreadsheet program would take for a formula are quoted (CSV) or stored as text (XLSX). Raises InvalidQuery where the
    name ends otherwise or the table does not fit a sheet, OSError where the file cannot be written.
    """
    path = Path(path)
    writer = {".csv": _csv, ".xlsx": _xlsx}.get(path.suffix.lower())
    if writer is None:
        raise InvalidQuery(f"cannot save a table as {path.name!r}; name the file .csv or .xlsx")
    if isinstance(table, Shortlist):
        path.write_bytes(csv_of(table) if writer is _csv else xlsx_of(table))
        return path
    rows, columns = table.shape
    if rows >= MAX_ROWS or columns > MAX_COLUMNS:
        raise InvalidQuery(
            f"a sheet holds {MAX_ROWS - 1:,} rows and {MAX_COLUMNS:,} columns, the table has {rows:,} and {columns:,}; save parts of it"
        )
    named = [str(name) for name in table.columns]
    kept = table.astype(object).where(table.notna(), "")
    path.write_bytes(
        writer([named], kept.itertuples(index=False, name=None), [WIDTH_OF.get(name, 14) for name in named])
    )
    return path


def csv_of(shortlist: Shortlist) -> bytes:
    """UTF-8 with a byte-order mark, as spreadsheet programs expect: a row on the search, the column names, one row a match."""
    return _csv(*_table(shortlist, AS_ASKED_FOR))


def xlsx_of(shortlist: Shortlist, wording: Wording = AS_ASKED_FOR) -> bytes:
    """The same as a workbook with one sheet; every text is a text, whatever it begins with."""
    return _xlsx(*_table(shortlist, wording))


def _table(
    shortlist: Shortlist, wording: Wording
) -> tuple[Sequence[Iterable[object]], Iterable[Iterable[object]], Sequence[int]]:
    """The rows above a shortlist's table, its rows, and the widths of its columns."""
    return [_cover(shortlist, wording), wording.columns], (_row(match, wording) for match in shortlist), WIDTHS


def _csv(heads: Sequence[Iterable[object]], rows: Iterable[Iterable[object]], _: Sequence[int]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in (*heads, *rows):
        writer.writerow([_neutral(cell) for cell in map(_value, row)])
    return text.getvalue().encode("utf-8-sig")


def _xlsx(heads: Sequence[Iterable[object]], rows: Iterable[Iterable[object]], widths: Sequence[int]) -> bytes:
    """heads: rows above the table, the last its column names, those before it in italics."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Passerelle")
    sheet.freeze_panes = f"D{len(heads) + 1}"
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    styles = [Font(italic=True)] * (len(heads) - 1) + [Font(bold=True)]
    for style, row in zip(styles, heads, strict=True):
        sheet.append([_cell(sheet, value, style) for value in map(_value, row)])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in map(_value, row)])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _cover(shortlist: Shortlist, wording: Wording) -> Sequence[Cell]:
    """What the table is: topic, snapshot, and whether anybody seems to answer."""
    answered = wording.answered if shortlist.answerable else wording.unanswered
    ranked = wording.ranked.format(n=shortlist.total)
    return (wording.topic, shortlist.topic, wording.snapshot, shortlist.snapshot, ranked, answered)


def _row(match: Match, wording: Wording) -> Iterator[Cell]:
    member = match.member
    yield match.rank
    yield wording.relevance(match.relevance)
    yield member.name
    yield wording.country(member.country) if member.country else ""
    yield member.city or ""
    yield wording.kind(member.kind) if member.kind else ""
    yield "; ".join(member.clusters)
    yield "; ".join(member.sectors)
    yield member.website or ""
    yield member.id
    yield match.evidence[0].language
    yield match.evidence[0].text
    yield "\n".join(evidence.text for evidence in match.evidence[1:])


def _value(value: object) -> Cell:
    """What a cell can hold: a finite number as it is, anything else as text."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return str(value)
    return value


def _plain(text: str) -> str:
    """Without characters that tables cannot hold, and no longer than a cell."""
    return _CONTROL.sub(" ", text)[:MAX_CELL_CHARS]


def _neutral(cell: Cell) -> Cell:
    """A text that a spreadsheet program would take for a formula is quoted."""
    if not isinstance(cell, str):
        return cell
    plain = _plain(cell)
    return f"'{plain}" if plain.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) else plain


def _cell(sheet: object, value: Cell, font: Font | None = None) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, _plain(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if re.match(r"https?://[^\s]+$", value):
            cell.hyperlink = value
    if font is not None:
        cell.font = font
    return cell
