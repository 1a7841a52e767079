"""Reading and validating members files."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.members import MAX_DESCRIPTION_CHARS, Reject, read_members
from search import SourceError, open_index
from service.app import create_app
from service.live import Live
from tests.conftest import DEMO, SMALL, Build, FakeEncoder, member, write_lines

GOOD = json.dumps(SMALL[0])


def rejects(tmp_path: Path, *lines: str | bytes) -> list[Reject]:
    """What is rejected of these lines, standing after one good line."""
    path = tmp_path / "members.jsonl"
    path.write_bytes(b"\n".join([GOOD.encode(), *(line.encode() if isinstance(line, str) else line for line in lines)]))
    read = read_members([path])
    assert [m.id for m in read.members] == ["alpha"]
    return list(read.rejects)


def record(**changes: object) -> str:
    return json.dumps({**member("x", en="Sensors."), **changes})


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        ("not json", "", "is not JSON"),
        ("[1]", "", "is a JSON list; expected an object"),
        (b"\xff\xfe\x00\x01", "", "is not UTF-8 text (byte 0xff at 0)"),
        ("[" * 100_000, "", "is not JSON"),
        (record(id=None), "id", "is null; should be a valid string"),
        (record(id=" "), "id", "should have at least 1"),
        (record(id=b"a\\u0000b".decode("unicode_escape")), "id", "control character U+0000"),
        (json.dumps({"id": "x", "name": "X"}), "descriptions", "is missing"),
        (record(descriptions={}), "descriptions", "holds no text"),
        (record(descriptions={"en": " ", "fr": ""}), "descriptions", "holds no text"),
        (record(descriptions={"english": "x"}), "descriptions.english", "should match pattern"),
        (record(descriptions={"en": "x" * 2_000_000}), "descriptions.en", f"has 2,000,000 characters; should have at most {MAX_DESCRIPTION_CHARS} characters"),
        (record(descriptions={"en": "bi\x07nary"}), "descriptions.en", "control character U+0007"),
        (record(descriptions="text"), "descriptions", "should be a valid dictionary"),
        (record(country="France"), "country", 'is "France"; should match pattern'),
        (record(kind="SME"), "kind", 'is "SME"'),
        (record(employees=-1), "employees", "greater than or equal to 0"),
        (record(employees="12"), "employees", "should be a valid integer"),
        (record(employees=10**20), "employees", "less than or equal to 2147483647"),
        (record(extra=json.loads("[" * 60 + "1" + "]" * 60)), "", "nested more than 50 levels deep"),
        (record(kind="\u009b31m"), "kind", "should be"),
        (record(website="javascript:alert(1)"), "website", "is not a web address"),
        (record(clusters="Minalogic"), "clusters", "should be a valid list"),
        (record(sectors=["a", 3]), "sectors.1", "should be a valid string"),
        (record(updated="yesterday"), "updated", "is not a date"),
        (record(id="alpha"), "id", "already used at"),
        ('{"id": "x", "name": "\\ud800", "descriptions": {"en": "x"}}', "", "unpaired surrogate"),
        (record(descriptions={"en": "x" * 5_000_000}), "", "is longer than 4,000,000 bytes"),
    ],
)  # fmt: skip
def test_a_bad_line_is_reported_and_the_rest_goes_on(
    tmp_path: Path, line: str | bytes, field: str, reason: str
) -> None:
    """File, line, field and reason of each; the good line is kept."""
    (found,) = rejects(tmp_path, line)
    assert (Path(found.source).name, found.line, found.field) == ("members.jsonl", 2, field)
    assert reason in found.reason
    assert len(str(found)) < 1000
    assert str(found).isprintable()


def test_lines_after_a_bad_one_are_read(tmp_path: Path) -> None:
    """Line numbers count every line, blank ones included, also after an oversized one."""
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join(["", "bad", "x" * 9_000_000, "", record(id="late")]), encoding="utf-8")
    read = read_members([path])
    assert [m.id for m in read.members] == ["late"]
    assert [reject.line for reject in read.rejects] == [2, 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\x00\x01\x02\xff" * 1000, "has no valid member in 1 line"),
        (b"nope\nnope\n", r"has no valid member in 2 lines \(first: .*members\.jsonl:1: is not JSON"),
    ],
)
def test_a_file_without_members_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """Empty, blank, binary or wrong throughout: one line says so."""
    path = tmp_path / "members.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as refused:
        read_members([path])
    assert "\n" not in str(refused.value)


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    """A missing file and a folder name themselves."""
    for path in (tmp_path / "nope.jsonl", tmp_path):
        with pytest.raises(SourceError, match=f"cannot read {path}"):
            read_members([path])


def test_blank_values_are_unknown_values(tmp_path: Path) -> None:
    """An empty country, city or website is no value; a byte-order mark and white space around values are ignored."""
    path = tmp_path / "m.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + record(id=" x ", country="", city=" ", website="", kind=None).encode())
    (found,) = read_members([path]).members
    assert (found.id, found.country, found.city, found.website, found.kind) == ("x", None, None, None, None)


def test_ids_are_unique_across_files(tmp_path: Path) -> None:
    """A second file may not use an id again."""
    first, second = (
        write_lines(tmp_path / "a.jsonl", SMALL),
        write_lines(tmp_path / "b.jsonl", [SMALL[0], member("new", en="Text.")]),
    )
    read = read_members([first, second])
    assert len(read.members) == len(SMALL) + 1
    assert "a.jsonl:1" in read.rejects[0].reason
    assert set(read.sources) == {str(first), str(second)}


def test_the_demo_directory_is_clean() -> None:
    """All 360 members, 44 of them in both languages."""
    read = read_members([DEMO / "members.jsonl"])
    assert (len(read.members), len(read.rejects)) == (360, 0)
    assert sum(len(m.descriptions) == 2 for m in read.members) == 44


def test_unknown_keys_are_returned_whatever_their_name(build: Build, tmp_path: Path) -> None:
    """`extra` has every unknown key, also one that an answer has a value of its own for; free names stand beside, too."""
    unknown = {"languages": ["Catalan"], "extra": {"a": 1}, "certifications": ["ISO 9001"]}
    build([{**SMALL[0], **unknown}])
    client = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    found = client.get("/v1/members/alpha").json()
    assert found["extra"] == unknown
    assert (found["languages"], found["certifications"]) == (["en"], ["ISO 9001"])


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.binary(max_size=200)
    | st.dictionaries(st.sampled_from(["id", "name", "descriptions", "country", "employees", "clusters"]), JSON).map(
        json.dumps
    )
)
def test_any_line_is_a_member_or_a_reject(tmp_path: Path, line: str | bytes) -> None:
    """Whatever a file holds, reading it ends with members and rejects."""
    path = tmp_path / "any.jsonl"
    path.write_bytes(GOOD.encode() + b"\n" + (line.encode(errors="surrogatepass") if isinstance(line, str) else line))
    read = read_members([path])
    assert read.members[0].id == "alpha" or read.members[-1].id == "alpha"
    assert all(reject.line >= 2 and reject.reason for reject in read.rejects)
