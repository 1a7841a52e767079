"""What would come of a source, without indexing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from search.types import Member

from ..progress import Progress, counted
from .files import find_files
from .mapping import read_mapping
from .reading import Places, open_source, unique
from .rejects import Reject

__all__ = ["Checked", "check_sources"]


@dataclass(frozen=True, slots=True)
class Checked:
    """How a source is read, its first members, the columns no part of a member comes from, and what is rejected of its rows."""

    source: str
    about: str
    mapping: Path | None
    first: tuple[Member, ...]
    unused: tuple[str, ...]
    rejects: tuple[Reject, ...]
    rows: int


def check_sources(paths: Sequence[Path], mapping: Path | None, shown: int, progress: Progress) -> Iterator[Checked]:
    """Read every file as indexing would; keep the first members of each. Raises SourceError as indexing would."""
    given = None if mapping is None else read_mapping(mapping)
    places: Places = {}
    for path in find_files(paths):
        progress.step(f"Reading {path.name}")
        first: list[Member] = []
        rejects: list[Reject] = []
        rows = 0
        with open_source(path, given) as source:
            for found in counted(unique(source, places), progress):
                rows += 1
                if isinstance(found, Reject):
                    rejects.append(found)
                elif len(first) < shown:
                    first.append(found.member)
        used = source.mapping.path if source.mapping else None
        yield Checked(source.name, source.about, used, tuple(first), source.shaper.unused(), tuple(rejects), rows)
