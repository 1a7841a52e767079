"""The night: members files in, a published snapshot out, or a report that says why not."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from search.encoder import Encoder
from search.errors import PasserelleError, RunRefused, SnapshotRefused
from search.manifest import SNAPSHOT_FORMAT, Manifest
from search.snapshot import Snapshot
from search.store import Store
from search.types import Member

from .build import Contents, snapshot_id, write_snapshot
from .cache import EmbeddingCache
from .capabilities import Split, split_members
from .changes import Roster, compare, content_digest
from .drift import Shape, drift, shape_of, shape_of_snapshot
from .embedding import embed
from .lock import cannot_write, locked
from .members import Members, Reject, read_members
from .merging import NO_VERDICTS, Merge, merge_members, read_verdicts
from .probes import check, choose_probes
from .progress import Progress, Silent, Timed
from .publish import publish
from .reports import RunReport, Status, write_report
from .retention import remove_old_reports, remove_old_snapshots

__all__ = ["LoadEncoder", "Options", "index_members"]

FIRST_REJECTS = 20
UNKNOWN_NAMED = 5
PROBES_NAMED = 3
LoadEncoder = Callable[[Store, Progress], Encoder]
"""Makes the encoder ready, in the store too, and loads it; called under the store's lock."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run accepts: rejected lines in percent of all, a directory that moved far; whether it builds what is already
    published; how many snapshots it leaves; a mapping for all sources, in place of those that lie beside them; a file of verdicts on
    which members are the same."""

    max_rejects: float = 5.0
    accept_drift: bool = False
    force: bool = False
    keep: int = 7
    mapping: Path | None = None
    same: Path | None = None


@contextmanager
def _garbage_uncollected() -> Iterator[None]:
    """Python looks for garbage cycles more often the more there is to look through: of a million members it took a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_garbage_uncollected()
