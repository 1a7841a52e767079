"""The pipeline: members files to a published snapshot."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from search.directory import CAPABILITIES, MEMBERS, PASSAGES
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
        FaissVectors.build(embedded.vectors).save(folder / VECTORS)
        LexicalIndex.build([passage.text for passage in split.passages]).save(folder / LEXICAL)
        files = {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}
        Manifest(
            snapshot=snapshot,
            created=created.isoformat(timespec="seconds"),
            encoder=encoder.info,
            counts=counts,
            languages=_language_rows(split),
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
