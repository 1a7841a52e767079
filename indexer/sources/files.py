"""Files of a source: which they are, their bytes, and that they stay as they are while they are read."""

import gzip
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from search.errors import SourceError
from search.files import sha256_of

__all__ = ["FORMATS", "check_expansion", "find_files", "format_of", "open_bytes", "source_name", "unchanged"]

FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx", ".parquet")
"""Suffixes that are read; `.gz` may follow those of text."""

TEXT_FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
OTHER_SPREADSHEETS = (".xls", ".xlsb", ".xlsm", ".ods")
MAX_EXPANSION = 200
FREE_EXPANSION = 64_000_000


def source_name(path: Path) -> str:
    """How messages and manifests call a source."""
    return os.fsencode(path).decode("utf-8", "replace")


def format_of(path: Path) -> str | None:
    """The suffix that says how a file is read, without `.gz`; None where no reader knows it."""
    name = path.name.lower()
    packed = name.endswith(".gz")
    suffix = Path(name.removesuffix(".gz")).suffix
    return suffix if suffix in (TEXT_FORMATS if packed else FORMATS) else None


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files of all sources: a folder stands for those of known formats below it, in order of name, hidden ones left out.

    Raises SourceError where a path is of no known format, or a folder holds no file of one.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(_known(path))
            continue
        below = [_known(file) for file in _below(path) if format_of(file) or file.suffix.lower() in OTHER_SPREADSHEETS]
        if not below:
            raise SourceError(f"cannot read {path}: the folder has no file that ends in {', '.join(FORMATS)}")
        files += below
    return files


def _below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if not name.startswith((".", "~$"))]
    return sorted(found)


def _known(path: Path) -> Path:
    if path.suffix.lower() in OTHER_SPREADSHEETS:
        raise SourceError(f"{path} is a {path.suffix} spreadsheet; save it as .xlsx or as CSV")
    if format_of(path) is None:
        expected = f"{', '.join(FORMATS)}, the text formats also with .gz"
        raise SourceError(f"{path} has no known format; expected a name that ends in {expected}")
    return path


@contextmanager
def unchanged(path: Path) -> Iterator[str]:
    """The SHA-256 of a file's bytes as stored. Raises SourceError on leaving where its size or time has changed since."""
    try:
        before = path.stat()
        if not path.is_file():
            raise SourceError(f"cannot read {path}: it is not a file; write what it gives to a file first")
        digest = sha256_of(path)
        yield digest
        after = path.stat()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}; give a file of members") from error
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        raise SourceError(f"{path} changed while it was read; run again when the export has finished")


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where it ends in `.gz`. Raises SourceError for one that unpacks out of proportion."""
    if not path.name.lower().endswith(".gz"):
        with path.open("rb") as file:
            yield file
        return
    with path.open("rb") as stored, io.BufferedReader(_Unpacked(stored, path), 1 << 16) as unpacked:
        try:
            yield cast(BinaryIO, unpacked)
        except (gzip.BadGzipFile, EOFError) as error:
            raise SourceError(f"{path} is not a whole gzip file ({error}); compress it again") from error


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, as long as it holds no more than `MAX_EXPANSION` times its size."""

    def __init__(self, stored: BinaryIO, path: Path) -> None:
        self._gzip = gzip.GzipFile(fileobj=stored)
        self._path = path
        self._size = path.stat().st_size
        self._unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        try:
            data = self._gzip.read(len(view))
        except OSError:
            raise
        except Exception as error:  # zlib.error
            raise gzip.BadGzipFile(str(error)) from error
        view[: len(data)] = data
        self._unpacked += len(data)
        check_expansion(self._path, self._size, self._unpacked)
        return len(data)


def check_expansion(path: Path, stored: int, unpacked: int) -> None:
    """Raises SourceError where so many bytes unpack to so many more that it can only be meant to fill the memory."""
    if unpacked > FREE_EXPANSION and unpacked > MAX_EXPANSION * stored:
        grown = f"{stored:,} bytes unpack to more than {MAX_EXPANSION} times as many"
        raise SourceError(f"{path} is refused: {grown}; export it again without compression")
