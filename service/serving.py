"""Run the HTTP service until a signal ends it: SIGHUP looks for a new snapshot, SIGTERM and SIGINT finish what was begun."""

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from search import PasserelleError
from search.checks import MAX_TOPIC_CHARS
from search.threads import ONE_THREAD

from .live import Live, Watcher

__all__ = ["MAX_HEAD", "Connections", "listen", "run"]

MAX_HEAD = 12 * MAX_TOPIC_CHARS
"""Bytes of a request line with its headers. A link may hold a topic of full length, in which a letter takes up to twelve characters."""

_log = logging.getLogger("passerelle.serve")


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections; port 0 is any free one. Raises PasserelleError."""
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PasserelleError(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another --port or --host"
        ) from error
    # Connections inherit it. asyncio would set it for sockets whose protocol number is given, which here it is not; without it, the body
    # of an answer waits 40 ms for the client's acknowledgement of the head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


@dataclass(frozen=True, slots=True)
class Connections:
    """Where connections are taken, how they are spoken with, and how many there may be at once."""

    listening: socket.socket
    protocol: type[asyncio.Protocol]
    at_once: int


def run(app: ASGIApp, live: Live, connections: Connections, reload_seconds: float, grace_seconds: float) -> None:
    """Serve `app`, and keep `live` fresh, until SIGTERM or SIGINT; then accept nothing more and return once the requests
    under way are answered. After `grace_seconds` those that are not are cut off, and the process ends with status 1.

    To be called from the main thread. reload_seconds: see `Watcher`.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        http=connections.protocol,
        limit_concurrency=connections.at_once,
        proxy_headers=False,  # X-Forwarded-For is believed only where --trusted-proxy says so
        server_header=False,
    )
    server = _Server(config, grace_seconds)
    watcher = Watcher(live, reload_seconds)
    # Searches overlap, and to give BLAS its threads back between them keeps these awake for nothing.
    with ONE_THREAD, _signals(server, watcher), watcher:
        server.run(sockets=[connections.listening])
    server.ended()


class _Server(uvicorn.Server):
    """Ends within its grace whatever still runs: what a thread works on cannot be cancelled."""

    def __init__(self, config: uvicorn.Config, grace_seconds: float) -> None:
        super().__init__(config)
        self._deadline = threading.Timer(grace_seconds, self._cut_off)
        self._deadline.daemon = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        facts = {"requests": len(self.server_state.tasks)}
        _log.info("finishing the requests under way", extra={"event": "stopping", "facts": facts})
        self._deadline.start()
        await super().shutdown(sockets)

    def ended(self) -> None:
        self._deadline.cancel()
        _log.info("all requests were answered", extra={"event": "stopped"})

    def _cut_off(self) -> None:
        facts = {"requests": len(self.server_state.tasks)}
        _log.error("what took longer than the grace was cut off", extra={"event": "cut off", "facts": facts})
        logging.shutdown()
        os._exit(1)


@contextmanager
def _signals(server: _Server, watcher: Watcher) -> Iterator[None]:
    """SIGHUP looks; SIGTERM and SIGINT end the server also while it is still starting, and are no news when uvicorn raises them again."""

    def end(*_: object) -> None:
        server.should_exit = True

    handlers = {
        signal.SIGHUP: signal.signal(signal.SIGHUP, lambda *_: watcher.ask()),
        signal.SIGTERM: signal.signal(signal.SIGTERM, end),
        signal.SIGINT: signal.signal(signal.SIGINT, end),
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
