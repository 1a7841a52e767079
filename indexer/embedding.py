"""Passages to vectors: each distinct text embedded once, its language's mean subtracted, its paragraph mixed in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.encoder import Encoder
from search.language import LanguageMeans

from .capabilities import Passage
from .progress import Progress

__all__ = ["CROWDING_WEIGHT", "PARAGRAPH_WEIGHT", "Embedded", "embed"]

PARAGRAPH_WEIGHT = 0.6
"""Share of the whole paragraph in a passage's vector; a sentence alone often does not say what it is about."""
CROWDING_WEIGHT = 0.8
"""Weight of a passage's crowding in what is subtracted from its scores."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """vectors: shape (n_passages, dim + 1), float32, not unit rows; the inner product with a centred query that ends in 1 is the mean of the
    cosines with passage and paragraph, weighted, less the passage's crowding. `means` are those subtracted. `texts` counts the distinct
    texts embedded."""

    vectors: NDArray[np.float32]
    means: LanguageMeans
    texts: int


def embed(passages: Sequence[Passage], encoder: Encoder, progress: Progress) -> Embedded:
    """Embed passages and their paragraphs, centre both by language, and mix them."""
    rows: dict[tuple[str, str], int] = {}
    for passage in passages:
        rows.setdefault((passage.language, passage.text), len(rows))
        rows.setdefault((passage.language, passage.paragraph), len(rows))
    languages = [language for language, _ in rows]
    texts = list(dict.fromkeys(text for _, text in rows))
    progress.step("Embedding texts", len(texts))
    unique = dict(zip(texts, encoder.encode_passages(texts, progress.advance), strict=True))
    vectors = np.stack([unique[text] for _, text in rows])

    means = encoder.means.shrunk_towards(vectors, languages)
    centred = means.centre_passages(vectors, languages)
    own = centred[[rows[passage.language, passage.text] for passage in passages]]
    paragraph = centred[[rows[passage.language, passage.paragraph] for passage in passages]]
    mixed = np.asarray(PARAGRAPH_WEIGHT * paragraph + (1 - PARAGRAPH_WEIGHT) * own, np.float32)
    crowding = -CROWDING_WEIGHT * encoder.solved.crowding(mixed)
    return Embedded(np.column_stack([mixed, crowding]), means, len(texts))
