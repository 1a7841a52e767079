"""The service as a process: signals, its end, its log."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from service.serving import listen
from tests.conftest import ROOT, SMALL, Build
from tests.serving import WAIT

MINUTE = 60.0


@dataclass(frozen=True)
class Served:
    """A running service."""

    process: subprocess.Popen[str]
    port: int

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", params=parameters, timeout=MINUTE)

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        """Let the topic that waits end."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def until_closed(self) -> None:
        """Wait until the service accepts no connections any more."""
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionResetError:
                continue  # it was waiting to be accepted
            except ConnectionRefusedError:
                return

    def log(self) -> list[dict[str, object]]:
        """What it logged, once it has ended."""
        assert self.process.stderr is not None
        return [json.loads(line) for line in self.process.stderr]


@contextmanager
def served(store: Path, grace_seconds: float = MINUTE) -> Iterator[Served]:
    command = [sys.executable, "-m", "tests.serving", str(store), str(grace_seconds)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield Served(process, int(process.stdout.readline()))
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_under_way_are_finished(build: Build, tmp_path: Path, number: signal.Signals) -> None:
    """Told to end, the service accepts nothing more, answers what it has begun, and ends with status 0."""
    build(SMALL)
    with served(tmp_path / "store") as service, ThreadPoolExecutor() as pool:
        answer = pool.submit(service.get, "/v1/search", q=WAIT)
        assert service.next_line() == "began"
        service.process.send_signal(number)
        service.until_closed()
        assert not answer.done()
        service.go()
        assert answer.result(MINUTE).status_code == 200
        assert service.process.wait(MINUTE) == 0
        told = [line["event"] for line in service.log()]
    assert told == ["stopping", "request", "stopped"]


def test_grace_ends(build: Build, tmp_path: Path) -> None:
    """A request that outlasts the grace is cut off: the service ends all the same, says so, and its status is 1."""
    build(SMALL)
    with served(tmp_path / "store", grace_seconds=0.2) as service, ThreadPoolExecutor() as pool:
        answer = pool.submit(service.get, "/v1/search", q=WAIT)
        assert service.next_line() == "began"
        service.process.terminate()
        assert service.process.wait(MINUTE) == 1
        with pytest.raises(httpx.RemoteProtocolError):
            answer.result(MINUTE)
        (*_, last) = service.log()
    assert (last["event"], last["level"], last["requests"]) == ("cut off", "error", 1)


def test_hang_up_looks_for_a_snapshot(build: Build, tmp_path: Path) -> None:
    """SIGHUP brings the newest snapshot into use, also where nothing is looked for otherwise; the log tells of it."""
    build(SMALL)
    with served(tmp_path / "store") as service:
        assert service.get("/readyz").json()["members"] == 6
        snapshot = build(SMALL[:3]).snapshot
        service.process.send_signal(signal.SIGHUP)
        while service.get("/readyz").json()["snapshot"] != snapshot:
            pass
        assert service.get("/v1/search", q="a secret topic").json()["snapshot"] == snapshot
        service.process.terminate()
        assert service.process.wait(MINUTE) == 0
        log = service.log()
    assert [line["event"] for line in log] == ["loaded", "request", "stopping", "stopped"]
    assert (log[0]["snapshot"], log[0]["members"]) == (snapshot, 3)
    assert {key: log[1][key] for key in ("method", "path", "status", "snapshot", "level")} == {
        "method": "GET", "path": "/v1/search", "status": 200, "snapshot": snapshot, "level": "info",
    }  # fmt: skip
    assert "secret" not in str(log)


def test_answers_are_sent_at_once() -> None:
    """A connection does not hold back the body of an answer until its head is acknowledged."""
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
