"""A shortlist as a table for spreadsheets: CSV and XLSX."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from search import Match, Shortlist

__all__ = ["CSV", "XLSX", "Cell", "Sheet", "csv_of", "csv_of_rows", "xlsx_of", "xlsx_of_sheets"]

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
MAX_CELL_CHARS = 32_000
"""A cell of a spreadsheet holds 32,767."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Cell = str | int | float


def csv_of(shortlist: Shortlist) -> bytes:
    """UTF-8 with a byte-order mark, as spreadsheet programs expect: a row on the search, the column names, one row a match."""
    return csv_of_rows((_cover(shortlist), COLUMNS, *map(_row, shortlist)))


def csv_of_rows(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Rows as CSV; a text that would be taken for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_neutral(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def xlsx_of(shortlist: Shortlist) -> bytes:
    """The same as a workbook with one sheet; every text is a text, whatever it begins with."""
    rows = tuple(tuple(_row(match)) for match in shortlist)
    return xlsx_of_sheets([Sheet("Passerelle", COLUMNS, WIDTHS, rows, "D3", _cover(shortlist))])


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: names and widths of its columns, its rows, the cell down to which it stays in sight, a row above it all."""

    title: str
    columns: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]
    freeze: str = "A2"
    cover: Sequence[Cell] | None = None


def xlsx_of_sheets(sheets: Iterable[Sheet]) -> bytes:
    """A workbook; every text is a text, whatever it begins with."""
    book = Workbook(write_only=True)
    for wanted in sheets:
        sheet = book.create_sheet(wanted.title)
        sheet.freeze_panes = wanted.freeze
        for number, width in enumerate(wanted.widths):
            sheet.column_dimensions[chr(ord("A") + number)].width = width
        if wanted.cover is not None:
            sheet.append([_cell(sheet, value, Font(italic=True)) for value in wanted.cover])
        sheet.append([_cell(sheet, value, Font(bold=True)) for value in wanted.columns])
        for row in wanted.rows:
            sheet.append([_cell(sheet, value) for value in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _cover(shortlist: Shortlist) -> Sequence[Cell]:
    """What the table is: topic, snapshot, and whether anybody seems to answer."""
    answered = "answered" if shortlist.answerable else "nobody seems to answer; nearest members"
    return ("topic", shortlist.topic, "snapshot", shortlist.snapshot, f"{shortlist.total} members ranked", answered)


def _row(match: Match) -> Iterator[Cell]:
    member = match.member
    yield match.rank
    yield match.relevance
    yield member.name
    yield member.country or ""
    yield member.city or ""
    yield member.kind or ""
    yield "; ".join(member.clusters)
    yield "; ".join(member.sectors)
    yield member.website or ""
    yield member.id
    yield match.evidence[0].language
    yield match.evidence[0].text
    yield "\n".join(evidence.text for evidence in match.evidence[1:])


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
