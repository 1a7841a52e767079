"""Write a snapshot so that it is whole or not there, and move CURRENT."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from search.errors import StoreError, StoreNotFound
from search.files import fsync, fsync_tree, replace_text
from search.snapshot import Snapshot
from search.store import Store

__all__ = ["install_encoder", "locked", "publish", "rollback"]


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Hold the store's lock; leftovers of a killed run are removed. Raises StoreError where it is held or cannot be written."""
    try:
        (store.path / "snapshots").mkdir(parents=True, exist_ok=True)
        (store.path / "encoders").mkdir(exist_ok=True)
        lock = FileLock(store.path / ".lock", timeout=0)
        with lock:
            for leftover in (*store.path.glob("*/.staging-*"), *store.path.glob(".CURRENT.*")):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            yield
    except Timeout as error:
        raise StoreError(
            f"another process is writing to {store.path} (it holds {store.path / '.lock'}); wait until it has finished"
        ) from error
    except OSError as error:
        raise StoreError(
            f"cannot write to the store {store.path}: {error.strerror or error}; nothing was published"
        ) from error


def install_encoder(store: Store, prepared: Path, digest: str) -> Path:
    """Put a prepared encoder into the store, by hard links where the file system allows; returns its folder there."""
    target = store.encoder_path(digest)
    if not target.is_dir():
        with _staged(target) as staging:
            shutil.copytree(prepared, staging, copy_function=_link_or_copy, dirs_exist_ok=True)
    return target


def publish(store: Store, snapshot: str, write: Callable[[Path], None]) -> None:
    """Let `write` fill a staging folder, make it durable, rename it to its place, then point CURRENT at it."""
    with _staged(store.snapshot_path(snapshot)) as staging:
        write(staging)
    replace_text(store.current_file, snapshot + "\n")


def rollback(store: Store, snapshot: str | None = None) -> str:
    """Point CURRENT at `snapshot`, or at the one before the current; returns its id.

    The snapshot is opened first. Raises StoreError: no such snapshot, none older, or SnapshotRefused where it is damaged.
    """
    snapshots = store.snapshots()
    if not snapshots:
        raise StoreNotFound(
            f"no snapshot in {store.path}; build one with `passerelle index SOURCE --store {store.path}`"
        )
    with locked(store):
        if snapshot is None:
            now = store.current_file.read_text(encoding="utf-8").strip() if store.current_file.is_file() else ""
            earlier = [name for name in snapshots if name < now]
            if not earlier:
                raise StoreError(
                    f"no snapshot in {store.path} is older than the current one ({now or 'none'}); `passerelle status` lists them"
                )
            snapshot = earlier[-1]
        if snapshot not in snapshots:
            raise StoreError(f"no snapshot {snapshot!r} in {store.path}; `passerelle status` lists them")
        Snapshot.open(store.snapshot_path(snapshot))
        replace_text(store.current_file, snapshot + "\n")
    return snapshot


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """A folder beside `target`: fsynced and renamed to it at the end, removed where anything fails."""
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=target.parent))
    try:
        yield staging
        fsync_tree(staging)
        staging.chmod(0o755)
        staging.rename(target)
        fsync(target.parent)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _link_or_copy(source: str, destination: str) -> str:
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)
    return destination
