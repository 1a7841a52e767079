"""Ending on a signal with everything cleaned up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "stoppable"]

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):  # not an Exception: only the entry point ends on it
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"stopped by {signal.Signals(number).name}; `passerelle status` says what is published, and texts embedded so far "
            "need not be embedded again"
        )
        self.exit_status = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Within, SIGINT, SIGTERM and SIGHUP raise Stopped, once: what cleans up after it is not stopped again."""

    def stop(number: int, _: FrameType | None) -> None:
        for other in handled:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(number)

    handled = {number: signal.getsignal(number) for number in STOPPING}
    handled = {number: handler for number, handler in handled.items() if handler != signal.SIG_IGN}  # as nohup asks
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
