"""What a run did, for programs and for people: STORE/runs/RUN/.

report.json     the `RunReport`
report.html     the same as one readable page
rejects.jsonl   every rejected line, one a line
rejects.txt     the same, grouped by reason, with some places each
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter, ValidationError

from search.store import Store

from .progress import Step
from .sources import Reject, grouped, reject_summary, write_rejects
from .staging import staged

__all__ = ["Counts", "RunReport", "Status", "last_run", "write_report"]

REPORT = "report.json"
GROUPS_SHOWN = 200

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


_report = TypeAdapter(RunReport)
_pages = Environment(loader=PackageLoader("indexer"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def write_report(store: Store, report: RunReport, rejects: Sequence[Reject]) -> None:
    """Write all four files, or none. Raises OSError."""
    groups = grouped(rejects)
    with staged(store.run_path(report.run)) as folder:
        (folder / REPORT).write_bytes(_report.dump_json(report, indent=1))
        page = _pages.get_template("report.html").render(report=report, groups=groups, shown=GROUPS_SHOWN)
        (folder / "report.html").write_text(page, encoding="utf-8")
        write_rejects(rejects, folder / "rejects.jsonl")
        summary = reject_summary(groups, report.counts.rows)
        (folder / "rejects.txt").write_text(summary, encoding="utf-8", errors="backslashreplace")


def last_run(store: Store) -> RunReport | None:
    """The report of the newest run that left a readable one."""
    for run in reversed(store.runs()):
        try:
            return _report.validate_json((store.run_path(run) / REPORT).read_bytes())
        except (OSError, ValidationError):
            continue
    return None
