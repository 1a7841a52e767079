"""Excel workbooks (.xlsx): one sheet, row by row."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import openpyxl

from search.errors import SourceError

from .files import check_expansion, source_name
from .rows import BadRow, Table, listed, table_of

__all__ = ["read_spreadsheet"]

MAX_ROWS = 1_048_576
MAX_STRINGS = 512_000_000
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA"})
OLE = b"\xd0\xcf\x11\xe0"


def read_spreadsheet(path: Path, stack: ExitStack, sheet: str | None, header: int | None) -> Table:
    """The table in a sheet, the first unless named; it stays open as long as `stack`. Formulas count as their last value."""
    source = source_name(path)
    _check(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl lets through whatever the zip, XML and schema code raises
        raise SourceError(_unreadable(source, error)) from error
    stack.callback(workbook.close)
    sheets = {found.title: found for found in workbook.worksheets}
    chosen = next(iter(sheets), None) if sheet is None else sheet
    if chosen not in sheets:
        raise SourceError(f'{source} has no sheet "{chosen}"; its sheets are: {listed(sheets)}')
    sheets[chosen].reset_dimensions()
    others = f" (of {len(sheets)} sheets)" if len(sheets) > 1 else ""
    return table_of(f'sheet "{chosen}"{others}', _records(sheets[chosen], source), source, header)


def _check(path: Path) -> None:
    """Refuses what is no workbook, or would fill the memory. Raises SourceError."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == OLE:
        raise SourceError(f"{path} is an old (.xls) or encrypted spreadsheet; save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SourceError(_unreadable(str(path), error)) from error
    for part in parts:
        check_expansion(path, part.compress_size, part.file_size)
        if part.filename.endswith("sharedStrings.xml") and part.file_size > MAX_STRINGS:
            raise SourceError(
                f"{path} holds {part.file_size:,} bytes of text; save it as CSV, which is read row by row"
            )


def _unreadable(source: str, error: Exception) -> str:
    what = " ".join(str(error).split())[:120]
    return f"{source} is not a readable Excel workbook ({what or type(error).__name__}); save it again as .xlsx"


def _records(sheet: object, source: str) -> Iterator[tuple[int, Sequence[object]] | BadRow]:
    rows = sheet.iter_rows(values_only=True)  # type: ignore[attr-defined]
    line = 0
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cells = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise SourceError(_unreadable(source, error)) from error
        line += 1
        if line > MAX_ROWS:
            raise SourceError(
                f"{source} has more than {MAX_ROWS:,} rows, which no workbook can; save it again as .xlsx"
            )
        yield line, [_cell(cell) for cell in cells]


def _cell(cell: object) -> object:
    """A cell's value; errors of formulas are no value, and line breaks are those of text."""
    if isinstance(cell, str):
        return None if cell in ERRORS else re.sub(r"_x000D_\n?|\r\n?", "\n", cell)
    return cell