def index_members(
    sources: Sequence[Path],
    store: Store,
    load_encoder: LoadEncoder,
    options: Options | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Make the current snapshot of `store` hold what `sources` say, and report it in STORE/runs.

    Raises RunRefused where the result would be too doubtful, and what the steps raise: SourceError, EncoderError, StoreError. The
    snapshot current before stays so then, and the report says why. A run that another one keeps out leaves no report.
    """
    steps = Timed(progress or Silent())
    options = options or Options()
    # No store is made for sources that cannot be read.
    read = None if store.path.is_dir() else _read(sources, options, steps)
    with locked(store):
        night = _Night(store, options, steps)
        try:
            night.run(read or _read(sources, options, steps), load_encoder)
        except BaseException as failure:
            night.note_failure(failure)
            raise
        finally:
            night.write_report()
    return night.report


def _read(sources: Sequence[Path], options: Options, steps: Timed) -> Members:
    return read_members(sources, options.mapping, steps)


@dataclass(frozen=True, slots=True)
class _Current:
    """The snapshot that is current before the run, whole."""

    manifest: Manifest
    roster: Roster
    shape: Shape


class _Night:
    """One run under the lock; its report grows with it."""

    def __init__(self, store: Store, options: Options, steps: Timed) -> None:
        self._store = store
        self._options = options
        self._steps = steps
        self._started = datetime.now(UTC)
        self._rejects: tuple[Reject, ...] = ()
        self._notices: list[str] = []
        self.report = RunReport(
            run=f"{self._started:%Y%m%dT%H%M%S%fZ}",
            started=self._started.isoformat(timespec="seconds"),
            snapshot=store.pointer(),
        )

    def run(self, read: Members, load_encoder: LoadEncoder) -> None:
        """The whole night, top to bottom."""
        self._check_rejects(read)
        members, merges = self._merge(read)
        self._steps.step("Loading the encoder")
        encoder = load_encoder(self._store, self._steps)
        self.report = replace(self.report, encoder=encoder.info.name, encoder_digest=encoder.info.digest)
        with EmbeddingCache(self._store.embeddings_file, encoder.info, self._notices.append) as cache:
            roster = Roster.of(members)
            content = content_digest(roster, encoder.info.digest, SNAPSHOT_FORMAT, metadata.version("passerelle"))
            current = self._current()
            self._count_changes(current, roster)
            if current is not None and current.manifest.content == content and not self._options.force:
                self._leave_unchanged(current)
            else:
                self._steps.step("Splitting descriptions")
                split = split_members(members)
                self._guard(current, split)
                embedded = embed(split.passages, encoder, self._steps, cache)
                self._count(
                    members=len(split.members),
                    capabilities=len(split.capabilities),
                    passages=len(split.passages),
                    texts=embedded.texts,
                    cached=embedded.cached,
                )
                contents = Contents(
                    created=self._started,
                    content=content,
                    split=split,
                    embedded=embedded,
                    roster=roster,
                    merges=merges,
                    encoder=encoder.info,
                    sources=read.sources,
                    rejects=len(read.rejects),
                )
                self._publish(contents, encoder)
                cache.prune()
        self._remove_old(current)

    def note_failure(self, failure: BaseException) -> None:
        """Say in the report why the run ended here; what is published by now stays so."""
        if self.report.status == "failed":
            status: Status = "refused" if isinstance(failure, RunRefused) else "failed"
            self.report = replace(self.report, status=status, error=_said(self._store, failure))

    def write_report(self) -> None:
        """Complete the report and keep it in the store, where the disk allows."""
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        steps, seconds = self._steps.steps(), round(self._steps.seconds, 3)
        notices = tuple(self._notices)
        self.report = replace(self.report, finished=finished, seconds=seconds, steps=steps, notices=notices)
        try:
            write_report(self._store, self.report, self._rejects)
            remove_old_reports(self._store)
        except OSError as error:
            notice = (
                f"the report of this run could not be kept in {self._store.path / 'runs'}: {error.strerror or error}"
            )
            self.report = replace(self.report, notices=(*notices, notice))

    def _check_rejects(self, read: Members) -> None:
        self._rejects = read.rejects
        self._count(rows=read.rows, rejected=len(read.rejects))
        first = tuple(str(reject) for reject in read.rejects[:FIRST_REJECTS])
        self.report = replace(self.report, sources=read.sources, first_rejects=first)
        share = 100 * len(read.rejects) / read.rows
        if share > self._options.max_rejects:
            raise RunRefused(
                f"{len(read.rejects):,} of {read.rows:,} lines were rejected ({share:.1f} %, at most {self._options.max_rejects:g} % is "
                f"accepted; first: {read.rejects[0]}); nothing was published; {self._store.run_path(self.report.run) / 'rejects.txt'} "
                "lists them: correct the sources, or accept more with --max-rejects"
            )

    def _merge(self, read: Members) -> tuple[Sequence[Member], Sequence[Merge]]:
        same = self._options.same
        merged = merge_members(read.members, NO_VERDICTS if same is None else read_verdicts(same), self._steps)
        if merged.unknown:
            more = ", ..." if len(merged.unknown) > UNKNOWN_NAMED else ""
            self._notices.append(
                f"{same} names ids that no member has: {', '.join(merged.unknown[:UNKNOWN_NAMED])}{more}"
            )
        for a, b in merged.overruled:
            self._notices.append(
                f"{same} says that {a} and {b} are the same, and elsewhere that they are not: kept apart"
            )
        self._count(merged=len(merged.merges))
        return merged.members, merged.merges

    def _current(self) -> _Current | None:
        """What to compare with: nothing where this is the first snapshot or the current one is not whole."""
        name = self._store.pointer()
        if name not in self._store.snapshots():
            return None
        self._steps.step("Opening the current snapshot")
        folder = self._store.snapshot_path(name)
        try:
            snapshot = Snapshot.open(folder)
            roster = Roster.read(folder, snapshot.directory)
        except SnapshotRefused as error:
            self._notices.append(f"the current snapshot cannot be compared with: {error}")
            return None
        return _Current(snapshot.manifest, roster, shape_of_snapshot(snapshot.directory))

    def _leave_unchanged(self, current: _Current) -> None:
        counts = current.manifest.counts
        self._count(members=counts["members"], capabilities=counts["capabilities"], passages=counts["passages"])
        self.report = replace(self.report, status="unchanged")

    def _guard(self, current: _Current | None, split: Split) -> None:
        if current is None:
            return
        moved = drift(current.shape, shape_of(split.members))
        self.report = replace(self.report, drift=moved)
        if moved and not self._options.accept_drift:
            raise RunRefused(
                f"the directory moved too far since {current.manifest.snapshot}: {'; '.join(moved)}; nothing was published; check the "
                "sources, or publish it all the same with --accept-drift"
            )

    def _publish(self, contents: Contents, encoder: Encoder) -> None:
        probes = choose_probes(contents.split, contents.embedded.vectors)

        def write(folder: Path) -> None:
            snapshot = write_snapshot(folder, contents, self._steps)
            self._steps.step("Asking members' own words")
            lost = check(snapshot, encoder, probes)
            if lost:
                self._notices.append(
                    f"{len(lost)} of {len(probes)} members tried are not among the first answers to their own words, which are too "
                    f"like those of others: {', '.join(lost[:PROBES_NAMED])}"
                )
            self._steps.step("Publishing")

        name = snapshot_id(contents.created, contents.content)
        publish(self._store, name, write)
        self.report = replace(self.report, status="published", snapshot=name)

    def _remove_old(self, before: _Current | None) -> None:
        """Old snapshots go once the new one is there; whatever hinders that does not undo the publishing."""
        self._steps.step("Removing old snapshots")
        also = [before.manifest.snapshot] if before is not None else []
        try:
            removed = remove_old_snapshots(self._store, self._options.keep, also)
        except OSError as error:
            self._notices.append(f"old snapshots could not be removed: {error}")
        else:
            self.report = replace(self.report, removed_snapshots=removed)

    def _count_changes(self, current: _Current | None, roster: Roster) -> None:
        if current is None:
            self._count(added=len(roster.ids))
            return
        changes = compare(current.roster, roster)
        self._count(added=len(changes.added), changed=len(changes.changed), removed=len(changes.removed))

    def _count(self, **found: int) -> None:
        self.report = replace(self.report, counts=replace(self.report.counts, **found))


def _said(store: Store, failure: BaseException) -> str:
    if isinstance(failure, PasserelleError):
        return str(failure)
    if isinstance(failure, OSError):
        return str(cannot_write(store, failure))
    if not isinstance(failure, Exception):  # somebody stopped it
        return str(failure) or type(failure).__name__
    return f"{type(failure).__name__}: {failure}; nothing was published"
