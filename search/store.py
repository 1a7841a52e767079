"""The store: the folder that holds snapshots, prepared encoders and the pointer CURRENT.

STORE/CURRENT                 the id of the snapshot in use
STORE/snapshots/ID/           one folder a snapshot, never edited
STORE/encoders/DIGEST/        the encoders those snapshots were made with, ready to run
STORE/runs/RUN/               the report of each run of the indexer, and what it rejected
STORE/embeddings.sqlite       vectors of texts embedded before; safe to delete
"""

from dataclasses import dataclass
from pathlib import Path

from .errors import StoreNotFound

__all__ = ["Store"]


@dataclass(frozen=True, slots=True)
class Store:
    """Paths of a store, and what is in it. Reading only; `indexer.publish` writes."""

    path: Path

    @property
    def current_file(self) -> Path:
        """The pointer to the snapshot in use."""
        return self.path / "CURRENT"

    def snapshot_path(self, snapshot: str) -> Path:
        """Folder of the snapshot with this id."""
        return self.path / "snapshots" / snapshot

    def encoder_path(self, digest: str) -> Path:
        """Folder of the prepared encoder with this digest."""
        return self.path / "encoders" / digest[:16]

    def run_path(self, run: str) -> Path:
        """Folder of the report of the run with this id."""
        return self.path / "runs" / run

    @property
    def embeddings_file(self) -> Path:
        """The cache of vectors that snapshots share."""
        return self.path / "embeddings.sqlite"

    def snapshots(self) -> list[str]:
        """Ids of all published snapshots, oldest first."""
        return _folders(self.path / "snapshots")

    def runs(self) -> list[str]:
        """Ids of the runs that left a report, oldest first."""
        return _folders(self.path / "runs")

    def pointer(self) -> str:
        """What CURRENT says; empty where it is missing or cannot be read."""
        try:
            return self.current_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def current(self) -> str:
        """The id in CURRENT. Raises StoreNotFound where there is no store, nothing was published, or CURRENT names nothing."""
        if not self.path.is_dir():
            raise StoreNotFound(
                f"no store at {self.path}; build one with `passerelle index SOURCE --store {self.path}`"
            )
        if not self.snapshots():
            raise StoreNotFound(f"nothing published in {self.path}; run `passerelle index SOURCE --store {self.path}`")
        snapshot = self.pointer()
        if snapshot not in self.snapshots():
            raise StoreNotFound(
                f"{self.current_file} names {snapshot!r}, which is no snapshot of the store (or cannot be read); "
                f"`passerelle rollback --store {self.path}` makes the newest one current"
            )
        return snapshot


def _folders(parent: Path) -> list[str]:
    if not parent.is_dir():
        return []
    return sorted(path.name for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))
