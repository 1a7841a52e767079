"""What a store keeps: the last snapshots, the encoders they need, the last reports. All to be called under its lock."""

from collections.abc import Sequence

from search.errors import SnapshotRefused
from search.manifest import Manifest
from search.store import Store

from .staging import discard

__all__ = ["KEEP_RUNS", "remove_old_reports", "remove_old_snapshots"]

KEEP_RUNS = 90


def remove_old_snapshots(store: Store, keep: int, also: Sequence[str] = ()) -> tuple[str, ...]:
    """Remove all but the newest `keep` snapshots, then encoders that none left needs; returns the ids of the snapshots removed.

    The current snapshot, the one before it and those in `also` stay in any case.
    """
    snapshots = store.snapshots()
    current = store.pointer()
    before = [name for name in snapshots if name < current][-1:]
    kept = {*snapshots[-keep:], current, *before, *also}
    removed = tuple(name for name in snapshots if name not in kept)
    for name in removed:
        discard(store.snapshot_path(name))
    _remove_encoders(store)
    return removed


def remove_old_reports(store: Store) -> None:
    """Remove the reports of all but the last `KEEP_RUNS` runs."""
    for run in store.runs()[:-KEEP_RUNS]:
        discard(store.run_path(run))


def _remove_encoders(store: Store) -> None:
    try:
        needed = {
            store.encoder_path(Manifest.read(store.snapshot_path(name)).encoder.digest) for name in store.snapshots()
        }
    except SnapshotRefused:
        return  # which encoder that one needs is not known: keep them all
    for folder in (store.path / "encoders").iterdir():
        if folder.is_dir() and folder not in needed:
            discard(folder)
