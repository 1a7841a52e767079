"""A service in a process of its own: the fake encoder, told by a topic to wait until standard input says go."""

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search import open_index
from search.store import Store
from service.app import create_app
from service.live import Live
from service.logs import start_log
from service.security.connections import timed_protocol
from service.serving import MAX_HEAD, Connections, run
from tests.conftest import FakeEncoder

__all__ = ["WAIT"]

WAIT = "wait until told"


class WaitingEncoder(FakeEncoder):
    """Says when it has begun with the topic `WAIT`, and ends it when a line comes in."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if WAIT in texts:
            print("began", flush=True)
            sys.stdin.readline()
        return super().encode_queries(texts)


def main(store: Path, grace_seconds: float) -> None:
    """Serve on a free port, which is printed."""
    live = Live(open_index(store, encoder=WaitingEncoder()), Store(store))
    listening = socket.create_server(("127.0.0.1", 0))
    start_log("json", "info")
    print(listening.getsockname()[1], flush=True)
    connections = Connections(listening, timed_protocol(10, MAX_HEAD), at_once=50)
    run(create_app(live), live, connections, reload_seconds=0, grace_seconds=grace_seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
