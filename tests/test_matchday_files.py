"""The files of a planned day, its command and its page."""

import csv
import html
import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import icalendar
import openpyxl
import pytest
from fastapi.testclient import TestClient

from indexer.run import index_members
from search import PasserelleError, Searcher, open_index
from search.store import Store
from service.app import create_app
from service.live import Live
from service.matchday import page as matchday_page
from service.matchday.files import files_of, write_folder, zipped
from service.matchday.planning import plan_day
from service.matchday.problem import Effort
from service.matchday.values import BuyerNeed, Day, Invited, Plan, Where
from tests.conftest import ANY, ROOT, SMALL, FakeEncoder, member, write_lines

EVIL = '=HYPERLINK("http://evil.example";"win")'
MARKUP = "<script>alert(1)</script>"
MADE = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = Day(date(2027, 3, 18), tables=2, per_member=2)
HERE = Where("needs.csv", 2)
DEMO = ROOT / "data" / "demo" / "matchday"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small directory with members whose names and sentences want to be something else; read, never written."""
    folder = tmp_path_factory.mktemp("matchday")
    hostile = [
        {**member("evil/../x", en=f"{EVIL} sensors."), "name": EVIL},
        {**member("m", en=f"Sensors {MARKUP}"), "name": MARKUP},
        {**member("r1", fr="Capteurs."), "name": "Réseau"},
        {**member("r2", fr="Des capteurs."), "name": "RESEAU!"},
    ]
    source = write_lines(folder / "members.jsonl", [*SMALL, *hostile])
    index_members([source], Store(folder / "store"), lambda *_: FakeEncoder(), ANY)
    return folder / "store"


@pytest.fixture(scope="module")
def searcher(store: Path) -> Searcher:
    return open_index(store, encoder=FakeEncoder())


@pytest.fixture(scope="module")
def plan(searcher: Searcher) -> Plan:
    needs = (
        BuyerNeed("Acme & Söhne", "capteurs", HERE, ("fr", "en")),
        BuyerNeed(f"Zed {MARKUP}", f"{EVIL} sensors", HERE, ("en",)),
    )
    return plan_day(searcher, needs, DAY, Invited(kinds=(), min_relevance=0.0), effort=Effort(work=0.5))


def files(plan: Plan) -> dict[str, bytes]:
    return dict(files_of(plan, "en", MADE))


def test_everybody_has_a_sheet_and_a_calendar(plan: Plan) -> None:
    """One each for whoever has a meeting, safely and uniquely named, linked from the page of the day."""
    written = files(plan)
    sheets = {Path(name).stem for name in written if name.startswith("sheets/")}
    assert sheets == {Path(name).stem for name in written if name.startswith("calendars/")}
    assert {"buyer-acme-sohne", "member-alpha", "member-reseau", "member-reseau--2"} <= sheets
    assert len(sheets) == 2 + plan.figures.members
    assert all(re.fullmatch(r"(sheets/|calendars/)?[a-z0-9-]+\.[a-z]+", name) for name in written)
    links = re.findall(r'href="([^"]+)"', written["index.html"].decode())
    assert set(links) == {f"sheets/{name}.html" for name in sheets}


def test_a_sheet_speaks_its_readers_language(plan: Plan) -> None:
    """Who describes itself in French alone reads French; a sheet has time, table, need, and the member's own sentence, marked as such."""
    sheet = files(plan)["sheets/member-beta.html"].decode()
    (meeting, *_) = [m for m in plan.meetings if m.member.id == "beta"]
    assert '<html lang="fr">' in sheet
    assert "Ce que vous dites qui y répond" in sheet
    assert '<blockquote lang="fr">Nous fabriquons des capteurs.</blockquote>' in sheet
    assert f"<strong>{meeting.slot.start:%H:%M}–{meeting.slot.end:%H:%M}</strong>" in sheet
    assert '<html lang="en">' in files(plan)["sheets/member-alpha.html"].decode()


