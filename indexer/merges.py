"""Which members a snapshot holds as one organisation, and why: STORE/snapshots/ID/merges.jsonl, one merge a line."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from search.errors import SnapshotRefused

from .merging import Merge

__all__ = ["read_merges", "write_merges"]

MERGES = "merges.jsonl"


_merge = TypeAdapter(Merge)


def write_merges(folder: Path, merges: Sequence[Merge]) -> None:
    """Write what was merged into the snapshot in `folder`."""
    with (folder / MERGES).open("wb") as file:
        file.writelines(_merge.dump_json(merge) + b"\n" for merge in merges)


def read_merges(folder: Path) -> tuple[Merge, ...]:
    """What was merged in the snapshot in `folder`. Raises SnapshotRefused where that cannot be read."""
    try:
        with (folder / MERGES).open("rb") as file:
            return tuple(_merge.validate_json(line) for line in file)
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a line is not a merge"
        raise SnapshotRefused(f"cannot read {folder / MERGES} ({reason}); index again or roll back") from error
