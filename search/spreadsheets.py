"""Tables as CSV and XLSX, in which nothing that members wrote is a formula."""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

__all__ = ["CSV", "MAX_COLUMNS", "MAX_ROWS", "XLSX", "Cell", "Sheet", "csv_of_rows", "xlsx_of_sheets"]

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_CELL_CHARS = 32_000
"""A cell of a spreadsheet holds 32,767."""
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: names and widths of its columns, its rows, the cell down to which it stays in sight, a row above it all."""

    title: str
    columns: Sequence[object]
    widths: Sequence[int]
    rows: Iterable[Iterable[object]]
    freeze: str = "A2"
    cover: Sequence[object] | None = None


def csv_of_rows(rows: Iterable[Iterable[object]]) -> bytes:
    """UTF-8 with a byte-order mark, as spreadsheet programs expect; a text that would be taken for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_neutral(cell) for cell in map(_value, row)])
    return text.getvalue().encode("utf-8-sig")


def xlsx_of_sheets(sheets: Iterable[Sheet]) -> bytes:
    """A workbook; every text is a text, whatever it begins with."""
    book = Workbook(write_only=True)
    for wanted in sheets:
        sheet = book.create_sheet(wanted.title)
        sheet.freeze_panes = wanted.freeze
        for number, width in enumerate(wanted.widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        if wanted.cover is not None:
            sheet.append([_cell(sheet, value, Font(italic=True)) for value in wanted.cover])
        sheet.append([_cell(sheet, value, Font(bold=True)) for value in wanted.columns])
        for row in wanted.rows:
            sheet.append([_cell(sheet, value) for value in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


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


def _cell(sheet: object, held: object, font: Font | None = None) -> WriteOnlyCell:
    value = _value(held)
    cell = WriteOnlyCell(sheet, _plain(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if re.match(r"https?://[^\s]+$", value):
            cell.hyperlink = value
    if font is not None:
        cell.font = font
    return cell
