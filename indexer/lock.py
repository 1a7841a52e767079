"""One writer at a time, and who it is."""

import getpass
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from search.errors import StoreError
from search.files import fsync
from search.store import Store

from .staging import remove_leftovers

__all__ = ["cannot_write", "locked"]

FOLDERS = ("snapshots", "encoders", "runs")
MAX_SHOWN = 300


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Hold the store's lock; leftovers of a killed run are removed.

    Raises StoreError where another process holds it, which is then named, or where the store cannot be written.
    """
    holder = store.path / ".holder"
    try:
        _make_folders(store.path)
        with FileLock(store.path / ".lock", timeout=0):
            for folder in FOLDERS:
                remove_leftovers(store.path / folder)
            for leftover in store.path.glob(".CURRENT.*"):
                leftover.unlink()
            with suppress(OSError):  # it only informs: a full disk shows where it matters
                holder.write_text(_myself(), encoding="utf-8")
            try:
                yield
            finally:
                with suppress(OSError):
                    holder.unlink(missing_ok=True)
    except Timeout as error:
        raise StoreError(
            f"another process is writing to {store.path} ({_described(holder)}); wait until it has finished"
        ) from error
    except OSError as error:
        raise cannot_write(store, error) from error


def cannot_write(store: Store, error: OSError) -> StoreError:
    """What to say where the system refuses to write."""
    return StoreError(f"cannot write to the store {store.path}: {error.strerror or error}; nothing was published")


def _make_folders(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        fsync(path.parent)
    for folder in FOLDERS:
        (path / folder).mkdir(exist_ok=True)


def _myself() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        user = str(os.getuid())
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    started = datetime.now(UTC).isoformat(timespec="seconds")
    known = {"pid": os.getpid(), "host": socket.gethostname(), "user": user, "started": started, "command": command}
    return json.dumps(known)


def _described(holder: Path) -> str:
    """The process that holds the lock, as it wrote itself down."""
    try:
        known = json.loads(holder.read_text(encoding="utf-8"))
        said = (
            f"process {known['pid']} of {known['user']} on {known['host']} since {known['started']}: {known['command']}"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return f"it holds {holder.with_name('.lock')}"
    said = "".join(c if c.isprintable() else "?" for c in said)
    return said if len(said) <= MAX_SHOWN else said[:MAX_SHOWN] + "..."
