"""A shortlist as a table for spreadsheets: CSV and XLSX."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from search import Match, Shortlist

__all__ = ["COLUMNS", "CSV", "XLSX", "Cell", "Wording", "csv_of", "xlsx_of"]

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


def csv_of(shortlist: Shortlist) -> bytes:
    """UTF-8 with a byte-order mark, as spreadsheet programs expect: a row on the search, the column names, one row a match."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in (_cover(shortlist, AS_ASKED_FOR), COLUMNS, *(_row(match, AS_ASKED_FOR) for match in shortlist)):
        writer.writerow([_neutral(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def xlsx_of(shortlist: Shortlist, wording: Wording = AS_ASKED_FOR) -> bytes:
    """The same as a workbook with one sheet; every text is a text, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Passerelle")
    sheet.freeze_panes = "D3"
    for number, width in enumerate(WIDTHS):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    for style, row in ((Font(italic=True), _cover(shortlist, wording)), (Font(bold=True), wording.columns)):
        sheet.append([_cell(sheet, value, style) for value in row])
    for match in shortlist:
        sheet.append([_cell(sheet, value) for value in _row(match, wording)])
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
