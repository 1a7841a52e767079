"""FAISS indexes beside each other, on vectors like those of a large language block.

usage: python -m tests.benchmarks.vector_indexes STORE [COUNT]        (default 100,000)

Vectors are mixed from passages of a store in its largest language, as sentences are mixed in a paragraph, with seeded noise; queries are short topics, one at a time.
Printed for each index: seconds to build, megabytes, and for two numbers of candidates the recall of the 100 best by exact inner product
and the median time of a query.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from search import open_index
from search.language import unit_rows
from tests.benchmarks.measure import machine, topics

Vectors = NDArray[np.float32]
PROBES = (64, 128, 256)
CANDIDATES = (2_000, 8_000)


def mixed(base: Vectors, count: int) -> Vectors:
    """count vectors, each of a passage and its paragraph, shape (count, dim + 1), float32."""
    rng = np.random.default_rng(0)
    vectors = np.empty((count, base.shape[1]), np.float32)
    for start in range(0, count, 50_000):
        part = slice(start, min(start + 50_000, count))
        chosen = rng.integers(0, len(base), (len(vectors[part]), 3))
        noise = [unit_rows(rng.standard_normal((len(chosen), base.shape[1] - 1), np.float32)) for _ in range(2)]
        own = unit_rows(unit_rows(base[chosen[:, 0], :-1]) + 0.3 * noise[0])
        paragraph = unit_rows(unit_rows(base[chosen, :-1].mean(axis=1)) + 0.2 * noise[1])
        vectors[part, :-1] = 0.6 * paragraph + 0.4 * own
        vectors[part, -1] = base[chosen[:, 0], -1]
    return vectors


def look(index: faiss.Index, queries: Vectors, count: int, best: NDArray[np.int64]) -> str:
    """Recall and milliseconds with so many candidates."""
    recalls, times = [], []
    for query, expected in zip(queries, best, strict=True):
        started = time.perf_counter()
        found = index.search(query[None], count)[1][0]
        times.append(time.perf_counter() - started)
        recalls.append(np.isin(expected, found).mean())
    return f"{count:>6,} candidates: recall {np.mean(recalls):.3f}, {np.median(times) * 1e3:6.2f} ms"


def main() -> None:
    """Build each index and print what it does."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    searcher = open_index(sys.argv[1], verify=False)
    block = max(searcher._snapshot.blocks, key=lambda block: len(block.rows))
    vectors = mixed(searcher._snapshot.vectors.rows(np.array(block.rows)), count)
    queries = np.stack([topic.whole for topic in searcher._reader.read(topics(60))])
    lists = 2 ** round(np.log2(4 * np.sqrt(count)))
    exact = faiss.IndexFlatIP(vectors.shape[1])
    exact.add(vectors)
    best = np.asarray(exact.search(queries, 100)[1], np.int64)
    print(f"{machine()}; {count:,} vectors")
    print("Flat", look(exact, queries, CANDIDATES[0], best), flush=True)
    for name in (
        f"IVF{lists},SQ8",
        f"IVF{lists},SQfp16",
        f"IVF{lists},PQ77x4fs,Refine(SQ8)",
        f"IVF{lists},RaBitQ,Refine(SQ8)",
        "HNSW32,SQ8",
    ):
        index: Any = faiss.index_factory(vectors.shape[1], name, faiss.METRIC_INNER_PRODUCT)
        started = time.perf_counter()
        index.train(vectors[:: max(1, count // (50 * lists))])
        index.add(vectors)
        spent = time.perf_counter() - started
        with tempfile.NamedTemporaryFile() as file:
            faiss.write_index(index, file.name)
            size = Path(file.name).stat().st_size / 1e6
        print(f"{name}: built in {spent:.0f} s, {size:.0f} MB")
        inner: Any = faiss.extract_index_ivf(index) if "IVF" in name else None
        for probes in PROBES if inner is not None else (0,):
            for candidates in CANDIDATES:
                if inner is not None:
                    inner.nprobe = probes
                else:
                    index.hnsw.efSearch = candidates
                print(f"    {probes} probes, {look(index, queries, candidates, best)}", flush=True)


if __name__ == "__main__":
    main()
