"""Shortlists, and tables made of them, as files for spreadsheet programs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InvalidQuery
from .spreadsheets import CSV, MAX_COLUMNS, MAX_ROWS, XLSX, Cell, Sheet, csv_of_rows, xlsx_of_sheets
from .types import Match, Shortlist

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "CSV", "XLSX", "Wording", "csv_of", "save", "xlsx_of"]

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
TITLE = "Passerelle"


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
    """CSV: a row on the search, the column names, one row a match."""
    rows = (_row(match, AS_ASKED_FOR) for match in shortlist)
    return csv_of_rows((_cover(shortlist, AS_ASKED_FOR), COLUMNS, *rows))


def xlsx_of(shortlist: Shortlist, wording: Wording = AS_ASKED_FOR) -> bytes:
    """The same as a workbook with one sheet."""
    rows = (_row(match, wording) for match in shortlist)
    return xlsx_of_sheets([Sheet(TITLE, wording.columns, WIDTHS, rows, "D3", _cover(shortlist, wording))])


def save(table: "Shortlist | pd.DataFrame", path: str | Path) -> Path:
    """Save a shortlist, or any pandas table of matches, as the CSV or XLSX file named, without its index; returns its path.

    Texts that a spreadsheet program would take for a formula are quoted (CSV) or stored as text (XLSX). Raises InvalidQuery where the
    name ends otherwise or the table does not fit a sheet, OSError where the file cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise InvalidQuery(f"cannot save a table as {path.name!r}; name the file .csv or .xlsx")
    if isinstance(table, Shortlist):
        path.write_bytes(csv_of(table) if kind == ".csv" else xlsx_of(table))
        return path
    rows, columns = table.shape
    if rows >= MAX_ROWS or columns > MAX_COLUMNS:
        raise InvalidQuery(
            f"a sheet holds {MAX_ROWS - 1:,} rows and {MAX_COLUMNS:,} columns, the table has {rows:,} and {columns:,}; save parts of it"
        )
    names = [str(name) for name in table.columns]
    held = table.astype(object).where(table.notna(), "").itertuples(index=False, name=None)
    widths = [WIDTH_OF.get(name, 14) for name in names]
    path.write_bytes(
        csv_of_rows((names, *held)) if kind == ".csv" else xlsx_of_sheets([Sheet(TITLE, names, widths, held, "D2")])
    )
    return path


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
