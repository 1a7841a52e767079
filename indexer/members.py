"""Read and validate members from files of any known format."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.errors import SourceError
from search.types import Member

from .progress import Progress, Silent, counted
from .sources.files import find_files
from .sources.mapping import read_mapping
from .sources.reading import Places, Source, open_source, unique
from .sources.record import MAX_DESCRIPTION_CHARS, UNKNOWN_LANGUAGE
from .sources.rejects import Reject

__all__ = ["MAX_DESCRIPTION_CHARS", "UNKNOWN_LANGUAGE", "Members", "Reject", "read_members"]


@dataclass(frozen=True, slots=True)
class Members:
    """What the sources held: valid members in order of id, rejected rows, SHA-256 of each file by its name.

    `rows` counts the rows read, blank ones not; each is a member or a reject.
    """

    members: tuple[Member, ...]
    rejects: tuple[Reject, ...]
    sources: dict[str, str]
    rows: int


def read_members(paths: Sequence[Path], mapping: Path | None = None, progress: Progress | None = None) -> Members:
    """Read files, and all of known formats in folders; a bad row is rejected and the rest goes on.

    The mapping given is used for all of them, else the one that lies beside each.
    Raises SourceError where a file cannot be read, changes meanwhile, does not fit its mapping or holds no valid member at all.
    """
    progress = progress or Silent()
    given = None if mapping is None else read_mapping(mapping)
    members: dict[str, Member] = {}
    rejects: list[Reject] = []
    sources: dict[str, str] = {}
    places: Places = {}
    progress.step("Reading members")
    for path in find_files(paths):
        valid, rejected = len(members), len(rejects)
        with open_source(path, given) as source:
            for found in counted(unique(source, places), progress):
                if isinstance(found, Reject):
                    rejects.append(found)
                else:
                    members[found.member.id] = found.member
        if len(members) == valid:
            raise SourceError(_nothing_valid(source, rejects[rejected:]))
        sources[source.name] = source.digest
    ordered = tuple(members[id] for id in sorted(members))
    return Members(ordered, tuple(rejects), sources, len(members) + len(rejects))


def _nothing_valid(source: Source, rejects: list[Reject]) -> str:
    row = "JSON Lines, one member a line" if source.about == "JSON Lines" else "one member a row"
    expected = f"expected {row} with id, name and descriptions"
    if not rejects:
        return f"{source.name} is empty; {expected}"
    lines = f"{len(rejects)} line{'s' if len(rejects) > 1 else ''}"
    return f"{source.name} has no valid member in {lines} (first: {rejects[0]}); {expected}"
