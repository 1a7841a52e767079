"""How long work reports where it is; the command line draws it, tests ignore it."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

__all__ = ["Progress", "Silent", "Step", "Timed", "counted"]

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


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run and how long it took."""

    name: str
    seconds: float


class Timed:
    """Passes on to another progress, and notes how long each step takes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._created = time.perf_counter()
        self._started: list[tuple[str, float]] = []

    def step(self, description: str, total: int | None = None) -> None:
        """See `Progress.step`."""
        self._started.append((description, time.perf_counter()))
        self._progress.step(description, total)

    def advance(self, done: int) -> None:
        """See `Progress.advance`."""
        self._progress.advance(done)

    @property
    def seconds(self) -> float:
        """Since this was made."""
        return time.perf_counter() - self._created

    def steps(self) -> tuple[Step, ...]:
        """The steps so far, in order; the last one lasts until now. One that came back counts once, with all its time."""
        ends = [start for _, start in self._started[1:]] + [time.perf_counter()]
        seconds: dict[str, float] = {}
        for (name, start), end in zip(self._started, ends, strict=True):
            seconds[name] = seconds.get(name, 0.0) + end - start
        return tuple(Step(name, round(spent, 3)) for name, spent in seconds.items())
