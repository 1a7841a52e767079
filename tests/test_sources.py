"""Members from every format that is read."""

import csv
import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.members import Members, read_members
from indexer.sources.countries import country_code
from indexer.sources.markup import text_of_html
from search import SourceError
from search.files import sha256_of
from search.types import Member

HEADER = "id;name;description_fr\n"
ALPHA = Member("1", "Café", {"fr": "Été, hiver"})


def read(tmp_path: Path, name: str, content: bytes | str) -> Members:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_members([path])


TABLE = "id{0}name{0}description_fr\r\n1{0}Café{0}Été, hiver\r\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TABLE.format(";").encode()),
        ("a.csv", TABLE.format(";").encode("utf-8-sig")),
        ("a.csv", TABLE.format(";").encode("windows-1252")),
        ("a.csv", ("sep=;\r\n" + TABLE.format(";")).encode("windows-1252")),
        ("a.csv", TABLE.format("\t").encode("utf-16")),
        ("a.csv", TABLE.format("|").encode()),
        ("a.csv", b'id,name,description_fr\n1,Caf\xc3\xa9,"\xc3\x89t\xc3\xa9, hiver"\n'),
        ("a.csv", 'id;name;description_fr\n1;Café;"Été, hiver"'.encode()),
        ("a.tsv", TABLE.format("\t").encode()),
        ("a.csv.gz", gzip.compress(TABLE.format(";").encode("windows-1252"), mtime=0)),
        ("a.json", json.dumps([{"id": "1", "name": "Café", "descriptions": {"fr": "Été, hiver"}}]).encode("utf-8-sig")),
        ("a.json", b'{"id": "1", "name": "Caf\xc3\xa9", "descriptions": {"fr": "\xc3\x89t\xc3\xa9, hiver"}}\n'),
        ("a.jsonl.gz", gzip.compress('{"id": "1", "name": "Café", "descriptions": {"fr": "Été, hiver"}}'.encode(), mtime=0)),
    ],
)  # fmt: skip
def test_encoding_and_delimiter_are_found_out(tmp_path: Path, name: str, content: bytes) -> None:
    """The same member comes out of each; its source is known by the SHA-256 of the bytes as stored."""
    found = read(tmp_path, name, content)
    assert (found.members, found.rejects, found.rows) == ((ALPHA,), (), 1)
    assert found.sources == {str(tmp_path / name): sha256_of(tmp_path / name)}


