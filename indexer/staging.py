"""Folders that are whole or not there."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.files import fsync, fsync_tree

__all__ = ["discard", "remove_leftovers", "staged"]

PREFIX = ".staging-"


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder beside `target` to fill: made durable and renamed to it at the end, removed where anything fails.

    Raises OSError, among others where `target` exists.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=PREFIX, dir=target.parent))
    try:
        yield staging
        fsync_tree(staging)
        staging.chmod(0o755)
        staging.rename(target)
        fsync(target.parent)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def discard(folder: Path) -> None:
    """Remove a folder so that at no time a part of it stands under its name; to be called under the lock of its parent."""
    doomed = folder.with_name(f"{PREFIX}{folder.name}")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed process was filling or removing in `folder`; to be called under its lock."""
    for leftover in folder.glob(f"{PREFIX}*"):
        shutil.rmtree(leftover)
