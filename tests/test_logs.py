"""The service's log: what it tells of requests, and what it does not."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from search import open_index
from service.app import create_app
from service.live import Live
from service.logs import ConsoleFormatter, JsonFormatter, start_log
from tests.conftest import SMALL, Build, FakeEncoder


class Naming:
    """Middleware that gives each request an id, as one in front of the application may."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["request_id"] = "r-1"
        await self._app(scope, receive, send)


@pytest.fixture
def live(build: Build, tmp_path: Path) -> Live:
    build(SMALL)
    return Live(open_index(tmp_path / "store", encoder=FakeEncoder()))


@pytest.fixture
def restored() -> Iterator[None]:
    """Loggers as they were before a test that sets them up."""
    root, own = logging.getLogger(), logging.getLogger("passerelle")
    handlers, levels = root.handlers[:], (root.level, own.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


@pytest.mark.usefixtures("restored")
def test_a_request_is_one_line(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    """Time, method, path, status, milliseconds, snapshot and the id it was given; never what was searched for."""
    start_log("json", "info")
    app = create_app(live)
    app.add_middleware(Naming)
    client = TestClient(app)
    client.get("/v1/search?q=secret")
    client.post("/v1/search", json={"topic": "secret", "limit": 0})
    first, second = lines(capsys)
    assert list(first) == [
        "time",
        "level",
        "event",
        "message",
        "method",
        "path",
        "status",
        "ms",
        "snapshot",
        "request_id",
    ]
    assert (first["path"], first["status"], first["request_id"]) == ("/v1/search", 200, "r-1")
    assert first["snapshot"] == live.snapshot
    assert (second["method"], second["status"], second["level"]) == ("POST", 422, "info")
    assert "secret" not in f"{first} {second}"


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("level", "told"), [("debug", ["/healthz", "/v1/members/alpha"]), ("info", ["/v1/members/alpha"]), ("warning", [])]
)
def test_levels(live: Live, capsys: pytest.CaptureFixture[str], level: str, told: list[str]) -> None:
    """Probes are told at debug only, requests at info."""
    start_log("json", level)
    client = TestClient(create_app(live))
    for path in ("/healthz", "/v1/members/alpha"):
        client.get(path)
    assert [line["path"] for line in lines(capsys)] == told


@pytest.mark.usefixtures("restored")
def test_a_failure_has_its_traceback(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    """What the server logs of a failure, whoever logs it, is one JSON object with the traceback and the id of the request."""
    start_log("json", "warning")

    def fail() -> None:
        try:
            raise RuntimeError("broken\ninside")
        except RuntimeError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    fail()
    (line,) = lines(capsys)
    assert (line["level"], line["logger"], line["message"]) == (
        "error",
        "uvicorn.error",
        "Exception in ASGI application",
    )
    assert str(line["traceback"]).endswith("RuntimeError: broken\ninside")
    assert "in fail" in str(line["traceback"])


@pytest.mark.usefixtures("restored")
def test_a_failing_request_is_told_as_an_error(
    live: Live, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 500, level error."""
    start_log("json", "warning")
    monkeypatch.setattr(live.searcher, "answer", lambda queries: 1 / 0)
    TestClient(create_app(live), raise_server_exceptions=False).get("/v1/search?q=x")
    (line,) = lines(capsys)
    assert (line["path"], line["status"], line["level"]) == ("/v1/search", 500, "error")


@pytest.mark.parametrize("path", ["a\r\nb", "\x1b[31mred", "\x9b2J", "a\u2028b\u202ec"])
def test_visitors_cannot_write_lines_of_their_own(path: str) -> None:
    """Line ends and control sequences in a path stay within their line, and are no longer that on a terminal."""
    record = logging.LogRecord("passerelle.access", logging.INFO, "", 0, "answered", None, None)
    record.__dict__.update(event="request", facts={"path": path})
    assert json.loads(JsonFormatter().format(record))["path"] == path
    assert "\n" not in JsonFormatter().format(record)
    shown = ConsoleFormatter().format(record)
    assert not any(character in shown for character in "\r\n\x1b\x9b\u2028\u202e")
    assert "answered path=" in shown


@pytest.mark.usefixtures("restored")
def test_a_long_path_is_cut(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    """A line stays short whatever is asked for."""
    start_log("console", "info")
    TestClient(create_app(live)).get("/v1/members/" + "x" * 5_000)
    told = capsys.readouterr().err
    assert "path=/v1/members/xxx" in told
    assert len(told) < 500


def test_the_route_of_a_mounted_application_above(live: Live) -> None:
    """An application mounted below a prefix answers as before."""
    above = FastAPI()
    above.mount("/partners", create_app(live))

    @above.get("/")
    def root(request: Request) -> str:
        return request.url.path

    client = TestClient(above)
    client.get("/partners/v1/members/alpha")
    text = client.get("/partners/metrics").text
    assert 'route="/v1/members/{member_id}"' in text
