"""All that goes into a snapshot, written into a folder and opened again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from search.directory import CAPABILITIES, MEMBERS, PASSAGES
from search.encoder import EncoderInfo
from search.errors import SnapshotRefused, StoreError
from search.files import sha256_of
from search.lexical import LexicalIndex
from search.manifest import LanguageRows, Manifest
from search.snapshot import LEXICAL, VECTORS, Snapshot
from search.types import FACETS
from search.vectors import FaissVectors

from .capabilities import Split
from .changes import Roster, write_fingerprints
from .embedding import Embedded
from .merges import Merge, write_merges
from .progress import Progress

__all__ = ["Contents", "snapshot_id", "write_snapshot"]


@dataclass(frozen=True, slots=True)
class Contents:
    """All that goes into a snapshot: members and vectors, and what they came from.

    `roster` is that of the members, `content` its digest, `rejects` how many lines of the sources were not used.
    """

    created: datetime
    content: str
    split: Split
    embedded: Embedded
    roster: Roster
    merges: Sequence[Merge]
    encoder: EncoderInfo
    sources: Mapping[str, str]
    rejects: int


def snapshot_id(created: datetime, content: str) -> str:
    """Ids in order of time."""
    return f"{created:%Y%m%dT%H%M%S%fZ}-{content[:8]}"


def write_snapshot(folder: Path, contents: Contents, progress: Progress) -> Snapshot:
    """Fill `folder`, the manifest last, and open it with the reader that the service uses.

    Raises OSError, or StoreError where what was written cannot be opened.
    """
    split = contents.split
    progress.step("Writing the snapshot")
    try:
        _write_tables(folder, split)
        FaissVectors.build(contents.embedded.vectors).save(folder / VECTORS)
        LexicalIndex.build([passage.text for passage in split.passages]).save(folder / LEXICAL)
    except RuntimeError as error:  # how FAISS says that it cannot write
        raise OSError(f"the indexes cannot be written ({str(error).splitlines()[0]})") from error
    write_fingerprints(folder, contents.roster)
    write_merges(folder, contents.merges)
    files = {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    Manifest(
        snapshot=snapshot_id(contents.created, contents.content),
        created=contents.created.isoformat(timespec="seconds"),
        content=contents.content,
        encoder=contents.encoder,
        counts={
            "members": len(split.members),
            "capabilities": len(split.capabilities),
            "passages": len(split.passages),
            "merged": len(contents.merges),
            "rejects": contents.rejects,
        },
        languages=_language_rows(split),
        query_means={
            code: tuple(round(float(x), 6) for x in mean) for code, mean in contents.embedded.means.query.items()
        },
        sources=dict(contents.sources),
        files=files,
    ).write(folder)
    progress.step("Verifying the snapshot")
    try:
        return Snapshot.open(folder)
    except SnapshotRefused as error:
        raise StoreError(
            f"the snapshot just written cannot be opened ({error}); nothing was published; check the disk, then index again"
        ) from error


def _language_rows(split: Split) -> tuple[LanguageRows, ...]:
    languages = [passage.language for passage in split.passages]
    return tuple(
        LanguageRows(code, languages.index(code), languages.index(code) + languages.count(code))
        for code in dict.fromkeys(languages)
    )


def _write_tables(folder: Path, split: Split) -> None:
    strings = pa.list_(pa.string())
    facets = {name: pa.array([list(member.facet(name)) for member in split.members], strings) for name in FACETS}
    _write(folder / MEMBERS, {
        "id": pa.array([m.id for m in split.members], pa.string()),
        "name": pa.array([m.name for m in split.members], pa.string()),
        **facets,
        "city": pa.array([m.city for m in split.members], pa.string()),
        "employees": pa.array([m.employees for m in split.members], pa.int64()),
        "website": pa.array([m.website for m in split.members], pa.string()),
        "updated": pa.array([m.updated for m in split.members], pa.string()),
        "descriptions": pa.array([_json(m.descriptions) for m in split.members], pa.string()),
        "extra": pa.array([_json(m.extra) for m in split.members], pa.string()),
    })  # fmt: skip
    _write(folder / CAPABILITIES, {
        "member": pa.array([c.member for c in split.capabilities], pa.int32()),
        "passage": pa.array([c.passage for c in split.capabilities], pa.int32()),
        "description": pa.array([c.description for c in split.capabilities], pa.string()),
        "start": pa.array([c.start for c in split.capabilities], pa.int32()),
    })  # fmt: skip
    _write(folder / PASSAGES, {
        "language": pa.array([p.language for p in split.passages], pa.string()),
        "text": pa.array([p.text for p in split.passages], pa.string()),
    })  # fmt: skip


def _write(path: Path, columns: dict[str, pa.Array]) -> None:
    pq.write_table(pa.table(columns), path, compression="zstd")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
