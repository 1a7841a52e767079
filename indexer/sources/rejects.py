"""Rows that did not become members, and the report of them."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from .output import atomic_text

__all__ = ["Reject", "reject_summary", "write_rejects"]

MAX_SHOWN = 300
MAX_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that did not become a member: where it stands, what is wrong with what was found, and what to do.

    `line` is where a person finds it in the file; `field` is empty where the row as a whole is at fault.
    """

    source: str
    line: int
    field: str
    reason: str
    value: str = ""
    advice: str = ""

    def __str__(self) -> str:
        where = f"{_printable(self.field)}: " if self.field else ""
        return f"{_printable(self.source)}:{self.line}: {where}{_printable(self.reason)}"


def _printable(text: str) -> str:
    """What a source says, fit for a terminal: one line, no control sequences, of bounded length."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + "..."


def write_rejects(rejects: Iterable[Reject], path: Path) -> None:
    """Write rejects as JSON Lines, atomically: source, line, field, value, reason and advice of each."""
    with atomic_text(path) as file:
        for reject in rejects:
            file.write(json.dumps(asdict(reject), ensure_ascii=False) + "\n")


def reject_summary(rejects: Iterable[Reject], rows: int) -> str:
    """What was rejected of so many rows, for a person to read: how often by source and field, what to do, and the first of them."""
    every = list(rejects)
    if not every:
        return f"{rows:,} rows read, none rejected.\n"
    lines = [f"{rows:,} rows read, {len(every):,} rejected.", ""]
    counted = Counter((reject.source, reject.field or "the whole row", reject.advice) for reject in every)
    for (source, field, advice), count in counted.most_common(MAX_EXAMPLES):
        todo = f": {_printable(advice)}" if advice else ""
        lines.append(f"{count:>7,} x {_printable(field)} in {_printable(source)}{todo}")
    lines += ["", *(f"{reject}" for reject in every[:MAX_EXAMPLES])]
    if len(every) > MAX_EXAMPLES:
        lines.append(f"... and {len(every) - MAX_EXAMPLES:,} more")
    return "\n".join(lines) + "\n"
