"""A published snapshot, opened for reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .directory import Directory
from .errors import SnapshotRefused
from .lexical import LexicalIndex
from .manifest import Manifest
from .ragged import Ragged
from .vectors import FaissVectors, VectorIndex

__all__ = ["LEXICAL", "VECTORS", "LanguageBlock", "Snapshot"]

VECTORS, LEXICAL = "vectors", "lexical"
SAMPLE = 2_000
"""Passages by language that estimate how scores of a query spread over the whole collection."""
COMMON, COMMON_AT_LEAST = 0.1, 10
"""Share of a language's passages, and number of them, beyond which a word is common: "nous", "with"."""


@dataclass(frozen=True, slots=True)
class LanguageBlock:
    """The passages of one language: rows `rows` of the index, with an evenly spaced sample of them, all where they are few.

    sample: row numbers, int64; sample_vectors: shape (len(sample), dim + 1), float32, as indexed (not unit rows); sample_words: the words of
    each, as in `LexicalIndex.passages`.
    """

    language: str
    rows: range
    sample: NDArray[np.int64]
    sample_vectors: NDArray[np.float32]
    sample_words: Ragged

    @property
    def is_whole(self) -> bool:
        """Whether the sample is the whole block."""
        return len(self.sample) == len(self.rows)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the searcher needs of a snapshot: who the members are, their vectors, their words."""

    manifest: Manifest
    directory: Directory
    vectors: VectorIndex
    lexical: LexicalIndex
    blocks: Sequence[LanguageBlock]

    def language_of(self, passage: int) -> str:
        """The language of the passage at a row number."""
        return next(block.language for block in self.blocks if passage in block.rows)

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
        rows = [range(block.start, block.stop) for block in manifest.languages]
        try:
            directory = Directory(folder, manifest.counts["passages"])
            vectors = FaissVectors.load(folder / VECTORS, rows)
            lexical = LexicalIndex.load(folder / LEXICAL)
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise SnapshotRefused(f"cannot open snapshot {folder}: {error}; index again or roll back") from error
        expected = (manifest.counts["passages"], manifest.encoder.dimension + 1)
        if vectors.shape != expected:
            raise SnapshotRefused(
                f"snapshot {folder} has vectors of shape {vectors.shape}, its manifest says {expected}; index again or roll back"
            )
        codes = [block.language for block in manifest.languages]
        blocks = [_block(code, own, vectors, lexical) for code, own in zip(codes, rows, strict=True)]
        return cls(manifest, directory, vectors, lexical, blocks)


def _block(language: str, rows: range, vectors: VectorIndex, lexical: LexicalIndex) -> LanguageBlock:
    sample = np.linspace(rows.start, rows.stop - 1, min(SAMPLE, len(rows))).astype(np.int64)
    return LanguageBlock(language, rows, sample, vectors.rows(sample), lexical.passages.take(sample))
