"""The pipeline: members files to a published snapshot."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from search.directory import CAPABILITIES, MEMBERS
from search.encoder import Encoder
from search.files import sha256_of
from search.lexical import LexicalIndex
from search.manifest import LanguageRows, Manifest
from search.snapshot import LEXICAL, VECTORS, Snapshot
from search.store import Store
from search.types import FACETS
from search.vectors import FaissVectors

from .capabilities import Split, split_members
from .embedding import embed
from .members import Members, Reject
from .progress import Progress, Silent
from .publish import publish

__all__ = ["BuildReport", "build_snapshot"]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a run did: the snapshot it published, how much is in it, and the lines it could not use."""

    snapshot: str
    counts: dict[str, int]
    rejects: tuple[Reject, ...]


def build_snapshot(read: Members, store: Store, encoder: Encoder, progress: Progress | None = None) -> BuildReport:
    """Split, embed, write, reopen and publish. The store must be locked by the caller (`publish.locked`)."""
    progress = progress or Silent()
    progress.step("Splitting descriptions")
    split = split_members(read.members)
    embedded = embed(split.passages, encoder, progress)
    created = datetime.now(UTC)
    snapshot = f"{created:%Y%m%dT%H%M%S%fZ}-{_content_digest(read, encoder)[:8]}"
    counts = {
        "members": len(split.members),
        "capabilities": len(split.capabilities),
        "passages": len(split.passages),
        "texts_embedded": embedded.texts,
        "rejects": len(read.rejects),
    }

    def write(folder: Path) -> None:
        progress.step("Writing the snapshot")
        _write_tables(folder, split)
        languages = _language_rows(split)
        blocks = [range(rows.start, rows.stop) for rows in languages]
        FaissVectors.build(embedded.vectors, blocks).save(folder / VECTORS)
        LexicalIndex.build(passage.text for passage in split.passages).save(folder / LEXICAL)
        files = {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}
        Manifest(
            snapshot=snapshot,
            created=created.isoformat(timespec="seconds"),
            encoder=encoder.info,
            counts=counts,
            languages=languages,
            query_means={code: tuple(round(float(x), 6) for x in mean) for code, mean in embedded.means.query.items()},
            sources=read.sources,
            files=files,
        ).write(folder)
        progress.step("Verifying the snapshot")
        Snapshot.open(folder)

    publish(store, snapshot, write)
    return BuildReport(snapshot, counts, read.rejects)


def _content_digest(read: Members, encoder: Encoder) -> str:
    return hashlib.sha256(json.dumps([sorted(read.sources.values()), encoder.info.digest]).encode()).hexdigest()


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
