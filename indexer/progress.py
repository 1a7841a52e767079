"""How long work reports where it is; the command line draws it, tests ignore it."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

__all__ = ["Progress", "Silent", "counted"]

BATCH = 1_000
T = TypeVar("T")


class Progress(Protocol):
    """Told of each step as it starts, and of how much of it is done."""

    def step(self, description: str, total: int | None = None) -> None:
        """A new step begins; `total` units of work where that is known."""
        ...

    def advance(self, done: int) -> None:
        """So many more units of the current step are done."""
        ...


class Silent:
    """Reports nothing."""

    def step(self, description: str, total: int | None = None) -> None:
        """See `Progress.step`."""

    def advance(self, done: int) -> None:
        """See `Progress.advance`."""


def counted(items: Iterable[T], progress: Progress) -> Iterator[T]:
    """The same items; progress is told of them, a thousand at a time."""
    number = 0
    for number, item in enumerate(items, 1):
        yield item
        if number % BATCH == 0:
            progress.advance(BATCH)
    progress.advance(number % BATCH)
