"""How long each stage of an answer takes."""

import time

__all__ = ["STAGES", "Stopwatch"]

STAGES = ("encode", "lexical", "filter", "dense", "fuse", "evidence")
"""Reading the topic; words; filters; vectors; adding the signals and ordering members; quoting them."""


class Stopwatch:
    """Stages follow each other and come back: `lap` gives the time since the last lap to a stage."""

    def __init__(self, **spent_ms: float) -> None:
        """spent_ms: what stages took before, in milliseconds."""
        self._spent_ms = spent_ms
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The time since the last lap, or since the beginning, went into this stage of `STAGES`."""
        now = time.perf_counter()
        self._spent_ms[stage] = self._spent_ms.get(stage, 0.0) + (now - self._since) * 1e3
        self._since = now

    def add(self, other: "Stopwatch") -> None:
        """What another one measured since the last lap of this one."""
        for stage, spent in other._spent_ms.items():
            self._spent_ms[stage] = self._spent_ms.get(stage, 0.0) + spent
        self._since = time.perf_counter()

    def spent_ms(self) -> dict[str, float]:
        """Milliseconds by stage."""
        return {stage: round(spent, 3) for stage, spent in self._spent_ms.items()}
