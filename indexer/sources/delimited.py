"""Tables in text: CSV and TSV. Encoding and delimiter are found out."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from search.errors import SourceError

from .files import format_of, open_bytes, source_name
from .rows import MAX_RECORD, BadRow, Table, table_of

__all__ = ["read_delimited"]

DELIMITERS = (";", ",", "\t", "|")
NAMES = {"\t": "tab"}
SAMPLE_CHARS = 65_536
SAMPLE_ROWS = 50
UNDEFINED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
BINARY = {
    b"PK\x03\x04": "a zip archive or a spreadsheet; call it .xlsx if it is one",
    b"\xd0\xcf\x11\xe0": "an old or encrypted spreadsheet; save it as .xlsx without a password",
    b"\x1f\x8b": "compressed; let its name end in .gz",
    b"PAR1": "Parquet; let its name end in .parquet",
}


@dataclass(frozen=True, slots=True)
class _Encoding:
    """How the bytes are text; `damaged` where some bytes are not, and the rows that hold them must be found."""

    codec: str
    name: str
    damaged: bool = False


def read_delimited(
    path: Path, stack: ExitStack, delimiter: str | None, encoding: str | None, header: int | None
) -> Table:
    """The table in a CSV or TSV file, which stays open as long as `stack`. What is None is found out."""
    with open_bytes(path) as file:
        found = _encoding(file, source_name(path)) if encoding is None else _Encoding(encoding, encoding, damaged=True)
    with open_bytes(path) as file, _text(file, found) as text:
        sample = text.read(SAMPLE_CHARS)
    lines = _Lines(stack.enter_context(_text(stack.enter_context(open_bytes(path)), found)))
    if excel := re.match(r'"?sep=([;,|\t])"?\r?\n', sample):
        next(lines)
    if delimiter is None:
        delimiter = excel.group(1) if excel else "\t" if format_of(path) == ".tsv" else _delimiter(sample, header or 1)
    about = f"{found.name}, separated by {NAMES.get(delimiter, delimiter)}"
    return table_of(about, _records(lines, delimiter, found), source_name(path), header)


def _text(file: BinaryIO, encoding: _Encoding) -> TextIO:
    return io.TextIOWrapper(file, encoding.codec, "surrogateescape", newline="")


def _encoding(file: BinaryIO, source: str) -> _Encoding:
    """UTF-8 where all bytes are, or nearly so; else Windows-1252. Reads to the end. Raises SourceError for binary data."""
    start = file.read(1 << 20)
    for magic, what in BINARY.items():
        if start.startswith(magic):
            raise SourceError(f"{source} is not text but {what}")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _Encoding("utf-16", "UTF-16", damaged=True)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    letters = faults = undefined = 0
    chunk = start
    while chunk:
        if b"\x00" in chunk:
            raise SourceError(f"{source} is binary data; expected text separated by ; or , or tabs")
        text = decoder.decode(chunk)
        wrong = _escaped(text)
        faults += wrong
        letters += len(text) - len(text.encode("ascii", "ignore")) - wrong
        undefined += wrong and len(UNDEFINED_IN_1252.findall(chunk))
        chunk = file.read(1 << 20)
    faults += len(decoder.decode(b"", final=True))
    if letters >= faults:
        return _Encoding("utf-8-sig", "UTF-8", damaged=faults > 0)
    return _Encoding("cp1252", "Windows-1252", damaged=undefined > 0)


def _escaped(text: str) -> int:
    """How many bytes of a text were not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return len(re.findall(r"[\udc80-\udcff]", text))
    return 0


def _delimiter(sample: str, header: int) -> str:
    """The delimiter under which the first lines have most evenly as many cells as the header."""
    table = "".join(io.StringIO(sample, newline="").readlines()[header - 1 :])

    def evenness(delimiter: str) -> tuple[bool, float, int]:
        rows = csv.reader(io.StringIO(table, newline=""), delimiter=delimiter)
        widths = [len(row) for row in islice(rows, SAMPLE_ROWS) if row]
        if len(widths) > 1 and len(sample) == SAMPLE_CHARS:
            widths.pop()  # it may have been cut
        even = sum(width == widths[0] for width in widths) / len(widths) if widths else 0
        return bool(widths) and widths[0] > 1, round(even, 1), widths[0] if widths else 0

    return max(DELIMITERS, key=evenness)


class _TooLong(Exception):
    """A record is longer than `MAX_RECORD`."""


class _Lines:
    """Lines of bounded length; those of the record that is being read can be given back, all but the first."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: deque[str] = deque()
        self._record: list[str] = []
        self._chars = 0
        self._line = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._read()
        if not line:
            raise StopIteration
        self._record.append(line)
        self._chars += len(line)
        if self._chars > MAX_RECORD:
            raise _TooLong
        return line

    def _read(self) -> str:
        line = rest = self._text.readline(MAX_RECORD + 1)
        while len(line) > MAX_RECORD and rest and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(MAX_RECORD)  # too long by itself: what follows is of no use
        return line

    def start(self) -> int:
        """A new record begins; the number of its first line."""
        self._line += len(self._record)
        self._record, self._chars = [], 0
        return self._line + 1

    def give_back(self) -> str:
        """Read the lines of this record again, all but the first, which is returned."""
        self._back.extendleft(reversed(self._record[1:]))
        del self._record[1:]
        return self._record[0]


def _records(lines: _Lines, delimiter: str, encoding: _Encoding) -> Iterator[tuple[int, Sequence[object]] | BadRow]:
    """Numbered records. One whose quotation marks do not match is reported, and reading goes on at the line after it begins."""
    csv.field_size_limit(MAX_RECORD)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.start()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_TooLong, csv.Error) as error:
            yield _bad(line, lines.give_back(), error)
            continue
        if encoding.damaged and (wrong := re.search(r"[\udc80-\udcff]", "".join(cells))):
            byte = f"byte 0x{ord(wrong.group()) - 0xDC00:02x}"
            yield BadRow(line, f"is not {encoding.name} text ({byte})", "save the file as UTF-8", byte)
            continue
        yield line, cells


def _bad(line: int, first: str, error: Exception) -> BadRow:
    value = first[:80].rstrip().encode("utf-8", "replace").decode()
    if isinstance(error, _TooLong) and len(first) > MAX_RECORD:
        return BadRow(line, f"is longer than {MAX_RECORD:,} characters", "shorten the text", value)
    reason = "has a quotation mark without its pair"
    return BadRow(line, reason, 'put a cell that holds " between quotation marks and write "" inside', value)
