"""The manifest: what a snapshot is, and the checksums that tell whether it is whole."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .encoder import EncoderInfo
from .errors import SnapshotRefused
from .files import sha256_of

__all__ = ["SNAPSHOT_FORMAT", "LanguageRows", "Manifest"]

SNAPSHOT_FORMAT = 5
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class LanguageRows:
    """Passages are stored by language: those of `language` are rows `start` to `stop` of the index."""

    language: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a snapshot that is not in its data files.

    `files` maps each file (path within the snapshot) to its SHA-256, `sources` each members file read to its own. `content` is a digest
    of the members and of what made an index of them: where it is equal, building again would change nothing.
    `query_means` maps each language a topic may be in to the vector subtracted from it: `encoder.dimension` floats.
    """

    snapshot: str
    created: str
    content: str
    encoder: EncoderInfo
    counts: dict[str, int]
    languages: tuple[LanguageRows, ...]
    query_means: dict[str, tuple[float, ...]] = field(repr=False)
    sources: dict[str, str]
    files: dict[str, str] = field(repr=False)

    def write(self, folder: Path) -> None:
        """Write manifest.json; the last file of a snapshot to be written."""
        (folder / MANIFEST).write_text(
            json.dumps({"format": SNAPSHOT_FORMAT, **asdict(self)}, indent=1, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read manifest.json. Raises SnapshotRefused where it is missing, unreadable or of another format."""
        try:
            stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise SnapshotRefused(
                f"{folder} has no {MANIFEST}: it is not a whole snapshot; index again or roll back"
            ) from error
        except (OSError, ValueError) as error:
            raise SnapshotRefused(f"cannot read {folder / MANIFEST} ({error}); index again or roll back") from error
        found = stored.pop("format", None) if isinstance(stored, dict) else None
        if found != SNAPSHOT_FORMAT:
            raise SnapshotRefused(
                f"{folder} has snapshot format {found}, this version reads {SNAPSHOT_FORMAT}; index again to rebuild it"
            )
        try:
            return cls(
                **{
                    **stored,
                    "encoder": EncoderInfo(**stored["encoder"]),
                    "languages": tuple(LanguageRows(**rows) for rows in stored["languages"]),
                }
            )
        except (KeyError, TypeError) as error:
            raise SnapshotRefused(f"{folder / MANIFEST} is damaged: {error}; index again or roll back") from error

    def verify(self, folder: Path) -> None:
        """Recompute every checksum. Raises SnapshotRefused naming the first file that is missing or differs."""
        files = [folder / name for name in self.files]
        with ThreadPoolExecutor() as pool:
            digests = pool.map(lambda file: sha256_of(file) if file.is_file() else "no such file", files)
        for file, found, expected in zip(files, digests, self.files.values(), strict=True):
            if found != expected:
                raise SnapshotRefused(
                    f"snapshot damaged: {file} has SHA-256 {found[:16]}, expected {expected[:16]}; index again or roll back"
                )
