"""Bounds of one request: how large and how slow its body may be, and how long an answer may take."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..problems import problem
from .rates import weight_of

__all__ = ["BodyLimit", "TimeLimit"]

CLOSE = {"Connection": "close"}
"""What is left of a body that is refused is not read."""


class BodyLimit:
    """Reads the whole body before anything else works on it: 413 where it is too large, as soon as that shows; 408 where it is slow."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not _has_body(headers := Headers(scope=scope)):
            return await self._app(scope, receive, send)
        max_bytes = self._max_bytes * weight_of(scope["path"])
        too_large = problem(413, f"the body is larger than {max_bytes:,} bytes", CLOSE)
        if int(headers.get("content-length", "0")) > max_bytes:
            return await too_large(scope, receive, send)
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > max_bytes:
                        return await too_large(scope, receive, send)
        except TimeoutError:
            slow = problem(408, f"the body did not arrive within {self._seconds:g} s; send it again", CLOSE)
            return await slow(scope, receive, send)
        await self._app(scope, _replaying(bytes(body), receive), send)


class TimeLimit:
    """503 where an answer has not begun in time, or where too many requests are worked on already.

    Work in a thread cannot be stopped: its answer is dropped, and until it ends it counts as running.
    """

    def __init__(self, app: ASGIApp, seconds: float, max_running: int, exempt: frozenset[str]) -> None:
        self._app = app
        self._seconds = seconds
        self._max_running = max_running
        self._exempt = exempt
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in self._exempt:
            return await self._app(scope, receive, send)
        if len(self._running) >= self._max_running:
            busy = problem(503, "too many requests are being answered; ask again in a moment", {"Retry-After": "1"})
            return await busy(scope, receive, send)
        begun = given_up = False

        async def send_in_time(message: Message) -> None:
            nonlocal begun
            if not given_up:
                begun = True
                await send(message)

        async def answer() -> None:
            await self._app(scope, receive, send_in_time)

        task = asyncio.create_task(answer())
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            await asyncio.wait({task}, timeout=self._seconds)
            if not task.done() and not begun:
                given_up = True
                late = problem(
                    503, f"no answer within {self._seconds:g} s; ask again, or for less", {"Retry-After": "5"}
                )
                return await late(scope, receive, send)
            await task
        except asyncio.CancelledError:
            task.cancel()
            raise

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that one given up is not reported as forgotten


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _replaying(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
