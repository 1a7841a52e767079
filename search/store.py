"""The store: the folder that holds snapshots, prepared encoders and the pointer CURRENT.

STORE/CURRENT                 the id of the snapshot in use
STORE/snapshots/ID/           one folder a snapshot, never edited
STORE/encoders/DIGEST/        the encoders those snapshots were made with, ready to run
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

    def snapshots(self) -> list[str]:
        """Ids of all published snapshots, oldest first."""
        folder = self.path / "snapshots"
        return (
            sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
            if folder.is_dir()
            else []
        )

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
