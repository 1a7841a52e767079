"""The command line, as a user runs it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from search import open_index
from tests.conftest import CACHE, DEMO, ROOT, SMALL, member, write_lines

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def store(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small directory, indexed by the command with a small model; one line is bad."""
    folder = tmp_path_factory.mktemp("cli")
    members = write_lines(folder / "members.jsonl", [*SMALL, {"id": "bad"}])
    done = index(members, folder / "store", tiny_model, "--max-rejects", 20, "--log", "console")
    assert done.returncode == 0, done.stderr
    assert f"rejected {members}:7: name: is missing" in done.stderr
    assert "6 members, 7 capabilities, 1 lines rejected; 6 added, 0 changed, 0 removed; 9 texts embedded" in done.stdout
    return folder / "store"


def index(source: Path, store: Path, model: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """`passerelle index` with a small model, prepared once beside the store."""
    return passerelle(
        "index", source, "--store", store, "--encoder", model, "--cache", model.parent / "prepared", *options
    )


def passerelle(*arguments: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100", "PASSERELLE_CACHE": str(CACHE)}
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=ROOT,
        env=environment,
        check=False,
    )


def test_search_prints_a_readable_list(store: Path) -> None:
    """Rank, name, country, kind, relevance and evidence."""
    done = passerelle("search", "capteurs", "--store", store, "--country", "FR", "--country", "BE", "-k", "3")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line[:4] for line in lines if line[:4].strip().rstrip(".").isdigit()] == ["  1.", "  2.", "  3."]
    assert "Beta  FR · startup · Minalogic" in done.stdout
    assert "[fr] Nous fabriquons des capteurs." in done.stdout
    assert "4 members ranked" in done.stdout


def test_search_reads_standard_input(store: Path) -> None:
    """A long topic comes through a pipe."""
    assert passerelle("search", "-", "--store", store, "-k", "1", stdin="low power\nsensors").returncode == 0


def test_json_is_the_http_response(store: Path) -> None:
    """`search --json` and POST /v1/search answer with the same object, but for the time taken."""
    from fastapi.testclient import TestClient

    from service.app import create_app
    from service.live import Live

    done = json.loads(passerelle("search", "vaches", "--store", store, "--kind", "sme", "-k", "2", "--json").stdout)
    over_http = (
        TestClient(create_app(Live(open_index(store))))
        .post("/v1/search", json={"topic": "vaches", "filters": {"kind": ["sme"]}, "limit": 2})
        .json()
    )
    assert {**done, "took_ms": 0} == {**over_http, "took_ms": 0}


def test_status_and_rollback(store: Path, tiny_model: Path, tmp_path: Path) -> None:
    """status lists the snapshots and marks the current one; rollback moves it, and back again."""
    index(write_lines(tmp_path / "m.jsonl", SMALL[:2]), store, tiny_model, "--accept-drift")
    listed = json.loads(passerelle("status", "--store", store, "--json").stdout)
    old, new = (snapshot["snapshot"] for snapshot in listed["snapshots"])
    assert listed["current"] == new
    assert [snapshot["members"] for snapshot in listed["snapshots"]] == [6, 2]
    assert passerelle("rollback", "--store", store).stdout == f"Current snapshot of {store} is now {old}.\n"
    assert listed["last_run"]["status"] == "published"
    printed = passerelle("status", "--store", store).stdout
    assert f"{old}  current" in printed
    assert re.search(r"Last run, 2\d{3}-.* s: published\n", printed)
    assert passerelle("status", "--store", store, "--merges").stdout == "0 merged\n"
    assert json.loads(passerelle("status", "--store", store, "--merges", "--json").stdout) == []
    changes = json.loads(passerelle("diff", old, new, "--store", store, "--json").stdout)
    assert (changes["older"], changes["newer"], changes["added"], changes["changed"]) == (old, new, [], [])
    assert [gone["id"] for gone in changes["removed"]] == ["delta", "epsilon", "gamma", "zeta"]
    assert (
        f"From {old} to {new}:\n0 added\n4 removed\n  delta  Delta\n"
        in passerelle("diff", old, new, "--store", store).stdout
    )


