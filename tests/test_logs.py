"""The service's log: what it tells of requests, and what it does not."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from search import open_index
from service.app import create_app
from service.live import Live
from service.logs import ConsoleFormatter, JsonFormatter, start_log
from tests.conftest import SMALL, Build, FakeEncoder


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
    client = TestClient(create_app(live), headers={"X-Request-ID": "r-1"})
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
    ("level", "told"),
    [("debug", ["/readyz", "/healthz", "/v1/members/alpha"]), ("info", ["/v1/members/alpha"]), ("warning", [])],
)
def test_levels(live: Live, capsys: pytest.CaptureFixture[str], level: str, told: list[str]) -> None:
    """Probes are told at debug only, also while nothing is ready; requests at info."""
    start_log("json", level)
    TestClient(create_app(Live())).get("/readyz")
    client = TestClient(create_app(live))
    for path in ("/healthz", "/v1/members/alpha"):
        client.get(path)
    assert [line["path"] for line in lines(capsys)] == told


@pytest.mark.usefixtures("restored")
def test_a_failure_is_told_with_its_traceback(
    live: Live, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that fails is an error; what the server then logs of it is one JSON object with the traceback and the request's id."""
    start_log("json", "warning")
    monkeypatch.setattr(live.searcher, "answer", lambda queries: 1 / 0)
    app = create_app(live)

    async def as_a_server_does() -> None:
        transport = httpx.ASGITransport(app)
        try:
            await httpx.AsyncClient(transport=transport, base_url="http://test").get(
                "/v1/search?q=x", headers={"X-Request-ID": "r-1"}
            )
        except ZeroDivisionError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    asyncio.run(as_a_server_does())
    request, failure = lines(capsys)
    assert (request["path"], request["status"], request["level"]) == ("/v1/search", 500, "error")
    assert (failure["level"], failure["logger"], failure["message"]) == (
        "error",
        "uvicorn.error",
        "Exception in ASGI application",
    )
    assert request["request_id"] == failure["request_id"] == "r-1"
    assert str(failure["traceback"]).endswith("ZeroDivisionError: division by zero")


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