def workbook(path: Path, *rows: list[object], title: str = "Adhérents") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_cells_of_a_workbook_come_out_as_people_expect(tmp_path: Path) -> None:
    """Whole numbers without decimals, ids as text, dates as days; blank rows count as lines; errors of formulas are no value."""
    path = workbook(
        tmp_path / "a.xlsx",
        ["id", "name", "employees", "description_fr", "updated", "sectors", "website", "city", None, "Note"],
        [123, "A", 40.0, "Un\nDeux", datetime(2025, 12, 3), "optique; photonique|optique", "www.a.fr", "#N/A", None, 1.5],
        [],
        ["x7", "B", "1 200", "Trois", date(2024, 1, 2), None, None, None, None, True],
        ["x8", "C", "beaucoup", "Quatre"],
    )  # fmt: skip
    found = read_members([path])
    assert found.members == (
        Member("123", "A", {"fr": "Un\nDeux"}, employees=40, website="https://www.a.fr", sectors=("optique", "photonique"), updated="2025-12-03", extra={"Note": 1.5}),
        Member("x7", "B", {"fr": "Trois"}, employees=1200, updated="2024-01-02", extra={"Note": True}),
    )  # fmt: skip
    assert [(reject.line, reject.field, reject.value) for reject in found.rejects] == [(5, "employees", '"beaucoup"')]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    """Structs, lists, dates and numbers with gaps become what a members file has."""
    table = pa.table({
        "id": [1, 2], "name": ["A", "B"], "employees": [40.0, None], "updated": [date(2025, 1, 2), None],
        "descriptions": [{"fr": "x", "en": None}, {"fr": None, "en": "y"}], "sectors": [["a", "b"], None],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    assert read_members([tmp_path / "a.parquet"]).members == (
        Member("1", "A", {"fr": "x"}, employees=40, updated="2025-01-02", sectors=("a", "b")),
        Member("2", "B", {"en": "y"}),
    )


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    """In order of name, below it too; hidden files, locks of Excel and other files do not count."""
    for place in ("b/2.csv", "a.csv", "b/.hidden.csv", ".git/3.csv", "~$4.csv"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(f"{HEADER}{place};A;x\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    found = read_members([tmp_path])
    assert [member.id for member in found.members] == ["a.csv", "b/2.csv"]
    assert list(found.sources) == [str(tmp_path / "a.csv"), str(tmp_path / "b" / "2.csv")]


def test_lines_are_those_a_person_sees(tmp_path: Path) -> None:
    """A quoted cell may span lines; blank rows are not counted as rows. The reject says what was found and what to do."""
    text = HEADER + '\n1;A;"eins\nzwei"\n;;\n;B;x\n2;C;x;y\n'
    found = read(tmp_path, "a.csv", text)
    assert [member.id for member in found.members] == ["1"]
    assert [(reject.line, reject.field, reject.value) for reject in found.rejects] == [(6, "id", ""), (7, "", "y")]
    assert found.rows == 3
    assert all(reject.advice for reject in found.rejects)


def test_a_stray_quotation_mark_costs_one_row(tmp_path: Path) -> None:
    """It does not swallow the rows after it, nor make one member of several."""
    rows = ['1;A;"open', "2;B;b", '3;C;"good ""one"""', '4;D;"bad "one"', "5;E;e", '6;F;"never closed', "7;G;g"]
    found = read(tmp_path, "a.csv", HEADER + "\n".join(rows))
    assert [member.id for member in found.members] == ["2", "3", "5", "7"]
    assert [reject.line for reject in found.rejects] == [2, 5, 7]
    assert found.members[1].descriptions == {"fr": 'good "one"'}


def test_a_broken_letter_costs_one_row(tmp_path: Path) -> None:
    """A UTF-8 file with one byte that is not stays UTF-8."""
    found = read(tmp_path, "a.csv", HEADER.encode() + "1;Café;é\n".encode() + b"2;B;caf\xe9\n")
    assert [(member.id, member.name) for member in found.members] == [("1", "Café")]
    assert [(reject.line, reject.value) for reject in found.rejects] == [(3, "byte 0xe9")]


def test_a_row_that_would_fill_the_memory_is_left_out(tmp_path: Path) -> None:
    """The rows around it are read."""
    found = read(tmp_path, "a.csv", f"{HEADER}1;A;a\n2;B;{'x' * 9_000_000}\n3;C;c\n")
    assert [member.id for member in found.members] == ["1", "3"]
    assert [reject.line for reject in found.rejects] == [3]


def bomb(path: Path) -> Path:
    """A workbook of some kilobytes with a cell of 100 million letters."""
    plain = workbook(path.with_suffix(".plain.xlsx"), ["x"])
    with zipfile.ZipFile(plain) as model, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in model.namelist():
            cell = b'<c r="A1" t="inlineStr"><is><t>' + b"x" * 100_000_000 + b"</t></is></c>"
            sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">%b</row></sheetData></worksheet>'
            file.writestr(name, sheet % cell if "sheet1" in name else model.read(name))
    plain.unlink()
    return path


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\x00\x01\x02", "is binary data"),
        ("a.csv", b"PK\x03\x04....", "call it .xlsx"),
        ("a.csv", b"id;name\n1;A\n", r'has no column descriptions; .* its columns are: "id", "name"'),
        ("a.xlsx", b"hello", "is not a readable Excel workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"0" * 600, "save it as .xlsx without a password"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx or as CSV"),
        ("a.docx", b"x", "no known format; expected a name that ends in .jsonl"),
        ("a.parquet", b"PAR1xxxxPAR1", "is not a readable Parquet file"),
        ("a.json", b"[" * 100_000, "nested deeply"),
        ("a.json", b'[{"id": "' + b"x" * 5_000_000, "longer than 4,000,000 bytes"),
        ("a.json", b'[{"id": "1"},', "is not whole JSON"),
        ("a.json", b'{"a": 1, "data": {"members": [{}]}}', 'lists it holds: "data.members"'),
        ("a.csv.gz", b"id;name", "is not a whole gzip file"),
        ("a.csv.gz", gzip.compress(b"id;name\n" * 9, mtime=0)[:-9], "is not a whole gzip file"),
        ("a.csv.gz", gzip.compress(b"x" * 100_000_000, mtime=0), "unpack to more than 200 times as many"),
        ("a.jsonl.gz", gzip.compress(b"x" * 100_000_000, mtime=0), "unpack to more than 200 times as many"),
        ("a.xlsx", bomb, "unpack to more than 200 times as many"),
        ("a.xlsx", lambda path: workbook(path, []), "is empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes | Callable[[Path], Path], message: str
) -> None:
    """Broken, encrypted, old, binary or made to fill the memory: what was found and what to do."""
    path = tmp_path / name
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as refused:
        read_members([path])
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_file_that_is_still_written_is_refused(tmp_path: Path) -> None:
    """Its size changed between the first byte read and the last."""
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "1;A;a\n", encoding="utf-8")

    class Export:
        def step(self, description: str, total: int | None = None) -> None:
            """A step begins."""

        def advance(self, done: int) -> None:
            with path.open("a", encoding="utf-8") as file:
                file.write("2;B;b\n")

    with pytest.raises(SourceError, match="changed while it was read; run again when the export has finished"):
        read_members([path], progress=Export())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a < b and c > d, R&D", "a < b and c > d, R&D"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("R&amp;D &eacute; &unknown; AT&T;", "R&D é &unknown; AT&T;"),
        ("<p>Nous concevons <b>des\ncapteurs</b>.</p><p>Et des puces&nbsp;!</p>", "Nous concevons des capteurs.\n\nEt des puces !"),
        ("<ul><li>Gas</li><li>Light</li></ul>", "- Gas\n- Light"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ('<div class="a>b"><!-- <p>no</p> -->yes<script>alert("<p>")</script><style>p {}</style></div>', "yes"),
        ("one <i>two</i>\n\nthree", "one two\n\nthree"),
        ("<p>never <!-- closed", "never closed"),
        ("A --> B <-- C", "A --> B <-- C"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
    ],
)  # fmt: skip
def test_html_becomes_text(html: str, text: str) -> None:
    """Tags go, paragraphs and lists stay; what is no HTML stays as it is."""
    assert text_of_html(html) == text


@pytest.mark.parametrize("unit", ["<!--", "<a ", "<p a=", '<p a="', "<script>", "</p", "&a", "<p>", "<!-- -->"])
def test_html_meant_to_take_long_does_not(unit: str) -> None:
    """A megabyte of anything takes a second or so; in quadratic time it would be an hour."""
    before = time.monotonic()
    assert len(text_of_html(unit * (1_000_000 // len(unit)))) <= 1_000_000
    assert time.monotonic() - before < 60


def test_descriptions_in_html_are_indexed_as_text(tmp_path: Path) -> None:
    """In every format, also in JSON Lines."""
    record = {"id": "1", "name": "A", "descriptions": {"en": "<p>Gas sensors</p>", "fr": "<p> </p>"}}
    assert read(tmp_path, "a.jsonl", json.dumps(record)).members[0].descriptions == {"en": "Gas sensors"}


cell = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20).map(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    st.lists(st.tuples(cell, cell.filter(lambda text: "<" not in text and "&" not in text)), min_size=1, max_size=5),
    st.sampled_from([";", ",", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_csv_writes_is_read(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str, encoding: str) -> None:
    """Names and descriptions come back as they were, whatever the delimiter and the encoding."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "name", "description_en"])
    writer.writerows([number, f"n{name}", f"d{description}"] for number, (name, description) in enumerate(rows))
    found = read(tmp_path, "a.csv", text.getvalue().encode(encoding))
    assert {(m.id, m.name, m.descriptions["en"]) for m in found.members} == {
        (str(number), f"n{name}", f"d{description}") for number, (name, description) in enumerate(rows)
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=200), st.sampled_from(["csv", "tsv", "json", "xlsx", "parquet", "csv.gz", "jsonl.gz"]))
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    """Whatever a file holds, reading it ends with members and rejects, or in one line."""
    try:
        found = read(tmp_path, f"any.{suffix}", HEADER.encode() + content if suffix == "csv" else content)
    except SourceError as refused:
        assert "\n" not in str(refused)  # noqa: PT017
    else:
        assert len(found.members) + len(found.rejects) == found.rows


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("el", "GR"),
        (" UK ", "GB"),
        ("Pays-Bas", "NL"),
        ("Ungarn", "HU"),
        ("czech republic", "CZ"),
        ("European Union", None),
        ("Atlantide", None),
    ],
)
def test_countries_as_people_write_them(written: str, code: str | None) -> None:
    """A code, the institutions' own, or a name in one of several languages; what is no country has none."""
    assert country_code(written) == code