def test_nothing_people_wrote_is_run(plan: Plan) -> None:
    """Markup is escaped in every page, formulas are neutralised in CSV and text in XLSX."""
    written = files(plan)
    for name, content in written.items():
        if name.endswith(".html"):
            assert MARKUP not in content.decode()
            assert "default-src 'none'; style-src 'sha256-" in content.decode()
    assert html.escape(MARKUP) in written["index.html"].decode()
    rows = list(csv.DictReader(io.StringIO(written["timetable.csv"].decode("utf-8-sig"), newline="")))
    assert len(rows) == len(plan.meetings)
    assert f"'{EVIL} sensors" in {row["need"] for row in rows}
    assert f"'{EVIL}" in {row["member"] for row in rows}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    book = openpyxl.load_workbook(io.BytesIO(written["timetable.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert EVIL in {cell.value for cell in cells}
    assert book.sheetnames == ["Timetable", "Not kept", "Without a meeting"]


def test_a_calendar_reads_back(plan: Plan) -> None:
    """Events with the time zone of the day, what for and who, at the times of the timetable; the same identity when made again."""
    written = files(plan)
    calendar = icalendar.Calendar.from_ical(written["calendars/member-alpha.ics"])
    own = [meeting for meeting in plan.meetings if meeting.member.id == "alpha"]
    events = calendar.events
    assert [event.start for event in events] == [meeting.slot.start for meeting in own]
    assert [event.end for event in events] == [meeting.slot.end for meeting in own]
    assert [str(event["summary"]) for event in events] == [meeting.buyer.name for meeting in own]
    assert all("Low-power sensors and readout chips." in str(event["description"]) for event in events)
    assert [str(zone["tzid"]) for zone in calendar.timezones] == ["Europe/Paris"]
    assert b"DTSTART;TZID=Europe/Paris:20270318T" in written["calendars/member-alpha.ics"]
    later = dict(files_of(plan, "en", datetime(2026, 12, 1, tzinfo=UTC)))["calendars/member-alpha.ics"]
    again = icalendar.Calendar.from_ical(later)
    assert [event["uid"] for event in again.events] == [event["uid"] for event in events]


def test_a_folder_appears_whole_or_not_at_all(plan: Plan, tmp_path: Path) -> None:
    """A failure leaves nothing; a folder with anything in it is refused, and only a planned day can be replaced."""

    def failing() -> object:
        yield "a.txt", b"x"
        raise OSError(28, "No space left on device")

    target = tmp_path / "day"
    with pytest.raises(PasserelleError, match="No space left"):
        write_folder(target, failing(), replace=False)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    write_folder(target, files_of(plan, "en", MADE), replace=False)
    before = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    assert before == sorted(files(plan))
    with pytest.raises(PasserelleError, match="holds a planned day already"):
        write_folder(target, [("a.txt", b"x")], replace=False)
    write_folder(target, [("matchday.json", b"{}")], replace=True)
    assert [path.name for path in target.iterdir()] == ["matchday.json"]
    (target / "matchday.json").rename(target / "thesis.doc")
    with pytest.raises(PasserelleError, match="holds no planned day"):
        write_folder(target, files_of(plan, "en", MADE), replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["day"]


def test_the_archive_holds_the_folder(plan: Plan) -> None:
    """Every file below one folder, none outside it."""
    written = files(plan)
    with zipfile.ZipFile(io.BytesIO(zipped(written.items(), "matchday"))) as archive:
        assert {name: archive.read(f"matchday/{name}") for name in written} == written
        assert len(archive.namelist()) == len(written)


def matchday(*arguments: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "service.cli", "matchday", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, check=False, env={**os.environ, "COLUMNS": "300"}
    )


def test_the_documented_example(demo_store: Path, tmp_path: Path) -> None:
    """docs/matchday.md shows what the command really answers for the tables of the demo directory."""
    page = (ROOT / "docs" / "matchday.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^passerelle matchday (data(?:.*\\\n)*.*-o day/)$", page, re.MULTILINE)
    arguments = [
        a.replace("day/", f"{tmp_path}/day/") if a == "day/" else a for a in command.replace("\\\n", " ").split()
    ]
    done = matchday(*arguments, "--store", str(demo_store))
    assert done.returncode == 0, done.stderr
    (shown,) = re.findall(r"^```\nPlanned .*?\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    said = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for line in shown.splitlines():
        assert line.strip() == "..." or " ".join(line.split()) in said
    described = json.loads((tmp_path / "day" / "matchday.json").read_text(encoding="utf-8"))
    assert described["reproducible"]
    assert described["figures"]["musts"] == [2, 3]
    rows = list(
        csv.DictReader(io.StringIO((tmp_path / "day" / "timetable.csv").read_bytes().decode("utf-8-sig"), newline=""))
    )
    assert len(rows) == described["figures"]["meetings"]
    assert not any(row["member"] == "Kouros Cyber" and row["buyer"] == "Nordhaven Ports" for row in rows)
    assert all(row["end"] <= "14:00" for row in rows if row["buyer"] == "Aéroval")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv", "--date", "2027-03-18"], "cannot read missing.csv: there is no such file"),
        ([str(DEMO / "needs.csv"), "--date", "18 mars"], "date: '18 mars' is no date; write 2027-03-18"),
        ([str(DEMO / "needs.csv"), "--date", "2027-03-18", "-o", "data"], "data is not empty and holds no planned day"),
    ],
)
def test_the_command_refuses_in_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    """Exit status 1, what was found and what to do."""
    done = matchday(*arguments, "--store", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"passerelle: {said}")
    assert done.stderr.count("\n") == 1


def test_without_the_extra() -> None:
    """The rest works, and planning names what to install, in one line."""
    code = (
        "import sys; sys.modules['icalendar'] = sys.modules['ortools'] = None; import service.app, service.cli; "
        f"sys.argv = ['passerelle', 'matchday', '{DEMO / 'needs.csv'}', '--date', '2027-03-18']; service.cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "passerelle: planning a day needs ortools and icalendar, which are not installed; pip install 'passerelle[matchday]'\n"
    )


@pytest.fixture
def client(searcher: Searcher) -> TestClient:
    return TestClient(create_app(Live(searcher)))


FORM = {
    "needs": f"buyer\tneed\nAcme\tsensors\nZed {MARKUP}\tcapteurs\n",
    "date": "2027-03-18",
    "start": "09:00",
    "end": "12:00",
    "kind": "any",
    "relevance": "0",
}


def test_the_page_plans_a_day(client: TestClient) -> None:
    """A form in both languages; tables pasted into it become a grid with the members' own words, and stay in the form."""
    assert "Journée de rencontres" in client.get("/matchday?ui=fr").text
    answer = client.post("/matchday?ui=en", data=FORM)
    assert answer.status_code == 200
    assert '<strong><a href="/members/alpha">Alpha</a></strong>' in answer.text
    assert '<blockquote lang="en">Low-power <mark>sensors</mark> and readout chips.' in answer.text
    assert "buyer\tneed\nAcme\tsensors" in html.unescape(answer.text)
    assert MARKUP not in answer.text
    assert "style=" not in answer.text
    assert re.findall("<script[^>]*>", answer.text) == ['<script src="/static/page.js" defer>']
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_the_page_gives_everything_as_an_archive(client: TestClient) -> None:
    """The same form, sent to the other address."""
    answer = client.post("/matchday/files?ui=fr", data=FORM)
    assert answer.headers["content-disposition"] == 'attachment; filename="matchday-2027-03-18.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {"matchday-2027-03-18/timetable.csv", "matchday-2027-03-18/sheets/buyer-acme.html"} <= set(
            archive.namelist()
        )
        assert '<html lang="fr">' in archive.read("matchday-2027-03-18/index.html").decode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"needs": ""}, "needs is empty"),
        ({"needs": "buyer;need\nAcme;\n"}, "needs:2: need: is empty"),
        ({"date": ""}, "date: '' is no date"),
        ({"relevance": "high"}, "relevance: 'high' is no number from 0 to 1"),
        ({"slot": "10", "end": "20:00"}, "40 at most can be planned here"),
        ({"tables": "many"}, "tables: 'many' is no number from 1 to 480"),
        ({"needs": "buyer;need\n" + "".join(f"b{i};sensors\n" for i in range(21))}, "21 buyers are too many"),
        ({"wishes": "wish;buyer;member\nmust;Acme;omega\n"}, 'wishes:2: member: no member "omega"'),
    ],
)
def test_the_page_says_what_is_wrong(client: TestClient, changed: dict[str, str], said: str) -> None:
    """Status 422, one line, and nothing of what was pasted is lost."""
    answer = client.post("/matchday", data={**FORM, **changed})
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert "/tmp" not in answer.text  # noqa: S108
    assert "Traceback" not in answer.text


