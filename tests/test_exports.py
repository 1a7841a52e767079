"""Shortlists as files for spreadsheets."""

import csv
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Evidence, InvalidQuery, Match, Member, Searcher, Shortlist, batch_frame, open_index
from search.exports import COLUMNS, csv_of, save, xlsx_of
from search.spreadsheets import MAX_ROWS
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


def test_a_shortlist_is_saved_as_the_service_sends_it(searcher: Searcher, tmp_path: Path) -> None:
    """The name of the file says which format; what else it may end in is refused."""
    shortlist = searcher.search("sensors", k=3)
    saved = save(shortlist, tmp_path / "found.CSV")
    assert saved == tmp_path / "found.CSV"
    assert saved.read_bytes() == csv_of(shortlist)
    kept, sent = (
        openpyxl.load_workbook(file).active
        for file in (save(shortlist, str(tmp_path / "found.xlsx")), io.BytesIO(xlsx_of(shortlist)))
    )
    assert kept is not None
    assert sent is not None
    assert list(kept.iter_rows(values_only=True)) == list(sent.iter_rows(values_only=True))
    with pytest.raises(InvalidQuery, match=r"cannot save a table as 'found\.pdf'; name the file \.csv or \.xlsx"):
        save(shortlist, tmp_path / "found.pdf")


def test_any_table_is_saved_without_formulas(searcher: Searcher, tmp_path: Path) -> None:
    """Texts and column names are neutral, numbers stay numbers, what is missing is empty, in both formats."""
    table = batch_frame(searcher.search_many(["=1+1 sensors", "vaches"], k=7, only="evil"))
    table = table.assign(grade=pd.array([3, None], "Int64"), ratio=[-0.5, float("nan")], **{"@x": True})
    rows = rows_of_csv(save(table, tmp_path / "t.csv").read_bytes())
    assert rows[0] == [*map(str, table.columns[:-1]), "'@x"]
    first, second = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert (first["topic"], first["evidence"], first["city"]) == ("'=1+1 sensors", f"'{EVIL} sensors.", "'@SUM(1)")
    assert (first["grade"], first["ratio"], first["rank"], first["'@x"]) == ("3", "-0.5", "1", "True")
    assert (second["grade"], second["ratio"]) == ("", "")
    sheet = openpyxl.load_workbook(save(table, tmp_path / "t.xlsx")).active
    assert sheet is not None
    assert sheet.freeze_panes == "D2"
    cells = {str(cell.value): cell for cell in sheet[1]}
    assert list(cells) == [str(name) for name in table.columns]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    kinds = {name: sheet.cell(2, cells[name].column).data_type for name in ("topic", "evidence", "rank", "ratio")}
    assert kinds == {"topic": "s", "evidence": "s", "rank": "n", "ratio": "n"}
    assert sheet.cell(2, cells["topic"].column).value == "=1+1 sensors"
    with pytest.raises(InvalidQuery, match="a sheet holds 1,048,575 rows"):
        save(pd.DataFrame({"x": range(MAX_ROWS)}), tmp_path / "t.csv")
