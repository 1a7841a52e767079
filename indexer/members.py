"""Read and validate members from files of any known format."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.errors import SourceError
from search.types import Member

from .progress import Progress, Silent
from .sources.files import find_files
from .sources.mapping import read_mapping
from .sources.reading import Source, open_source
from .sources.record import MAX_DESCRIPTION_CHARS, UNKNOWN_LANGUAGE
from .sources.rejects import Reject

__all__ = ["MAX_DESCRIPTION_CHARS", "UNKNOWN_LANGUAGE", "Members", "Reject", "read_members"]

ROWS_A_REPORT = 1_000


@dataclass(frozen=True, slots=True)
class Members:
    """What the sources held: valid members in order of id, rejected rows, SHA-256 of each file by its name.

    `rows` counts the rows read, blank ones not; each is a member or a reject.
    """

    members: tuple[Member, ...]
    rejects: tuple[Reject, ...]
    sources: dict[str, str]
    rows: int


class _Gathered:
    """Members by id so far, and where each stands."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.rejects: list[Reject] = []
        self.sources: dict[str, str] = {}
        self.rows = 0
        self._places: dict[str, tuple[str, int]] = {}

    def add(self, source: Source, progress: Progress) -> None:
        """Read a source to its end. Raises SourceError where it holds no valid member."""
        members, rejects, rows = len(self.members), len(self.rejects), self.rows
        for found in source.found:
            self.rows += 1
            if self.rows % ROWS_A_REPORT == 0:
                progress.advance(ROWS_A_REPORT)
            if isinstance(found, Reject):
                self.rejects.append(found)
                continue
            id = found.member.id
            if id in self._places:
                where, line = self._places[id]
                reason = f"{id!r} was already used at {where}:{line}; ids must be unique"
                advice = "leave one of the two out, or set id_prefix in the mapping of one source"
                self.rejects.append(Reject(source.name, found.line, "id", reason, id, advice))
                continue
            self.members[id] = found.member
            self._places[id] = (source.name, found.line)
        progress.advance((self.rows % ROWS_A_REPORT) - (rows % ROWS_A_REPORT))
        if len(self.members) == members:
            raise SourceError(_nothing_valid(source, self.rejects[rejects:]))
        self.sources[source.name] = source.digest


def read_members(paths: Sequence[Path], mapping: Path | None = None, progress: Progress | None = None) -> Members:
    """Read files, and all of known formats in folders; a bad row is rejected and the rest goes on.

    The mapping given is used for all of them, else the one that lies beside each.
    Raises SourceError where a file cannot be read, changes meanwhile, does not fit its mapping or holds no valid member at all.
    """
    progress = progress or Silent()
    given = None if mapping is None else read_mapping(mapping)
    gathered = _Gathered()
    for path in find_files(paths):
        progress.step(f"Reading {path.name}")
        with open_source(path, given) as source:
            gathered.add(source, progress)
    members = tuple(gathered.members[id] for id in sorted(gathered.members))
    return Members(members, tuple(gathered.rejects), gathered.sources, gathered.rows)


def _nothing_valid(source: Source, rejects: list[Reject]) -> str:
    row = "JSON Lines, one member a line" if source.about == "JSON Lines" else "one member a row"
    expected = f"expected {row} with id, name and descriptions"
    if not rejects:
        return f"{source.name} is empty; {expected}"
    lines = f"{len(rejects)} line{'s' if len(rejects) > 1 else ''}"
    return f"{source.name} has no valid member in {lines} (first: {rejects[0]}); {expected}"
