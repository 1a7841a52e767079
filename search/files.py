"""Checksums, and writing files so that they survive a crash."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

__all__ = ["fsync", "fsync_tree", "replace_text", "replacing", "sha256_of"]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fsync_tree(folder: Path) -> None:
    """Force every file below `folder`, then the folders themselves, to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        fsync(path)
    fsync(folder)


@contextmanager
def replacing(path: Path, mode: int = 0o644) -> Iterator[TextIO]:
    """A UTF-8 file to write to, which takes the place of `path` on leaving without an error; a crash leaves the old one. Raises OSError.

    By default everybody may read it: another account than the writer's may serve.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        os.fchmod(descriptor, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    fsync(path.parent)


def replace_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file's content, as `replacing` does: a reader sees the old text or the new, never a part. Raises OSError."""
    with replacing(path, mode) as file:
        file.write(text)


def fsync(path: Path) -> None:
    """Force one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