def test_the_log_elsewhere_is_json(store: Path, tiny_model: Path, tmp_path: Path) -> None:
    """Without a terminal, standard error has one JSON object a line: steps with times, rejects, the end; an error is the one plain line, the last."""
    source = write_lines(tmp_path / "m.jsonl", [*SMALL, {"id": "bad"}])
    done = index(source, tmp_path / "store", tiny_model, "--max-rejects", 20)
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all({"time", "level", "event"} <= line.keys() for line in lines)
    steps = [line["step"] for line in lines if line["event"] == "step"]
    assert (steps[0], steps[-1]) == ("Reading members", "Removing old snapshots")
    assert [line["message"] for line in lines if line["level"] == "warning"] == [
        f"{source}:7: name: is missing; every member needs id, name and descriptions"
    ]
    assert {"status": "published", "members": 6, "added": 6, "rejected": 1}.items() <= lines[-1].items()
    again = index(source, tmp_path / "store", tiny_model, "--max-rejects", 20)
    assert re.fullmatch(
        r"Nothing changed since .*: 6 members, 1 lines rejected; nothing was published\.\n", again.stdout
    )
    refused = index(source, tmp_path / "store", tiny_model)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[-1].startswith(
        "passerelle: 1 of 7 lines were rejected (14.3 %, at most 5 % is accepted"
    )
    page = tmp_path / "store" / "runs" / sorted(path.name for path in (tmp_path / "store" / "runs").iterdir())[-1]
    assert "refused" in (page / "report.html").read_text(encoding="utf-8")


def test_a_signal_ends_a_run_cleanly(store: Path, tiny_model: Path, tmp_path: Path) -> None:
    """SIGTERM in the middle: what was staged is removed, one line says so, and the exit status names the signal."""
    copy = tmp_path / "store"
    shutil.copytree(store, copy, symlinks=True)
    current = (copy / "CURRENT").read_text(encoding="utf-8")
    many = [member(f"m{i:05}", en=f"We make part {i} of something.") for i in range(20_000)]
    source = write_lines(tmp_path / "members.jsonl", many)
    command = [sys.executable, "-m", "service.cli", "index", str(source), "--store", str(copy)]
    command += ["--encoder", str(tiny_model), "--accept-drift"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as run:
        assert run.stderr is not None
        assert json.loads(run.stderr.readline())["event"] == "step"  # the sources are read, the long part is to come
        run.send_signal(signal.SIGTERM)
        said = run.stderr.read().splitlines()[-1]
        assert run.wait(30) == 128 + signal.SIGTERM
    assert said.startswith("passerelle: stopped by SIGTERM; ")
    assert (copy / "CURRENT").read_text(encoding="utf-8") == current
    assert not [path for path in copy.rglob(".*") if path.name != ".lock"]


def test_status_shows_what_is_damaged(store: Path, tmp_path: Path) -> None:
    """A damaged snapshot, or a pointer to nothing, is shown beside the others."""
    copy = tmp_path / "store"
    shutil.copytree(store, copy, symlinks=True)
    damaged = sorted((copy / "snapshots").iterdir())[0]
    (damaged / "manifest.json").write_text("{", encoding="utf-8")
    (copy / "CURRENT").write_text("ghost", encoding="utf-8")
    done = passerelle("status", "--store", copy)
    assert done.returncode == 0
    assert f"{damaged.name}\n  damaged: cannot read" in done.stdout
    assert "No snapshot is current" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "x", "--store", "/nowhere/at/all"], 1, "passerelle: no store at /nowhere/at/all; build one with"),
        (["status", "--store", "/nowhere/at/all"], 1, "passerelle: no store at"),
        (["rollback", "--store", "/nowhere/at/all"], 1, "passerelle: no snapshot in"),
        (["serve", "--store", "/nowhere/at/all"], 1, "passerelle: no store at"),
        (
            ["serve", "--host", "0.0.0.0", "--port", "0", "--store", "STORE"],
            1,
            "passerelle: 0.0.0.0 can be reached from",
        ),
        (["serve", "--cors-origin", "x.example", "--store", "STORE"], 1, "passerelle: 'x.example' is not an origin"),
        (["serve", "--trusted-proxy", "proxy", "--store", "STORE"], 1, "passerelle: a trusted proxy is an address"),
        (["keys", "revoke", "nobody", "--store", "STORE"], 1, "passerelle: no valid key named 'nobody'"),
        (["index", "/nowhere.jsonl"], 1, "passerelle: cannot read /nowhere.jsonl: No such file or directory"),
        (["search", "", "--store", "STORE"], 1, "passerelle: the topic is empty"),
        (["search", "x", "-k", "0", "--store", "STORE"], 1, "passerelle: the limit is 0"),
        (["evaluate", "/nowhere.jsonl", "--store", "STORE"], 1, "passerelle: cannot read /nowhere.jsonl"),
        (["search", "x", "--colour", "red"], 2, "No such option"),
        (["search", "x", "-k", "many"], 2, "Invalid value for '-k'"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_refusals(store: Path, arguments: list[str], code: int, message: str) -> None:
    """Status 1 with one line on standard error, 2 for usage; no traceback."""
    done = passerelle(*(str(store) if argument == "STORE" else argument for argument in arguments))
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert len(done.stderr.splitlines()) == 1


def test_nothing_is_left_where_the_source_is_bad(tmp_path: Path) -> None:
    """Sources are read before the store is touched."""
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    done = passerelle("index", tmp_path / "empty.jsonl", "--store", tmp_path / "store")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "store").exists()


