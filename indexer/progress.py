"""How long work reports where it is; the command line draws it, tests ignore it."""

from typing import Protocol

__all__ = ["Progress", "Silent"]


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
