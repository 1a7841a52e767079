"""One source from its bytes to members and rejects, row by row."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from search.types import Member

from .delimited import read_delimited
from .files import format_of, source_name, unchanged
from .jsonfiles import read_json, read_json_lines
from .mapping import SourceMapping, mapping_for
from .parquet import read_parquet
from .record import BadRecord, member_of
from .rejects import Reject
from .rows import BadRow, Table
from .shaping import Shaper
from .spreadsheet import read_spreadsheet

__all__ = ["Found", "Places", "Source", "open_source", "unique"]

Places = dict[str, tuple[str, int]]
"""Source and line of each id that was read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A valid member and the line it stands at."""

    line: int
    member: Member


@dataclass(frozen=True, slots=True)
class Source:
    """An opened source: how it is read, the SHA-256 of its bytes, the mapping used, and what its rows hold."""

    name: str
    about: str
    digest: str
    mapping: SourceMapping | None
    found: Iterator[Found | Reject]
    shaper: Shaper


@contextmanager
def open_source(path: Path, mapping: SourceMapping | None) -> Iterator[Source]:
    """Open a file of any known format; without a mapping, the one that lies beside it is used.

    Raises SourceError, also on leaving, where it cannot be read, does not fit the mapping, or changed meanwhile.
    """
    with unchanged(path) as digest, ExitStack() as stack:
        chosen = mapping or mapping_for(path)
        table = _table(path, chosen, stack)
        name = source_name(path)
        shaper = Shaper(name, chosen, table.columns)
        yield Source(name, table.about, digest, chosen, _found(table, shaper, name), shaper)


def _table(path: Path, mapping: SourceMapping | None, stack: ExitStack) -> Table:
    settings = mapping or SourceMapping()
    match format_of(path):
        case ".csv" | ".tsv":
            return read_delimited(path, stack, settings.delimiter, settings.encoding, settings.header)
        case ".xlsx":
            return read_spreadsheet(path, stack, settings.sheet, settings.header)
        case ".parquet":
            return read_parquet(path, stack)
        case ".json":
            return read_json(path, stack, settings.records)
        case _:
            return read_json_lines(path, stack)


def _found(table: Table, shaper: Shaper, name: str) -> Iterator[Found | Reject]:
    for row in table.rows:
        if isinstance(row, BadRow):
            yield Reject(name, row.line, "", row.reason, row.value, row.advice)
            continue
        try:
            yield Found(row.line, member_of(shaper.record(row)))
        except BadRecord as bad:
            yield Reject(name, row.line, bad.field, bad.reason, bad.value, bad.advice)
    shaper.finish()


def unique(source: Source, places: Places) -> Iterator[Found | Reject]:
    """What a source holds; a member whose id is in `places` is rejected, any other is noted there."""
    for found in source.found:
        if isinstance(found, Reject):
            yield found
            continue
        id = found.member.id
        if id in places:
            where, line = places[id]
            reason = f"{id!r} was already used at {where}:{line}; ids must be unique"
            advice = "leave one of the two out, or set id_prefix in the mapping of one source"
            yield Reject(source.name, found.line, "id", reason, id, advice)
            continue
        places[id] = (source.name, found.line)
        yield found
