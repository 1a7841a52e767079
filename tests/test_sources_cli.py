"""`passerelle sources`, as a user runs it, and the report of rejects."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from indexer.members import read_members
from indexer.sources import grouped, reject_summary, write_rejects
from search import SourceError
from service.sources import app
from tests.test_sources_public import ORGANISATION_COLUMNS, ORGANISATIONS, PROJECT_COLUMNS, PROJECTS, table

TABLE = "id;name;country;description_fr;Tél.\n1;[red]Névé\x1b[31m;FR;Capteurs de neige;06\n2;B;Atlantide;b;\n1;C;;c;\n"


def sources(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "120", "TERM": "dumb"})


def test_check_shows_what_would_come_of_a_file(tmp_path: Path) -> None:
    """First rows, columns not used, rejects with advice, counts; what members wrote cannot act on the terminal."""
    path = tmp_path / "a.csv"
    path.write_text(TABLE.replace("\x1b", ""), encoding="utf-8")
    (tmp_path / "a.toml").write_text(
        '[columns]\nid = "id"\nname = "name"\ncountry = "country"\ndescriptions.fr = "description_fr"\n',
        encoding="utf-8",
    )
    done = sources("check", path, "--rejects", tmp_path / "rejects.jsonl")
    assert done.exit_code == 0, done.output
    assert f"{path}: UTF-8, separated by ;, mapping {tmp_path / 'a.toml'}" in done.stdout
    assert "[red]Névé" in done.stdout
    assert "[fr] Capteurs de neige" in done.stdout
    assert "Columns not used: Tél." in done.stdout
    assert f'rejected {path}:3: country: is "Atlantide"' in done.stdout
    assert "[values.country]" in done.stdout
    assert f"rejected {path}:4: id: '1' was already used at {path}:2" in done.stdout
    assert "3 rows: 1 members, 2 rejected." in done.stdout
    written = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(reject["line"], reject["field"], reject["value"]) for reject in written] == [
        (3, "country", '"Atlantide"'),
        (4, "id", "1"),
    ]


def test_check_fails_where_everything_is_rejected(tmp_path: Path) -> None:
    """The rows are shown all the same; a control character is shown as a question mark."""
    path = tmp_path / "a.csv"
    path.write_text(TABLE.splitlines()[0] + "\n" + TABLE.splitlines()[1] + "\n", encoding="utf-8")
    done = sources("check", path)
    assert isinstance(done.exception, SourceError)
    assert "nothing in" in str(done.exception)
    assert "rejected" in done.stdout
    assert "\x1b" not in done.stdout


def test_cordis_writes_what_can_be_indexed(tmp_path: Path) -> None:
    """And says how much; what is left out goes to standard error."""
    table(tmp_path / "c" / "project.csv", PROJECT_COLUMNS, PROJECTS)
    table(tmp_path / "c" / "organization.csv", ORGANISATION_COLUMNS, ORGANISATIONS)
    done = sources("cordis", tmp_path / "c", "-o", tmp_path / "members.jsonl", "--projects", "2")
    assert done.exit_code == 0, done.output
    assert f"Wrote 5 members to {tmp_path / 'members.jsonl'}, described by 3 projects; 2 left out." in done.stdout
    assert "left out" in done.stderr
    assert len(read_members([tmp_path / "members.jsonl"]).members) == 5


@pytest.mark.parametrize("command", ["check", "cordis", "anr"])
def test_every_command_has_help(command: str) -> None:
    """--help says what a command does, and gives an example."""
    done = sources(command, "--help")
    assert done.exit_code == 0
    assert f"Example: passerelle sources {command}" in done.stdout


def test_the_report_of_rejects(tmp_path: Path) -> None:
    """JSON Lines with all that is known of each; and a summary that says how often, where and what to do."""
    path = tmp_path / "a.csv"
    path.write_text("id;name;description_fr;kind\n1;A;a;\n2;;b;\n3;C;c;Ferme\n4;;d;\n", encoding="utf-8")
    read = read_members([path])
    write_rejects(read.rejects, tmp_path / "rejects.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [list(line) for line in lines] == [["source", "line", "field", "reason", "value", "advice"]] * 3
    assert [(line["source"], line["line"], line["field"], line["value"]) for line in lines] == [
        (str(path), 3, "name", ""), (str(path), 4, "kind", '"ferme"'), (str(path), 5, "name", ""),
    ]  # fmt: skip
    summary = reject_summary(grouped(read.rejects), read.rows)
    assert summary.startswith("4 rows read, 3 rejected.\n\n2 x name: is missing")
    assert f"    what to do: {lines[0]['advice']}\n    {path}:3\n    {path}:5\n" in summary
    assert f"    {path}:4\n" in summary
    assert reject_summary([], 7) == "7 rows read, none rejected.\n"
