"""Shortlists as files for spreadsheets."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Evidence, Match, Member, Searcher, Shortlist, open_index
from search.exports import COLUMNS, csv_of, xlsx_of
from tests.conftest import SMALL, Build, FakeEncoder, member

EVIL = '=HYPERLINK("http://evil.example";"win")'


@pytest.fixture
def searcher(build: Build, tmp_path: Path) -> Searcher:
    build(
        [
            member(
                "evil", en=f"{EVIL} sensors.", website="https://evil.example/a", city="@SUM(1)", sectors=["-2+3", "b"]
            ),
            *SMALL,
        ]
    )
    return open_index(tmp_path / "store", encoder=FakeEncoder())


def rows_of_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_table_has_the_search_and_its_matches(searcher: Searcher) -> None:
    """First what was asked and of which snapshot, then the names of columns, then one row a match, the same in both formats."""
    shortlist = searcher.search("sensors", k=3)
    rows = rows_of_csv(csv_of(shortlist))
    assert rows[0][:4] == ["topic", "sensors", "snapshot", shortlist.snapshot]
    assert rows[1] == list(COLUMNS)
    assert [row[COLUMNS.index("id")] for row in rows[2:]] == [match.member.id for match in shortlist]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of(shortlist))).active
    assert sheet is not None
    cells = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    unquoted = [[cell[1:] if cell.startswith("'") else cell for cell in row] for row in rows[1:]]
    assert cells[1:] == unquoted
    links = [cell.hyperlink.target for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert links == ["https://evil.example/a"]


def test_nothing_a_member_wrote_is_a_formula(searcher: Searcher) -> None:
    """In CSV it is quoted; in XLSX every text is stored as text."""
    shortlist = searcher.search("=1+1 sensors", only="evil")
    rows = rows_of_csv(csv_of(shortlist))
    assert rows[0][1] == "'=1+1 sensors"
    by_column = dict(zip(COLUMNS, rows[2], strict=True))
    assert (by_column["evidence"], by_column["city"], by_column["sectors"]) == (
        f"'{EVIL} sensors.",
        "'@SUM(1)",
        "'-2+3; b",
    )
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of(shortlist))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)} == {"s"}


@given(st.text())
def test_any_text_makes_a_file(text: str) -> None:
    """Control characters, surrogates, length: both files can be written and read, and no cell begins like a formula."""
    evidence = Evidence(text, "en", 1.0, "en", 0, len(text))
    found = Match(1, 1.0, 0.5, Member("a", text, {"en": text}, website=text), (evidence,))
    shortlist = Shortlist(text, "en", "s", 1, (found,), {}, 1.0)
    for row in rows_of_csv(csv_of(shortlist)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of(shortlist))).active
    assert sheet is not None
    assert sheet.max_row == 3
