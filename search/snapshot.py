"""A published snapshot, opened for reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .directory import Directory
from .eager import EagerScores
from .errors import SnapshotRefused
from .lexical import LexicalIndex, LexicalQuery
from .manifest import Manifest
from .vectors import FaissVectors, VectorIndex
from .words import with_translations

__all__ = ["LEXICAL", "VECTORS", "LanguageBlock", "Sample", "Snapshot"]

VECTORS, LEXICAL = "vectors", "lexical"
SAMPLE = 2_000
"""Passages by language that estimate how scores of a query spread over the whole collection."""
COMMON, COMMON_AT_LEAST = 0.1, 10
"""Share of a language's passages, and number of them, beyond which a word is common: "nous", "with"."""


@dataclass(frozen=True, slots=True)
class LanguageBlock:
    """The passages of one language: rows `rows` of the index, places `sampled` of the sample."""

    language: str
    rows: range
    sampled: slice

    @property
    def is_whole(self) -> bool:
        """Whether the sample has the whole block."""
        return bool(self.sampled.stop - self.sampled.start == len(self.rows))


@dataclass(frozen=True, slots=True)
class Sample:
    """Passages evenly spaced within each language, all where they are few, one language after the other.

    vectors: shape (n, dim + 1), float32, as indexed (not unit rows); words: what those of each language score.
    """

    vectors: NDArray[np.float32]
    words: Sequence[EagerScores]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the searcher needs of a snapshot: who the members are, their vectors, their words."""

    manifest: Manifest
    directory: Directory
    vectors: VectorIndex
    lexical: LexicalIndex
    blocks: Sequence[LanguageBlock]
    sample: Sample

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

    def words_of(self, topic: str, language: str) -> dict[str, LexicalQuery]:
        """The words of a topic in `language`, as sought in the passages of each language: there with their translations."""
        texts = {block.language: with_translations(topic, language, block.language) for block in self.blocks}
        queries = {text: self.lexical.query(text) for text in dict.fromkeys(texts.values())}
        return {code: queries[text] for code, text in texts.items()}

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
        spaced = [np.linspace(own.start, own.stop - 1, min(SAMPLE, len(own))).astype(np.int64) for own in rows]
        ends = np.cumsum([len(own) for own in spaced]).tolist()
        places = [slice(end - len(own), end) for own, end in zip(spaced, ends, strict=True)]
        blocks = [LanguageBlock(*block) for block in zip(codes, rows, places, strict=True)]
        sample = Sample(vectors.rows(np.concatenate(spaced)), [EagerScores.of(lexical, own) for own in spaced])
        return cls(manifest, directory, vectors, lexical, blocks, sample)
