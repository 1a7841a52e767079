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
MAX_OPEN = 1_000
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
    flat = line.count(b"{") + line.count(b"[") <= MAX_DEPTH
    return _record(number, raw, shown, flat)


def _record(number: int, raw: object, shown: str, flat: bool = False) -> Row | BadRow:
    """The row of a JSON value; `flat` where it is known not to be nested deeply."""
    if not isinstance(raw, dict):
        reason = f"is a JSON {type(raw).__name__}; expected an object with id, name and descriptions"
        return BadRow(number, reason, ONE_A_LINE, shown)
    if not flat and _deeper_than(MAX_DEPTH, raw):
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
        if records is None and _is_lines(start):
            return read_json_lines(path, stack)
    if records is None and not start.startswith(b"["):
        with open_bytes(path) as file:
            lists = _lists(_Bounded(file, source), source)
        expected = "expected a list of objects, or a mapping that says where it is (records = ...)"
        raise SourceError(f"{source} is not a list of JSON objects; {expected}; lists it holds: {listed(lists)}")
    bounded = _Bounded(stack.enter_context(open_bytes(path)), source)
    return Table("JSON", None, _items(bounded, f"{records}.item" if records else "item", source))


def _is_lines(start: bytes) -> bool:
    """Whether the first line of a file is an object of its own, a member or followed by another object."""
    first, _, rest = start.partition(b"\n")
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and ("id" in value or rest.lstrip().startswith(b"{"))


def _lists(file: "_Bounded", source: str) -> list[str]:
    """Dotted places of lists near the top of a JSON file."""
    found: dict[str, None] = {}
    try:
        for prefix, event, _ in ijson.parse(cast(BinaryIO, file), buf_size=file.BUFFER):
            file.allow()
            if event == "start_array" and prefix and ".item" not in f".{prefix}.":
                found[prefix] = None
    except ijson.JSONError as error:
        raise SourceError(_not_json(source, error)) from error
    return list(found)


def _items(file: "_Bounded", prefix: str, source: str) -> Iterator[Row | BadRow]:
    number = 0
    items = ijson.items(cast(BinaryIO, file), prefix, use_float=True, buf_size=file.BUFFER)
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
    """A file that gives no more than `MAX_RECORD` bytes for one object, nor one nested so deep that its path fills the memory."""

    BUFFER = 4_096

    def __init__(self, file: BinaryIO, source: str) -> None:
        self._file = file
        self._source = source
        self._start = file.read(len(BOM)).removeprefix(BOM)
        self.allow()

    def allow(self) -> None:
        """The next object begins."""
        self._left = MAX_RECORD + self.BUFFER
        self._depth = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes. Raises SourceError where the object is too long or too deep."""
        data = self._file.read(size)
        if size and self._start:
            data, self._start = self._start + data, b""
        self._left -= len(data)
        self._depth += sum(data.count(x) for x in (b"[", b"{")) - sum(data.count(x) for x in (b"]", b"}"))
        if self._left < 0 or self._depth > MAX_OPEN:
            raise SourceError(
                f"{self._source} has an object longer than {MAX_RECORD:,} bytes or nested deeply; expected one a member"
            )
        return data
