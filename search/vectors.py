"""The dense index: what the searcher asks of its vectors, over FAISS.

This is the seam for a vector database: whatever answers `candidates` and `rows` can stand in for it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

__all__ = ["EXACT_UP_TO", "FaissVectors", "VectorIndex"]

EXACT_UP_TO = 50_000
"""Passages of one language that are searched one by one; beyond, in the neighbourhood of the query. Chosen with docs/performance.md."""
PROBES = 256
"""Neighbourhoods searched; more under a filter, which thins them out."""
PROPOSED = 4
"""By how many times more rows are proposed than are asked for: codes of one bit a dimension place them only roughly."""
QUERY_BITS = 8
NARROW = 0.005
"""Share of a language's passages below which those that a filter lets through are compared one by one."""
TRAINED_ON = 50
"""Passages a neighbourhood that its centre is learnt from."""

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class VectorIndex(Protocol):
    """Vectors by row number, searched by inner product within a block of rows, those of one language."""

    def candidates(self, queries: Vectors, depth: int, block: range, allowed: Mask | None) -> Rows:
        """Rows of `block` that are among the `depth` best for any query, and allowed: ascending, int64.

        queries: shape (n_queries, dim), float32; allowed: shape (n_rows,), None for all rows. Every row that is allowed where there are no more than `depth`; in a large block a few of the best
        may be missed.
        """
        ...

    def rows(self, ids: Rows) -> Vectors:
        """The vectors at `ids`: shape (len(ids), dim), float32, as precisely as they are kept."""
        ...


class FaissVectors:
    """A FAISS index for each block: flat, exact, where it is small.

    A large one is an inverted file whose lists hold one bit a dimension (RaBitQ: Gao and Long 2024, "RaBitQ: Quantizing High-Dimensional
    Vectors with a Theoretical Error Bound") and finds candidates; beside it each vector is kept in eight bits a dimension.
    """

    def __init__(self, blocks: Sequence[range], indexes: Sequence[faiss.Index]) -> None:
        """blocks: consecutive, from row 0."""
        self._blocks = blocks
        self._indexes = indexes

    @classmethod
    def build(cls, vectors: Vectors, blocks: Sequence[range]) -> "FaissVectors":
        """vectors: shape (n, dim), float32."""
        return cls(blocks, [_index(vectors[block.start : block.stop]) for block in blocks])

    @classmethod
    def load(cls, folder: Path, blocks: Sequence[range]) -> "FaissVectors":
        """Open what `save` wrote, memory-mapped where it is large. Raises RuntimeError, ValueError where it holds other rows."""
        indexes = []
        for i, block in enumerate(blocks):
            # Where a file is mapped its floats are not aligned, and NumPy would copy them for every query.
            flags = faiss.IO_FLAG_MMAP_IFC if len(block) > EXACT_UP_TO else 0
            index = faiss.read_index(str(folder / f"{i}.faiss"), flags)
            indexes.append(index)
            if index.ntotal != len(block):
                raise ValueError(
                    f"{folder} has {index.ntotal:,} vectors for the {len(block):,} rows from {block.start:,}"
                )
        return cls(blocks, indexes)

    def save(self, folder: Path) -> None:
        """Write one file a block into `folder`, which is made."""
        folder.mkdir()
        for i, index in enumerate(self._indexes):
            faiss.write_index(index, str(folder / f"{i}.faiss"))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, dim)."""
        return sum(index.ntotal for index in self._indexes), self._indexes[0].d

    def candidates(self, queries: Vectors, depth: int, block: range, allowed: Mask | None) -> Rows:
        """See `VectorIndex.candidates`."""
        index = self._indexes[self._blocks.index(block)]
        own = None if allowed is None else allowed[block.start : block.stop]
        available = len(block) if own is None else int(np.count_nonzero(own))
        if available <= depth:
            return np.arange(block.start, block.stop) if own is None else block.start + np.flatnonzero(own)
        if own is not None and available <= max(NARROW * len(block), 2 * depth):
            places = np.flatnonzero(own)
            found = places[_best(queries @ _rows(index, places).T, depth)]
        elif isinstance(index, faiss.IndexFlat):
            scores = queries @ _matrix(index).T
            if own is not None:
                scores[:, ~own] = -np.inf
            found = _best(scores, depth)
        else:
            found = _neighbourhood(_refined(index), queries, depth, own, available / len(block))
        return np.asarray(block.start + np.unique(found[found >= 0]), np.int64)

    def rows(self, ids: Rows) -> Vectors:
        """See `VectorIndex.rows`."""
        vectors = np.empty((len(ids), self.shape[1]), np.float32)
        for block, index in zip(self._blocks, self._indexes, strict=True):
            own = np.flatnonzero((ids >= block.start) & (ids < block.stop))
            if len(own):
                vectors[own] = _rows(index, ids[own] - block.start)
        return vectors


def _index(vectors: Vectors) -> faiss.Index:
    count, dim = vectors.shape
    if count <= EXACT_UP_TO:
        index: faiss.Index = faiss.IndexFlatIP(dim)
    else:
        lists = 2 ** round(np.log2(4 * np.sqrt(count)))
        index = faiss.index_factory(dim, f"IVF{lists},RaBitQ,Refine(SQ8)", faiss.METRIC_INNER_PRODUCT)
        sample = np.linspace(0, count - 1, min(count, TRAINED_ON * lists)).astype(np.int64)
        index.train(np.ascontiguousarray(vectors[sample]))
    index.add(np.ascontiguousarray(vectors, np.float32))
    return index


def _matrix(index: faiss.IndexFlat) -> Vectors:
    """The vectors of a flat index where they lie."""
    return np.asarray(faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d))


def _rows(index: faiss.Index, places: Rows) -> Vectors:
    if isinstance(index, faiss.IndexFlat):
        return _matrix(index)[places]
    kept: faiss.Index = _refined(index).refine_index
    return np.asarray(kept.reconstruct_batch(places), np.float32)


def _refined(index: faiss.Index) -> faiss.IndexRefine:
    if not isinstance(index, faiss.IndexRefine):
        raise TypeError(f"is a FAISS index of type {type(index).__name__}, expected IndexFlat or IndexRefine")
    return index


def _best(scores: Vectors, depth: int) -> Rows:
    """Places of the `depth` best in each row of more than that."""
    return np.argpartition(-scores, depth, axis=1)[:, :depth]


def _neighbourhood(index: faiss.IndexRefine, queries: Vectors, depth: int, allowed: Mask | None, share: float) -> Rows:
    """Places near each query: shape (n_queries, depth), int64, -1 where there were fewer."""
    lists: Any = faiss.downcast_index(index.base_index)
    search = faiss.IVFRaBitQSearchParameters()
    search.nprobe = min(lists.nlist, round(PROBES / share**0.5))
    search.qb = QUERY_BITS
    if allowed is not None:
        bits = np.packbits(allowed, bitorder="little")
        search.sel = faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
    parameters: Any = faiss.IndexRefineSearchParameters()
    parameters.k_factor = max(1.0, min(PROPOSED, index.ntotal / depth))
    parameters.base_index_params = search
    return np.asarray(index.search(queries, depth, params=parameters)[1], np.int64)
