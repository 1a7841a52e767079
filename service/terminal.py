"""What the command line prints for people."""

from dataclasses import asdict
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from indexer.reports import last_run
from search import Shortlist, SnapshotRefused
from search.display import plain
from search.manifest import Manifest
from search.store import Store

__all__ = ["TerminalProgress", "plain", "print_shortlist", "print_status", "read_status"]


class TerminalProgress:
    """Draws the steps of long work on standard error: bars on a terminal, one line a step elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is None:
            self._finish()
        if self._console.is_terminal:
            self._bars.stop()

    def step(self, description: str, total: int | None = None) -> None:
        """See `indexer.progress.Progress.step`."""
        if not self._console.is_terminal:
            self._console.print(f"{description} ({total:,})" if total else description, highlight=False)
            return
        self._finish()
        self._task = self._bars.add_task(description, total=total)

    def advance(self, done: int) -> None:
        """See `indexer.progress.Progress.advance`."""
        if self._task is not None:
            self._bars.advance(self._task, done)

    def say(self, line: str) -> None:
        """Print one line beside the bars."""
        self._console.print(Text(plain(line)), soft_wrap=True)

    def _finish(self) -> None:
        if self._task is not None:
            total = self._bars.tasks[self._task].total or 1
            self._bars.update(self._task, total=total, completed=total)


def print_shortlist(shortlist: Shortlist) -> None:
    """Rank, name, country, kind, relevance and evidence of each match."""
    console = Console(highlight=False)
    if shortlist.matches and not shortlist.answerable:
        console.print("[yellow]Nobody seems to answer this topic; the nearest members are:[/yellow]")
    for number, need in enumerate(shortlist.needs, 1):
        console.print(Padding(Text(f"need {number}: {plain(need.text)}", "italic"), (0, 0, 0, 2)))
    for match in shortlist:
        member = match.member
        facts = " · ".join(fact for fact in (member.country, member.kind, ", ".join(member.clusters)) if fact)
        head = Text.assemble(
            (f"{match.rank:>3}. ", "bold"),
            (plain(member.name), "bold cyan"),
            f"  {plain(facts)}  ",
            (f"{match.relevance:.0%}", "green"),
            f"  needs {', '.join(str(i + 1) for i in match.needs)}" if match.needs else "",
        )
        console.print(head)
        for evidence in match.evidence:
            console.print(Padding(Text(f"[{evidence.language}] {plain(evidence.text)}"), (0, 0, 0, 5)))
    if not shortlist.matches:
        console.print("No member passes these filters." if not shortlist.total else "No more matches.")
    console.print(
        f"[dim]{shortlist.total:,} members ranked for a topic in {escape(shortlist.language)}, {shortlist.took_ms:.0f} ms, snapshot {shortlist.snapshot}[/dim]"
    )


def read_status(store: Store) -> dict[str, Any]:
    """What is in a store: `current` (None where CURRENT names no snapshot) and `snapshots`, oldest first; a snapshot whose manifest
    cannot be read has `damaged` instead of its description. `last_run` is the report of the last run, or None. Raises StoreNotFound."""
    names = store.snapshots()
    if not names:
        store.current()
    snapshots: list[dict[str, Any]] = []
    for name in names:
        try:
            m = Manifest.read(store.snapshot_path(name))
        except SnapshotRefused as error:
            snapshots.append({"snapshot": name, "damaged": str(error)})
            continue
        encoder = {"encoder": m.encoder.name, "digest": m.encoder.digest}
        snapshots.append({"snapshot": name, "created": m.created, **m.counts, **encoder, "sources": m.sources})
    current = store.pointer()
    run = last_run(store)
    return {
        "current": current if current in names else None,
        "snapshots": snapshots,
        "last_run": None if run is None else asdict(run),
    }


def print_status(status: dict[str, Any]) -> None:
    """A few lines a snapshot, the newest last."""
    console = Console(highlight=False, soft_wrap=True)
    for row in status["snapshots"]:
        console.print(
            Text.assemble((row["snapshot"], "bold"), "  current" if row["snapshot"] == status["current"] else "")
        )
        if "damaged" in row:
            console.print(f"  damaged: {escape(row['damaged'])}")
            continue
        rejects = f", {row['rejects']:,} lines rejected" if row["rejects"] else ""
        merged = f", {row['merged']:,} merged" if row["merged"] else ""
        console.print(
            f"  created {row['created']}: {row['members']:,} members, {row['capabilities']:,} capabilities{rejects}{merged}"
        )
        console.print(f"  encoder {escape(row['encoder'])} ({row['digest'][:12]})")
    if status["current"] is None:
        console.print("No snapshot is current: `passerelle rollback` makes the newest one current.")
    run = status["last_run"]
    if run is not None:
        why = f": {escape(plain(run['error']))}" if run["error"] else ""
        console.print(f"Last run, {run['started']}, {run['seconds']:,.0f} s: {run['status']}{why}")
