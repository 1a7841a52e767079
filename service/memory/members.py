"""Whether members that were kept are still in the directory, and under which id."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from indexer.merges import read_merges
from search import Searcher, SnapshotRefused, UnknownMember

from ..live import Live

__all__ = ["Directory", "Standing", "merged_ids"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member is today: in the directory under `id`, perhaps as part of another (merged), or gone; `name` as it is now or was."""

    state: Literal["here", "merged", "gone"]
    id: str
    name: str


class Directory:
    """The snapshot that answers now, asked about members by the ids they had."""

    def __init__(self, live: Live) -> None:
        self.searcher: Searcher = live.searcher
        store = live.store
        self._merged = {} if store is None else merged_ids(store.snapshot_path(self.searcher.manifest.snapshot))

    def standing(self, member_id: str, name: str) -> Standing:
        """Where a member is that had this id, and this name."""
        for state, now in (("here", member_id), ("merged", self._merged.get(member_id))):
            if now is not None and (found := self.name(now)) is not None:
                return Standing("here" if state == "here" else "merged", now, found)
        return Standing("gone", member_id, name)

    def name(self, member_id: str) -> str | None:
        """The name of the member with this id; None where there is none."""
        try:
            return self.searcher.member(member_id).name
        except UnknownMember:
            return None


@lru_cache(maxsize=4)
def merged_ids(folder: Path) -> Mapping[str, str]:
    """By id of a record that was merged, the id of the member it is part of in the snapshot in `folder`; none where that cannot be read."""
    try:
        return {merge.merged: merge.kept for merge in read_merges(folder)}
    except SnapshotRefused:
        return {}