def test_addresses_are_masked_everywhere(tmp_path: Path) -> None:
    """For callers that may not see them: in the page and every file of the archive, of those planned, refused and left out alike."""
    names = {"met": "sensors@met.example", "away": "cows@away.example", "barred": "wine@barred.example"}
    texts = [{**member(id, en=f"Sensors, write to {name}."), "name": name} for id, name in names.items()]
    index_members([write_lines(tmp_path / "m.jsonl", texts)], Store(tmp_path / "store"), lambda *_: FakeEncoder(), ANY)
    app = create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder())))
    form = {
        **FORM,
        "needs": "buyer,need\nAcme,sensors\n",
        "wishes": "wish,buyer,member\nmust,Acme,away\nmust,Acme,barred\nnever,Acme,barred\n",
        "participants": "participant,unavailable\naway,09:00-12:00\nbarred,\n",
    }
    with TestClient(app) as client:
        page = client.post("/matchday?ui=en", data=form)
        answer = client.post("/matchday/files", data=form)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        written = {name: archive.read(name) for name in archive.namelist()}
    book = openpyxl.load_workbook(io.BytesIO(written.pop("matchday-2027-03-18/timetable.xlsx")))
    cells = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    everything = [page.text, cells, *(content.decode().replace("\r\n ", "") for content in written.values())]
    assert all(name not in text for name in names.values() for text in everything)
    assert all(f"{name[0]}***" in page.text for name in names.values())


def test_one_day_at_a_time(searcher: Searcher) -> None:
    """While a day is planned another is told to come back; searches go on meanwhile."""
    entered, leave = threading.Event(), threading.Event()

    class Waiting(Live):
        @property
        def searcher(self) -> Searcher:
            if threading.current_thread() is planning:
                entered.set()
                assert leave.wait(30)
            return searcher

    planner = matchday_page.Planner(Waiting())
    planning = threading.Thread(target=planner.plan, args=(FORM, False))
    planning.start()
    assert entered.wait(30)
    assert planner.plan(FORM, False) is None
    leave.set()
    planning.join()
    outcome = planner.plan(FORM, False)
    assert outcome is not None
    assert outcome.plan is not None
