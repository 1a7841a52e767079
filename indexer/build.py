"""All that goes into a snapshot, written into a folder and opened again."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from search.directory import CAPABILITIES, MEMBERS
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
from .merges import write_merges
from .merging import Merge
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
        progress.step("Indexing words")
        LexicalIndex.build(passage.text for passage in split.passages).save(folder / LEXICAL)
        progress.step("Indexing vectors")
        languages = _language_rows(split)
        blocks = [range(rows.start, rows.stop) for rows in languages]
        FaissVectors.build(contents.embedded.vectors, blocks).save(folder / VECTORS)
    except RuntimeError as error:  # how FAISS says that it cannot write
        raise OSError(f"the indexes cannot be written ({str(error).splitlines()[0]})") from error
    progress.step("Taking checksums")
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
        languages=languages,
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
    rows, start = [], 0
    for code, count in Counter(passage.language for passage in split.passages).items():
        rows.append(LanguageRows(code, start, start + count))
        start += count
    return tuple(rows)


def _write_tables(folder: Path, split: Split) -> None:
    text = pa.large_string()
    facets = {name: _facet([member.facet(name) for member in split.members]) for name in FACETS}
    _write(folder / MEMBERS, {
        "id": pa.array([m.id for m in split.members], text),
        "name": pa.array([m.name for m in split.members], text),
        **facets,
        "city": pa.array([m.city for m in split.members], text),
        "employees": pa.array([m.employees for m in split.members], pa.int64()),
        "website": pa.array([m.website for m in split.members], text),
        "updated": pa.array([m.updated for m in split.members], text),
        "descriptions": pa.array([_json(m.descriptions) for m in split.members], text),
        "extra": pa.array([_json(m.extra) for m in split.members], text),
    })  # fmt: skip
    descriptions = pa.array([c.description for c in split.capabilities], pa.string())
    _write(folder / CAPABILITIES, {
        "member": pa.array([c.member for c in split.capabilities], pa.int32()),
        "passage": pa.array([c.passage for c in split.capabilities], pa.int32()),
        "description": descriptions.dictionary_encode(),
        "start": pa.array([c.start for c in split.capabilities], pa.int32()),
        "end": pa.array([c.end for c in split.capabilities], pa.int32()),
    })  # fmt: skip


def _facet(values: Sequence[tuple[str, ...]]) -> pa.ListArray:
    """Values by member, as codes into the distinct ones."""
    lengths = np.array([len(own) for own in values], np.int32)
    codes = pa.array([value for own in values for value in own], pa.string()).dictionary_encode()
    return pa.ListArray.from_arrays(pa.array(np.append(0, np.cumsum(lengths)), pa.int32()), codes)


def _write(path: Path, columns: dict[str, pa.Array]) -> None:
    """One record batch, not compressed: it is read where it lies on the disk."""
    batch = pa.record_batch(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
