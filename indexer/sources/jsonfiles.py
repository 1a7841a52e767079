"""JSON Lines, one object a line, and JSON, a list of objects."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

import ijson

from search.errors import SourceError

from .files import open_bytes, source_name
from .rows import MAX_RECORD, BadRow, Row, Table, listed

__all__ = ["read_json", "read_json_lines"]

MAX_DEPTH = 50
BOM = b"\xef\xbb\xbf"
ONE_A_LINE = "write one JSON object a line with id, name and descriptions"


def read_json_lines(path: Path, stack: ExitStack) -> Table:
    """The records of a JSON Lines file, which stays open as long as `stack`."""
    return Table("JSON Lines", None, _lines(stack.enter_context(open_bytes(path))))


def _lines(file: BinaryIO) -> Iterator[Row | BadRow]:
    number = 0
    while line := file.readline(MAX_RECORD + 1):
        number += 1
        if line.strip():
            yield _parse(number, line.removeprefix(BOM) if number == 1 else line)
        while not line.endswith(b"\n") and (line := file.readline(MAX_RECORD)):
            pass


def _parse(number: int, line: bytes) -> Row | BadRow:
    shown = line[:80].decode("utf-8", "replace")
    if len(line) > MAX_RECORD:
        reason = f"is longer than {MAX_RECORD:,} bytes; expected one member a line"
        return BadRow(number, reason, "shorten the text, or put each member on a line of its own", shown)
    try:
        raw = json.loads(line.decode("utf-8"))
        if re.search(rb"\\u[dD]", line):
            json.dumps(raw, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{line[error.start]:02x} at {error.start}"
        return BadRow(number, f"is not UTF-8 text ({found}); save the file as UTF-8", "save the file as UTF-8", shown)
    except UnicodeEncodeError:
        reason = "has an unpaired surrogate (\\ud800 to \\udfff); expected valid Unicode"
        return BadRow(number, reason, "export it again with a program that writes whole characters", shown)
    except (ValueError, RecursionError) as error:
        return BadRow(number, f"is not JSON ({error}); expected one JSON object a line", ONE_A_LINE, shown)
    return _record(number, raw, shown)


def _record(number: int, raw: object, shown: str) -> Row | BadRow:
    if not isinstance(raw, dict):
        reason = f"is a JSON {type(raw).__name__}; expected an object with id, name and descriptions"
        return BadRow(number, reason, ONE_A_LINE, shown)
    if _deeper_than(MAX_DEPTH, raw):
        reason = f"is nested more than {MAX_DEPTH} levels deep; expected a flat description of a member"
        return BadRow(number, reason, "leave out what is not about the member", shown)
    return Row(number, raw)


def _deeper_than(levels: int, value: object) -> bool:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return bool(inner) and (levels == 0 or any(_deeper_than(levels - 1, item) for item in inner))


def read_json(path: Path, stack: ExitStack, records: str | None) -> Table:
    """The records of a JSON file: those of its list, or of the list at the dotted place `records`; their number is their place.

    A file of this name that holds JSON Lines is read as such.
    """
    source = source_name(path)
    with open_bytes(path) as file:
        start = file.read(MAX_RECORD).removeprefix(BOM).lstrip()
        if not start:
            raise SourceError(f"{source} is empty; expected a list of JSON objects, one a member")
        if records is None and start.startswith(b"{") and _is_object(start.splitlines()[0]):
            return read_json_lines(path, stack)
    if records is None and not start.startswith(b"["):
        with open_bytes(path) as file:
            lists = _lists(_Bounded(file, source), source)
        expected = "expected a list of objects, or a mapping that says where it is (records = ...)"
        raise SourceError(f"{source} is not a list of JSON objects; {expected}; lists it holds: {listed(lists)}")
    bounded = _Bounded(stack.enter_context(open_bytes(path)), source)
    return Table("JSON", None, _items(bounded, f"{records}.item" if records else "item", source))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lists(file: "_Bounded", source: str) -> list[str]:
    """Dotted places of lists near the top of a JSON file."""
    found: dict[str, None] = {}
    try:
        for prefix, event, _ in ijson.parse(cast(BinaryIO, file)):
            file.allow()
            if event == "start_array" and prefix and ".item" not in f".{prefix}.":
                found[prefix] = None
    except ijson.JSONError as error:
        raise SourceError(_not_json(source, error)) from error
    return list(found)


def _items(file: "_Bounded", prefix: str, source: str) -> Iterator[Row | BadRow]:
    number = 0
    items = ijson.items(cast(BinaryIO, file), prefix, use_float=True)
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except ijson.JSONError as error:
            raise SourceError(f"{_not_json(source, error)} (after {number:,} objects)") from error
        file.allow()
        number += 1
        yield _record(number, item, str(item)[:80])


def _not_json(source: str, error: Exception) -> str:
    what = error.args[0] if error.args else ""
    text = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what)
    return f"{source} is not whole JSON in UTF-8: {text.splitlines()[0] if text else 'unreadable'}; export it again"


class _Bounded:
    """A file that gives no more than `MAX_RECORD` bytes, and a buffer, for one object."""

    BUFFER = 65_536

    def __init__(self, file: BinaryIO, source: str) -> None:
        self._file = file
        self._source = source
        self._left = 0
        self._first = True
        self.allow()

    def allow(self) -> None:
        """The next object begins."""
        self._left = MAX_RECORD + self.BUFFER

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes. Raises SourceError where the object is too long."""
        data = self._file.read(min(size, self.BUFFER) if size >= 0 else self.BUFFER)
        if self._first:
            data, self._first = data.removeprefix(BOM) or self._file.read(self.BUFFER), False
        self._left -= len(data)
        if self._left < 0:
            raise SourceError(f"{self._source} has an object longer than {MAX_RECORD:,} bytes; expected one a member")
        return data
