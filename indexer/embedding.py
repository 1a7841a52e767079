"""Passages to vectors: each distinct text embedded once, its language's mean subtracted, its paragraph and its writer's sectors mixed in."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.encoder import Encoder
from search.language import LanguageMeans, unit_rows
from search.threads import ONE_THREAD

from .cache import EmbeddingCache
from .capabilities import Passage
from .progress import Progress

__all__ = ["CONTEXT_WEIGHT", "CROWDING_WEIGHT", "SECTORS_WEIGHT", "Embedded", "embed"]

CONTEXT_WEIGHT = 0.6
"""Share of what a passage stands in, its paragraph and its writer's sectors, in its vector; a sentence alone often does not say what it is
about."""
SECTORS_WEIGHT = 1 / 3
"""Share of the sectors in that, where the writer names some."""
CROWDING_WEIGHT = 0.8
"""Weight of a passage's crowding in what is subtracted from its scores."""
NONE = -1
"""Row of the sectors of who names none."""
SECTORS = "sectors"
"""What stands for the language of lists of sectors: too short to tell it, and mostly the same words in all."""
BATCH = 1_024
"""Texts embedded between two writes to the cache: what a killed run loses at most, some seconds of work."""
CHUNK = 2_000
"""Passages mixed at once: what fits the processor's caches."""

Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Embedded:
    """vectors: shape (n_passages, dim + 1), float32, not unit rows; the inner product with a centred query that ends in 1 is that with the mix
    of passage, paragraph and sectors, moved towards known answers, less the passage's crowding. `means` are those subtracted. `texts` counts
    the distinct texts, `cached` those whose vectors were found in the cache."""

    vectors: Vectors
    means: LanguageMeans
    texts: int
    cached: int


def embed(
    passages: Sequence[Passage], encoder: Encoder, progress: Progress, cache: EmbeddingCache | None = None
) -> Embedded:
    """Embed passages, their paragraphs and sectors, centre the first two by language, mix them and expand the mix."""
    texts: dict[str, int] = {}
    own, paragraph, sectors = np.full((3, len(passages)), NONE)
    for i, passage in enumerate(passages):
        own[i] = texts.setdefault(passage.text, len(texts))
        paragraph[i] = texts.setdefault(passage.paragraph, len(texts))
        if passage.sectors:
            sectors[i] = texts.setdefault(passage.sectors, len(texts))
    vectors, cached = _embed_texts(list(texts), encoder, progress, cache)
    progress.step("Subtracting what languages have in common", len(passages))
    codes = np.array([passage.language for passage in passages])
    sums = _sums_by_language(codes, own, paragraph, vectors)
    means = encoder.means.shrunk_towards(sums)
    of_sectors = _mean_of_sectors(sectors, vectors, encoder.means)

    mixed = np.empty((len(passages), encoder.info.dimension + 1), np.float32)

    def mix(start: int) -> int:
        part = slice(start, start + CHUNK)
        languages = codes[part].tolist()
        about, said = (means.centre_passages(_unit(vectors[row[part]]), languages) for row in (paragraph, own))
        known = np.flatnonzero(sectors[part] != NONE)
        field = unit_rows(_unit(vectors[sectors[part][known]]) - of_sectors)
        about[known] = unit_rows((1 - SECTORS_WEIGHT) * about[known] + SECTORS_WEIGHT * field)
        centred = encoder.solved.expand_passages(CONTEXT_WEIGHT * about + (1 - CONTEXT_WEIGHT) * said)
        mixed[part, :-1], mixed[part, -1] = centred, -CROWDING_WEIGHT * encoder.solved.crowding(centred)
        return len(languages)

    with ONE_THREAD, ThreadPoolExecutor() as pool:  # NumPy leaves Python to others while it computes
        for count in pool.map(mix, range(0, len(passages), CHUNK)):
            progress.advance(count)
    return Embedded(mixed, means, len(texts), cached)


def _sums_by_language(
    codes: NDArray[np.str_], own: NDArray[np.int64], paragraph: NDArray[np.int64], vectors: Halves
) -> dict[str, tuple[Vectors, int]]:
    """Sum of the vectors of the distinct texts of each language, and how many they are."""
    sums = {}
    for code in sorted(set(codes.tolist())):
        texts = np.unique(np.concatenate([own[codes == code], paragraph[codes == code]]))
        sums[code] = (_sum(texts, vectors), len(texts))
    return sums


def _mean_of_sectors(sectors: NDArray[np.int64], vectors: Halves, prior: LanguageMeans) -> Vectors:
    """Mean vector of the distinct lists of sectors, of whatever language: shape (dim,). Few are pulled towards the prior's means."""
    distinct = np.unique(sectors[sectors != NONE])
    return prior.shrunk_towards({SECTORS: (_sum(distinct, vectors), len(distinct))}).passage[SECTORS]


def _sum(texts: NDArray[np.int64], vectors: Halves) -> Vectors:
    """Sum of the unit vectors of these texts, a part at a time: shape (dim,)."""
    total = np.zeros(vectors.shape[1], np.float64)
    for start in range(0, len(texts), CHUNK):
        total += _unit(vectors[texts[start : start + CHUNK]]).sum(axis=0, dtype=np.float64)
    return total.astype(np.float32)


def _unit(halves: Halves) -> Vectors:
    return unit_rows(halves.astype(np.float32))


def _embed_texts(
    texts: Sequence[str], encoder: Encoder, progress: Progress, cache: EmbeddingCache | None
) -> tuple[Halves, int]:
    """Vectors of distinct texts, shape (n, dim), float16, and how many came from the cache.

    All go through 16 bits, as the cache keeps them: what is cached must not show in the result.
    """
    if cache is None:
        vectors, found = np.zeros((len(texts), encoder.info.dimension), np.float16), np.zeros(len(texts), np.bool_)
    else:
        progress.step("Looking up texts embedded before")
        vectors, found = cache.look_up(texts)
    missing = sorted(
        np.flatnonzero(~found).tolist(), key=lambda i: len(texts[i])
    )  # batches of like length are padded least
    progress.step("Embedding texts", len(missing))
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        fresh = [texts[i] for i in batch]
        vectors[batch] = encoder.encode_passages(fresh, progress.advance)
        if cache is not None:
            cache.put(fresh, vectors[batch])
    return vectors, len(texts) - len(missing)
