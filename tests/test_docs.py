"""What the documentation says is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from search import open_index
from service import cli
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    "index", "search", "consortium", "evaluate", "exposure", "serve", "status", "diff", "rollback", "sources", "keys", "topics", "memory",
    "matchday",
]  # fmt: skip
WITH_STORE = [
    "index",
    "search",
    "consortium",
    "evaluate",
    "exposure",
    "serve",
    "status",
    "diff",
    "rollback",
    "matchday",
]
SOURCES_COMMANDS = ["check", "cordis", "anr"]
KEYS_COMMANDS = ["add", "list", "revoke"]
TOPICS_COMMANDS = ["run"]
MEMORY_COMMANDS = ["upgrade", "users", "export", "forget", "qrels"]
KEEPING = [f"topics {command}" for command in TOPICS_COMMANDS] + [f"memory {command}" for command in MEMORY_COMMANDS]
WITH_KEYS = [f"keys {command}" for command in KEYS_COMMANDS]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "data" / "demo" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize(
    "command", [*COMMANDS, *(f"sources {command}" for command in SOURCES_COMMANDS), *WITH_KEYS, *KEEPING]
)
def test_every_command_has_help(command: str) -> None:
    """--help says what a command does and lists its options."""
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", *command.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert ("--store" in done.stdout) == (command in [*WITH_STORE, *WITH_KEYS, "topics run"])
    assert len(done.stdout.splitlines()) > 8


def test_documented_commands_exist() -> None:
    """Every `passerelle X` in the documentation is a command, and every command is documented in the README."""
    named = {name for page in PAGES for name in re.findall(r"passerelle ([a-z]+)\b", page.read_text(encoding="utf-8"))}
    assert named <= set(COMMANDS)
    assert set(COMMANDS) <= set(re.findall(r"passerelle ([a-z]+)\b", README))
    for group, commands in (
        ("sources", SOURCES_COMMANDS),
        ("keys", KEYS_COMMANDS),
        ("topics", TOPICS_COMMANDS),
        ("memory", MEMORY_COMMANDS),
    ):
        named = {
            name
            for page in PAGES
            for name in re.findall(rf"passerelle {group} ([a-z]+)\b", page.read_text(encoding="utf-8"))
        }
        assert named == set(commands)


def test_the_python_example_runs(
    demo_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The README's Python lines work as written."""
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(demo_store.parent)
    (demo_store.parent / "var").mkdir(exist_ok=True)
    if not (demo_store.parent / "var" / "store").exists():
        (demo_store.parent / "var" / "store").symlink_to(demo_store)
    variables: dict[str, object] = {}
    exec(example, variables)  # noqa: S102
    assert capsys.readouterr().out.strip()
    assert len(variables["table"]) == 5  # type: ignore[arg-type]
    assert len(variables["many"]) == 2  # type: ignore[arg-type]


def test_the_members_example_is_valid(tmp_path: Path) -> None:
    """The README's members line is accepted."""
    from indexer.members import read_members

    (example,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    (tmp_path / "m.jsonl").write_text(example, encoding="utf-8")
    read = read_members([tmp_path / "m.jsonl"])
    assert (len(read.members), read.rejects) == (1, ())


def test_the_printed_output_is_real(demo_store: Path) -> None:
    """The search shown in the README finds the members it shows, in that order."""
    topic = re.findall(r'\$ passerelle search "(.*?)"', README)[0]
    shown = re.findall(r"^ +\d+\. (.+?)  [A-Z]{2} · ", README, re.MULTILINE)
    assert shown
    assert [match.member.name for match in open_index(demo_store).search(topic, k=len(shown))] == shown


def test_the_composed_consortium_is_real(demo_store: Path) -> None:
    """The example of docs/consortium.md is what its command prints, but for where lines break, percents, time and snapshot."""
    page = (ROOT / "docs" / "consortium.md").read_text(encoding="utf-8")
    ((command, shown),) = re.findall(r"^\$ passerelle (consortium .*?)\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    printed = subprocess.run(
        [sys.executable, "-m", "service.cli", *command.split(), "--store", demo_store],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    parts = [_without_figures(part) for part in shown.split("...\n")]
    assert len(parts) == 2
    assert _without_figures(printed).startswith(parts[0])
    assert _without_figures(printed).endswith(parts[1])


def test_the_checked_rules_are_real(demo_store: Path) -> None:
    """The example of docs/rules.md is what its command prints; the members break a rule, so its status is 1. Composing keeps to it."""
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    ((command, shown),) = re.findall(r"^\$ passerelle (consortium .*?)\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    run = [sys.executable, "-m", "service.cli"]
    checked = subprocess.run(
        [*run, *command.split(), "--store", demo_store], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (checked.returncode, checked.stdout.split()) == (1, shown.split())
    (composing,) = re.findall(r"`passerelle (consortium docs/examples/call.txt --profile \S+)`", page)
    composed = subprocess.run(
        [*run, *composing.split(), "--store", demo_store], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert re.search(r" · (research|university) · ", composed.stdout)


def _without_figures(text: str) -> str:
    """With one blank between words."""
    return re.sub(r"\d+%|\d+ ms|snapshot \S+", "#", " ".join(text.split()))


def test_every_environment_variable_is_documented() -> None:
    """The table in docs/operations.md has each variable with its option and the default, and no other."""
    table = re.findall(
        r"^\| `(PASSERELLE_\w+)` \| `(--[\w-]+)` \| .*? \| (.*?) \|",
        (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    options = [
        option
        for command in get_command(cli.app).commands.values()  # type: ignore[attr-defined]
        for option in command.params
        if option.envvar
    ]
    assert sorted(row[:2] for row in table) == sorted({(option.envvar, option.opts[0]) for option in options})
    defaults = {variable: default.strip("`") for variable, _, default in table}
    assert len(defaults) == len(table)
    for option in options:
        if option.envvar == "PASSERELLE_CACHE":
            continue  # depends on the user
        if option.default is None:
            continue  # the table says it in words
        shown = {False: "off"}.get(option.default, str(option.default).removesuffix(".0"))
        assert defaults[option.envvar] == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and image of the documentation exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
