"""A published snapshot, opened for reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .directory import Directory
from .errors import SnapshotRefused
from .lexical import LexicalIndex
from .manifest import LanguageRows, Manifest
from .vectors import FaissVectors, VectorIndex

__all__ = ["LEXICAL", "VECTORS", "LanguageBlock", "Snapshot"]

VECTORS, LEXICAL = "vectors.faiss", "lexical"
SAMPLE = 2_000
"""Passages by language that estimate how scores of a query spread over the whole collection."""
COMMON, COMMON_AT_LEAST = 0.1, 10
"""Share of a language's passages, and number of them, beyond which a word is common: "nous", "with"."""


@dataclass(frozen=True, slots=True)
class LanguageBlock:
    """The passages of one language: rows `rows` of the index, with an evenly spaced sample of them.

    sample: row numbers, int64; sample_vectors: shape (len(sample), dim + 1), float32, as indexed (not unit rows).
    """

    language: str
    rows: range
    sample: NDArray[np.int64]
    sample_vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the searcher needs of a snapshot: who the members are, their vectors, their words."""

    manifest: Manifest
    directory: Directory
    vectors: VectorIndex
    lexical: LexicalIndex
    blocks: Sequence[LanguageBlock]

    def is_common(self, word: str, language: str) -> bool:
        """Whether a folded word is so frequent among the passages of a language that it says nothing."""
        return any(
            block.language == language
            and self.lexical.passages_with(word, block.rows) > max(COMMON * len(block.rows), COMMON_AT_LEAST)
            for block in self.blocks
        )

    @classmethod
    def open(cls, folder: Path, verify: bool = True) -> "Snapshot":
        """Open the snapshot in `folder`; `verify` recomputes the checksum of every file first.

        Raises SnapshotRefused where it is incomplete, damaged or of another format version.
        """
        manifest = Manifest.read(folder)
        if verify:
            manifest.verify(folder)
        try:
            directory = Directory(folder)
            vectors = FaissVectors.load(folder / VECTORS)
            lexical = LexicalIndex.load(folder / LEXICAL, manifest.counts["passages"])
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise SnapshotRefused(f"cannot open snapshot {folder}: {error}; index again or roll back") from error
        expected = (manifest.counts["passages"], manifest.encoder.dimension + 1)
        if vectors.shape != expected:
            raise SnapshotRefused(
                f"snapshot {folder} has vectors of shape {vectors.shape}, its manifest says {expected}; index again or roll back"
            )
        return cls(manifest, directory, vectors, lexical, [_block(vectors, rows) for rows in manifest.languages])


def _block(vectors: VectorIndex, rows: LanguageRows) -> LanguageBlock:
    count = min(SAMPLE, rows.stop - rows.start)
    sample = np.linspace(rows.start, rows.stop - 1, count).astype(np.int64)
    return LanguageBlock(rows.language, range(rows.start, rows.stop), sample, vectors.rows(sample))