def test_evaluate_prints_measures(demo_store: Path, tmp_path: Path) -> None:
    """--json has the measures under their names, and one recall for each language pair."""
    lines = (DEMO / "topics.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    topics = tmp_path / "topics.jsonl"
    topics.write_text("".join([*lines[:24], *lines[-4:]]), encoding="utf-8")
    measured = json.loads(passerelle("evaluate", topics, "--store", demo_store, "--json").stdout)
    assert {"nDCG@10", "MRR", "recall@10", "recall@20", "recall@100", "language_pairs", "no_answer_auc"} <= set(
        measured
    )
    assert set(measured["language_pairs"]) == {"en->en", "en->fr", "fr->en", "fr->fr"}
    bounds = measured["intervals"]["nDCG@10"]
    assert bounds["low"] < measured["nDCG@10"] < bounds["high"]
    printed = passerelle("evaluate", topics, "--store", demo_store, "--against", demo_store).stdout
    assert f"{measured['nDCG@10']:.3f}" in printed
    assert re.search(r"nDCG@10 +│ \+0\.000 +│ \+0\.000 to \+0\.000 +│ 1\.000", printed)


def test_members_cannot_write_to_the_terminal(tiny_model: Path, store: Path, tmp_path: Path) -> None:
    """Control sequences in a name or a text are printed as blanks."""
    source = write_lines(tmp_path / "m.jsonl", [member("x", en="Sensors \u202e and [bold]markup[/bold].")])
    index(source, tmp_path / "store", tiny_model)
    printed = passerelle("search", "sensors", "--store", tmp_path / "store").stdout
    assert "\u202e" not in printed
    assert "[bold]markup[/bold]" in printed


def test_serve_answers_on_loopback(store: Path) -> None:
    """The server says where it listens once it can answer, answers, and ends on a signal."""
    command = [sys.executable, "-u", "-m", "service.cli", "serve", "--store", str(store), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert "http://127.0.0.1:" in line
        try:
            address = line.rsplit(" ", 1)[1].strip()
            assert httpx.get(f"{address}/readyz").json()["status"] == "ready"
            assert httpx.get(f"{address}/v1/search", params={"q": "cows", "limit": 1}).json()["matches"][0]["rank"] == 1
            port = int(address.rsplit(":", 1)[1])
            head = f"GET /?q={'%C3%A9' * 5_000} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(head[:20_000])
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(head[20_000:])
                assert connection.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
        finally:
            server.terminate()
        assert server.wait(10) == 0
