"""How often `search.analysis.coverage` is right about which clusters answer a topic: python -m tests.benchmarks.coverage STORE.

Judged on the demo directory's topics: a cluster answers where one of its members has grade 2 or better.
"""

import json
import sys
from collections.abc import Iterable

import numpy as np
import pandas as pd

from search import open_index
from search.analysis import coverage
from tests.conftest import DEMO

THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
ANSWERS = 2


def main() -> None:
    partners = open_index(sys.argv[1])
    print(
        "| | threshold | clusters named that answer | answering clusters named | 'nobody' that is so | nobody's topics called so |"
    )
    print("|---|---|---|---|---|---|")
    for name in ("topics.jsonl", "topics_fit.jsonl"):
        judged = [json.loads(line) for line in (DEMO / name).read_text(encoding="utf-8").splitlines()]
        by_need: dict[str, dict[str, str]] = {}
        graded: dict[str, dict[str, int]] = {}
        for topic in judged:
            need = topic["id"].rsplit("-", 1)[0]
            by_need.setdefault(need, {"id": need})[topic["lang"]] = topic["text"]
            graded[need] = topic["relevant"]
        best = coverage(partners, pd.DataFrame(by_need.values())).best
        truth = np.zeros(best.shape, np.bool_)
        for row, need in enumerate(best.index):
            clusters = _clusters(partners.member(id).clusters for id, grade in graded[need].items() if grade >= ANSWERS)
            truth[row] = [cluster in clusters for cluster in best.columns]
        for threshold in THRESHOLDS:
            said = best.to_numpy() >= threshold
            silent, nobody = ~said.any(axis=1), ~truth.any(axis=1)
            right, quiet = int((said & truth).sum()), int((silent & nobody).sum())
            print(
                f"| {name} | {threshold} | {right} of {said.sum()} | {right} of {truth.sum()} | "
                f"{quiet} of {silent.sum()} | {quiet} of {nobody.sum()} |"
            )


def _clusters(groups: Iterable[tuple[str, ...]]) -> set[str]:
    return {cluster for group in groups for cluster in group}


if __name__ == "__main__":
    main()
