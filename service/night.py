"""What `passerelle index` shows while it runs and when it ends: for people on a terminal, as JSON lines elsewhere."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from indexer.reports import RunReport

from .terminal import TerminalProgress

__all__ = ["JsonLog", "LogFormat", "TerminalLog", "night_log", "summary"]

PROGRESS_EVERY_S = 30.0
LogFormat = Literal["auto", "console", "json"]


class TerminalLog(TerminalProgress):
    """Bars, then what is worth reading."""

    def report(self, report: RunReport) -> None:
        """Say what was rejected, and what else went otherwise than it should."""
        for reject in report.first_rejects:
            self.say(f"rejected {reject}")
        if report.counts.rejected > len(report.first_rejects):
            self.say(
                f"{report.counts.rejected:,} lines rejected in all; rejects.txt in the report of {report.run} has them"
            )
        for line in (*report.drift, *report.notices):
            self.say(f"note: {line}")


class JsonLog:
    """One JSON object a line: time, level, event, and what belongs to the event. A step is told when it ends; what a run failed of is
    for the entry point to say, as everywhere, in one plain line."""

    def __init__(self) -> None:
        self._step = ""
        self._total: int | None = None
        self._done = 0
        self._started = self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None, _: object) -> None:
        if failure is None:
            self._end_step()

    def step(self, description: str, total: int | None = None) -> None:
        """See `indexer.progress.Progress.step`."""
        self._end_step()
        self._step, self._total, self._done = description, total, 0
        self._started = self._told = time.monotonic()

    def advance(self, done: int) -> None:
        """See `indexer.progress.Progress.advance`."""
        self._done += done
        if time.monotonic() - self._told >= PROGRESS_EVERY_S:
            self._told = time.monotonic()
            self._tell("info", "progress", step=self._step, done=self._done, total=self._total)

    def report(self, report: RunReport) -> None:
        """Tell what was rejected, what went otherwise than it should, and how the run ended."""
        self._end_step()
        for reject in report.first_rejects:
            self._tell("warning", "rejected", message=reject)
        for line in (*report.drift, *report.notices):
            self._tell("warning", "notice", message=line)
        counts = {name: getattr(report.counts, name) for name in ("members", "added", "changed", "removed", "rejected")}
        self._tell(
            "info",
            "end",
            run=report.run,
            status=report.status,
            snapshot=report.snapshot,
            seconds=report.seconds,
            **counts,
        )

    def _end_step(self) -> None:
        if self._step:
            seconds = round(time.monotonic() - self._started, 3)
            count = {} if self._total is None else {"total": self._total}
            self._tell("info", "step", step=self._step, seconds=seconds, **count)
            self._step = ""

    def _tell(self, level: str, event: str, **facts: object) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "level": level, "event": event, **facts}, ensure_ascii=False)
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def night_log(chosen: LogFormat) -> TerminalLog | JsonLog:
    """The log asked for; auto is console on a terminal and json elsewhere."""
    is_console = sys.stderr.isatty() if chosen == "auto" else chosen == "console"
    return TerminalLog() if is_console else JsonLog()


def summary(report: RunReport, store: Path) -> str:
    """One line: what is published now, and what it took."""
    counts = report.counts
    rejected = f", {counts.rejected:,} lines rejected" if counts.rejected else ""
    if report.status == "unchanged":
        return f"Nothing changed since {report.snapshot} in {store}: {counts.members:,} members{rejected}; nothing was published."
    merged = f", {counts.merged:,} merged" if counts.merged else ""
    return (
        f"Published {report.snapshot} in {store}: {counts.members:,} members, {counts.capabilities:,} capabilities{rejected}{merged}; "
        f"{counts.added:,} added, {counts.changed:,} changed, {counts.removed:,} removed; "
        f"{counts.embedded:,} texts embedded, {counts.cached:,} from the cache."
    )
