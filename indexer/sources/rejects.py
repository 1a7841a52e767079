"""Rows that did not become members, and the report of them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from .output import atomic_text

__all__ = ["Reject", "RejectGroup", "grouped", "reject_summary", "write_rejects"]

MAX_SHOWN = 300
PLACES_SHOWN = 20
GROUPS_SHOWN = 200


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


@dataclass(frozen=True, slots=True)
class RejectGroup:
    """Rows rejected for the same reason: how many, the first places, and what to do. All text is fit for a terminal or a page."""

    field: str
    reason: str
    advice: str
    rows: int
    places: tuple[str, ...]


def grouped(rejects: Iterable[Reject]) -> list[RejectGroup]:
    """Rejects by field and reason, the most frequent first."""
    found: dict[tuple[str, str, str], list[Reject]] = {}
    for reject in rejects:
        found.setdefault((reject.field, reject.reason, reject.advice), []).append(reject)
    groups = [
        RejectGroup(
            _printable(field),
            _printable(reason),
            _printable(advice),
            len(alike),
            tuple(f"{_printable(reject.source)}:{reject.line}" for reject in alike[:PLACES_SHOWN]),
        )
        for (field, reason, advice), alike in found.items()
    ]
    return sorted(groups, key=lambda group: -group.rows)


def reject_summary(groups: Iterable[RejectGroup], rows: int) -> str:
    """What was rejected of so many rows, for a person to read: how often, why, what to do, and where."""
    every = list(groups)
    if not every:
        return f"{rows:,} rows read, none rejected.\n"
    lines = [f"{rows:,} rows read, {sum(group.rows for group in every):,} rejected."]
    for group in every[:GROUPS_SHOWN]:
        lines += ["", f"{group.rows:,} x {group.field + ': ' if group.field else ''}{group.reason}"]
        if group.advice:
            lines.append(f"    what to do: {group.advice}")
        lines += [f"    {place}" for place in group.places]
        if group.rows > len(group.places):
            lines.append(f"    and {group.rows - len(group.places):,} more in rejects.jsonl")
    if len(every) > GROUPS_SHOWN:
        lines += ["", f"{len(every) - GROUPS_SHOWN:,} more reasons in rejects.jsonl"]
    return "\n".join(lines) + "\n"
