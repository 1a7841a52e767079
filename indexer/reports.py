"""What a run did, for programs and for people: STORE/runs/RUN/.

report.json     the `RunReport`
report.html     the same as one readable page
rejects.jsonl   every rejected line, one a line
rejects.txt     the same, grouped by reason, with some places each
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter, ValidationError

from search.store import Store

from .members import Reject
from .progress import Step
from .staging import staged

__all__ = ["Counts", "RunReport", "Status", "last_run", "write_report"]

REPORT = "report.json"
PLACES_SHOWN = 20
GROUPS_SHOWN = 200
MAX_SHOWN = 300

Status = Literal["published", "unchanged", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a run met; 0 where it did not come so far.

    Lines read and rejected; members merged into others; members, capabilities and distinct passages of the index; members added,
    changed and removed since the snapshot before; distinct texts, and how many had their vectors in the cache.
    """

    rows: int = 0
    rejected: int = 0
    merged: int = 0
    members: int = 0
    capabilities: int = 0
    passages: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    texts: int = 0
    cached: int = 0

    @property
    def embedded(self) -> int:
        """Texts that were embedded."""
        return self.texts - self.cached


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run of the indexer.

    status: published; unchanged (what is published has the same content); refused (too doubtful to publish) or failed, and then
    `error` says why in one line. `snapshot` is the current one after the run, empty where there is none. `drift` is what moved
    further than a night explains, `notices` what went otherwise than it should without stopping the run. Times are UTC, ISO 8601.
    """

    run: str
    started: str
    finished: str = ""
    seconds: float = 0.0
    status: Status = "failed"
    error: str = ""
    snapshot: str = ""
    encoder: str = ""
    encoder_digest: str = ""
    counts: Counts = Counts()
    sources: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    first_rejects: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    removed_snapshots: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """Lines rejected for the same reason, and where some of them stand."""

    field: str
    reason: str
    lines: int
    places: tuple[str, ...]


_report = TypeAdapter(RunReport)
_pages = Environment(loader=PackageLoader("indexer"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def write_report(store: Store, report: RunReport, rejects: Sequence[Reject]) -> None:
    """Write all four files, or none. Raises OSError."""
    groups = _grouped(rejects)
    with staged(store.run_path(report.run)) as folder:
        (folder / REPORT).write_bytes(_report.dump_json(report, indent=1))
        page = _pages.get_template("report.html").render(report=report, groups=groups, shown=GROUPS_SHOWN)
        (folder / "report.html").write_text(page, encoding="utf-8")
        with (folder / "rejects.jsonl").open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(json.dumps(asdict(reject), ensure_ascii=False) + "\n" for reject in rejects)
        _write_summary(folder / "rejects.txt", groups, report.counts)


def last_run(store: Store) -> RunReport | None:
    """The report of the newest run that left a readable one."""
    for run in reversed(store.runs()):
        try:
            return _report.validate_json((store.run_path(run) / REPORT).read_bytes())
        except (OSError, ValidationError):
            continue
    return None


def _grouped(rejects: Sequence[Reject]) -> list[_Group]:
    """The most frequent reason first."""
    found: dict[tuple[str, str], list[Reject]] = {}
    for reject in rejects:
        found.setdefault((reject.field, reject.reason), []).append(reject)
    groups = [
        _Group(
            _shown(about),
            _shown(reason),
            len(alike),
            tuple(f"{_shown(reject.source)}:{reject.line}" for reject in alike[:PLACES_SHOWN]),
        )
        for (about, reason), alike in found.items()
    ]
    return sorted(groups, key=lambda group: -group.lines)


def _write_summary(path: Path, groups: Sequence[_Group], counts: Counts) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{counts.rejected:,} of {counts.rows:,} lines rejected\n")
        for group in groups[:GROUPS_SHOWN]:
            about = f"{group.field}: " if group.field else ""
            file.write(f"\n{group.lines:,} x {about}{group.reason}\n")
            file.writelines(f"    {place}\n" for place in group.places)
            if group.lines > len(group.places):
                file.write(f"    and {group.lines - len(group.places):,} more in rejects.jsonl\n")
        if len(groups) > GROUPS_SHOWN:
            file.write(f"\n{len(groups) - GROUPS_SHOWN:,} more reasons in rejects.jsonl\n")


def _shown(text: str) -> str:
    """What a members file says, fit for a page: one line, no control characters, of bounded length."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= MAX_SHOWN else plain[:MAX_SHOWN] + "..."
