"""Write a snapshot so that it is whole or not there, and move CURRENT."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from search.encoder import read_description
from search.errors import EncoderError, StoreError, StoreNotFound
from search.files import replace_text
from search.snapshot import Snapshot
from search.store import Store

from .lock import locked
from .staging import discard, staged

__all__ = ["install_encoder", "publish", "rollback"]


def install_encoder(store: Store, prepared: Path, digest: str) -> Path:
    """Put a prepared encoder into the store, by hard links where the file system allows; returns its folder there.

    What is there already is kept if it is whole.
    """
    target = store.encoder_path(digest)
    try:
        read_description(target, verify=True)
    except EncoderError:
        if target.exists():
            discard(target)
        with staged(target) as staging:
            shutil.copytree(prepared, staging, copy_function=_link_or_copy, dirs_exist_ok=True)
    return target


def publish(store: Store, snapshot: str, write: Callable[[Path], None]) -> None:
    """Let `write` fill a staging folder, make it durable, rename it to its place, then point CURRENT at it."""
    with staged(store.snapshot_path(snapshot)) as staging:
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
            now = store.pointer()
            earlier = [name for name in snapshots if name < now] if now in snapshots else snapshots
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


def _link_or_copy(source: str, destination: str) -> str:
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)
    return destination
