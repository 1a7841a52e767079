"""What it costs to run the graph with another shape than before, and what padding to fewer shapes costs.

usage: python -m tests.benchmarks.shapes

Printed: milliseconds of one topic by its length in tokens, the same length each time and lengths in turn; then those of batches.
"""

import statistics
import time
from collections.abc import Sequence

import numpy as np

from indexer.encoder import DEFAULT_ENCODER, prepare
from search.runtime import import_openvino
from tests.benchmarks.measure import CACHE, machine

RUNS = 60
Shape = tuple[int, int]


class Graph:
    """The encoder's graph as it serves."""

    def __init__(self) -> None:
        model = prepare(DEFAULT_ENCODER, CACHE) / "model.xml"
        compiled = import_openvino().Core().compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        self._request = compiled.create_infer_request()
        self._random = np.random.default_rng(0)

    def median_ms(self, shapes: Sequence[Shape]) -> dict[Shape, float]:
        """Milliseconds by shape, texts by tokens, where the shapes come in random order."""
        times: dict[Shape, list[float]] = {shape: [] for shape in shapes}
        for shape in (*shapes, *(shapes[i] for i in self._random.integers(len(shapes), size=RUNS * len(shapes)))):
            ids = self._random.integers(5, 200_000, shape)
            started = time.perf_counter()
            self._request.infer({0: ids, 1: np.ones(shape, np.int64)})
            times[shape].append((time.perf_counter() - started) * 1e3)
        return {shape: statistics.median(spent[1:]) for shape, spent in times.items()}


def main() -> None:
    """Measure and print."""
    print(machine())
    graph = Graph()
    lengths = (8, 16, 24, 32, 40, 48)
    alone = [graph.median_ms([(1, length)])[1, length] for length in lengths]
    in_turn = graph.median_ms([(1, length) for length in lengths])
    print("tokens                ", *(f"{length:6}" for length in lengths))
    print("the same length    ms ", *(f"{ms:6.2f}" for ms in alone))
    print("lengths in turn    ms ", *(f"{in_turn[1, length]:6.2f}" for length in lengths))
    for texts in (4, 8, 16):
        batches = graph.median_ms([(texts, length) for length in lengths])
        print(f"{texts:2} texts, in turn  ms ", *(f"{batches[texts, length]:6.2f}" for length in lengths))


if __name__ == "__main__":
    main()
