"""Bounds of requests, over real connections on loopback and without any wait longer than the limit tested."""

import asyncio
import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexer.run import index_members
from search import open_index
from search.store import Store
from service.app import create_app
from service.live import Live
from service.security import SecuritySettings
from service.security.bounds import TimeLimit
from service.security.connections import timed_protocol
from tests.conftest import ANY, SMALL, FakeEncoder, write_lines

MAX_BODY = 1_000
SLOW = 0.2
MAX_HEAD = 20_000
HEAD = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODY = json.dumps({"topic": "sensors", "limit": 1}).encode()


@contextmanager
def serving(app: ASGIApp) -> Iterator[Callable[[], socket.socket]]:
    """Serve on a free port, as `passerelle serve` does; gives what connects to it."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=timed_protocol(SLOW, MAX_HEAD), log_config=None, log_level="debug", proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield lambda: socket.create_connection(listening.getsockname(), timeout=10)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], socket.socket]]:
    """Connects to the service over the small directory, with short limits."""
    folder = tmp_path_factory.mktemp("sockets")
    source = write_lines(folder / "members.jsonl", SMALL)
    index_members([source], Store(folder / "store"), lambda *_: FakeEncoder(), ANY)
    searcher = open_index(folder / "store", encoder=FakeEncoder())
    with serving(create_app(Live(searcher), SecuritySettings(max_body=MAX_BODY, request_seconds=SLOW))) as connected:
        yield connected


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the one answer on a connection, read until it is closed or the body is whole."""
    received = b""
    while True:
        head, separator, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if separator and length and len(body) >= int(length[1]):
            break
        piece = connection.recv(65_536)
        if not piece:
            break
        received += piece
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, body


def closed(connection: socket.socket) -> bool:
    """Waits for the server to close the connection."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_body_in_pieces_is_one_body(connect: Callable[[], socket.socket]) -> None:
    """With a length or in chunks, as long as it is quick and small; the connection serves again."""
    with connect() as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:5])
        connection.sendall(BODY[5:])
        assert answer(connection)[0] == 200
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:3], BODY[3:]))
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        status, headers, body = answer(connection)
        assert (status, json.loads(body)["topic"]) == (200, "sensors")
        assert "connection" not in headers


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 5000000\r\n\r\n",
        b"Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * (MAX_BODY + 1) + b"\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * (MAX_BODY + 1),
    ],
    ids=["announced", "asked for leave", "one chunk", "many chunks"],
)
def test_a_large_body_is_refused_before_it_is_whole(connect: Callable[[], socket.socket], sent: bytes) -> None:
    """By its announced length, else once it is too long; the rest is not read, the connection ends."""
    with connect() as connection:
        connection.sendall(HEAD + sent)
        status, headers, body = answer(connection)
        assert (status, headers["content-type"], headers["connection"]) == (413, "application/problem+json", "close")
        assert json.loads(body)["detail"] == "the body is larger than 1,000 bytes"
        assert headers["x-content-type-options"] == "nosniff"
        assert closed(connection)


@pytest.mark.parametrize("sent", [b"Content-Length: 30\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
def test_a_slow_body_is_given_up(connect: Callable[[], socket.socket], sent: bytes) -> None:
    """408 after the limit, and the connection ends."""
    with connect() as connection:
        connection.sendall(HEAD + sent)
        status, headers, body = answer(connection)
        assert (status, headers["content-type"], headers["connection"]) == (408, "application/problem+json", "close")
        assert json.loads(body)["detail"] == "the body did not arrive within 0.2 s; send it again"
        assert closed(connection)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nX-Slow:"], ids=["nothing", "half a head"])
def test_a_slow_head_is_given_up(connect: Callable[[], socket.socket], sent: bytes) -> None:
    """A connection that says nothing, or never finishes saying what it wants, is closed; also after a first request."""
    with connect() as connection:
        connection.sendall(sent)
        assert closed(connection)
    with connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer(connection)[0] == 200
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert closed(connection)


@pytest.mark.parametrize(
    "sent",
    [b"GET /healthz?q=%b HTTP/1.1\r\nHost: x\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: %b\r\n"],
    ids=["address", "header"],
)
def test_a_head_without_end_is_refused(connect: Callable[[], socket.socket], sent: bytes) -> None:
    """400 once it is longer than it may be, whichever part of it is long; a long one within the limit is answered, and so is the next."""
    with connect() as connection:
        for _ in range(2):
            connection.sendall(sent % (b"x" * (MAX_HEAD - 1_000)) + b"\r\n")
            assert answer(connection)[0] == 200
        connection.sendall((sent % (b"x" * MAX_HEAD))[:-2])
        assert answer(connection)[0] == 400
        assert closed(connection)


def test_a_path_with_dots_is_not_walked(connect: Callable[[], socket.socket]) -> None:
    """Dots that client libraries would remove lead nowhere either."""
    with connect() as connection:
        connection.sendall(b"GET /static/../../pyproject.toml HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer(connection)[0] == 404


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: a\rSet-Cookie: b=c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID : a\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
        b"nonsense\r\n\r\n",
    ],
)
def test_malformed_requests(connect: Callable[[], socket.socket], head: bytes) -> None:
    """End with 400; nothing of them comes back."""
    with connect() as connection:
        connection.sendall(head)
        status, headers, _ = answer(connection)
        assert status == 400
        assert "set-cookie" not in headers


def test_keys_are_not_in_the_servers_log(
    connect: Callable[[], socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    """Not even at the level debug, nor of a request that is malformed."""
    with caplog.at_level(logging.DEBUG):
        for ending in (b"\r\n\r\n", b"\r\nBad Header\r\n\r\n"):
            with connect() as connection:
                connection.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer passerelle_secret" + ending
                )
                assert answer(connection)[0] in (200, 400)
    assert "Invalid HTTP request" in caplog.text
    assert "passerelle_secret" not in caplog.text


class Stuck:
    """An application that answers when told to, and keeps what came of it."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.finished = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"late"})
        self.finished += 1


async def settled() -> None:
    """Lets what is ready run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def ask(app: ASGIApp, path: str = "/") -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "http", "path": path, "method": "GET", "headers": []}, receive, send)
    return sent


def test_an_answer_that_takes_too_long() -> None:
    """503 when its time is over; what it says later is dropped. Meanwhile it counts, so that work cannot pile up; probes pass."""

    async def run() -> None:
        stuck = Stuck()
        limited = TimeLimit(stuck, 0.05, 2, frozenset({"/healthz"}))
        late, also_late = await asyncio.gather(ask(limited), ask(limited))
        for messages in (late, also_late):
            assert [message["type"] for message in messages] == ["http.response.start", "http.response.body"]
            assert messages[0]["status"] == 503
            assert "no answer within 0.05 s" in json.loads(messages[1]["body"])["detail"]
        busy = await ask(limited)
        assert busy[0]["status"] == 503
        assert (b"retry-after", b"1") in busy[0]["headers"]
        assert "too many requests are being answered" in json.loads(busy[1]["body"])["detail"]
        stuck.release.set()
        assert (await ask(limited, "/healthz"))[0]["status"] == 200
        await settled()
        assert stuck.finished == 3
        assert len(late) == 2
        assert [message.get("status") for message in await ask(limited)] == [200, None]

    asyncio.run(run())


def test_an_answer_that_has_begun_may_take_its_time() -> None:
    """A long export is not cut off half-way."""

    async def run() -> None:
        begun = asyncio.Event()

        async def long(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            begun.set()
            await over.wait()
            await send({"type": "http.response.body", "body": b"whole"})

        over = asyncio.Event()
        asked = asyncio.create_task(ask(TimeLimit(long, 0.01, 2, frozenset())))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, over.set)
        assert [message.get("body") for message in await asked] == [None, b"whole"]

    asyncio.run(run())


def test_a_defect_passes_through() -> None:
    """What an application raises reaches whoever reports it, and a request that is cancelled takes its work along."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    async def run() -> None:
        with pytest.raises(ZeroDivisionError):
            await ask(TimeLimit(broken, 1, 2, frozenset()))
        stuck = Stuck()
        limited = TimeLimit(stuck, 10, 1, frozenset())
        asked = asyncio.create_task(ask(limited))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await settled()
        stuck.release.set()
        assert (await ask(limited))[0]["status"] == 200

    asyncio.run(run())
