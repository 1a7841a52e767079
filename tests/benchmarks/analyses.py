"""What the analyses of a directory are worth: python -m tests.benchmarks.analyses [STORE]      (an index of data/demo/members.jsonl)

Printed: how often clusters are rightly said to cover the judged topics of the demo directory, by threshold (a cluster answers where a
member of it has grade 2 or better); how languages mix before and after alignment; and how many nearest neighbours the map keeps.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from search import Searcher, open_index
from search.analysis import coverage, language_mixing, member_vectors, neighbours_kept, place
from search.evaluation import read_topics

DEMO = Path(__file__).parents[2] / "data" / "demo"
THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
ANSWERS = 2


@dataclass(frozen=True, slots=True)
class Cells:
    """Topics by clusters: relevance of the best member, and whether one is judged to answer."""

    relevance: NDArray[np.float64]
    truth: NDArray[np.bool_]


def cells(partners: Searcher, topics: Path) -> Cells:
    """Every need of a file of judged topics, asked in all its wordings."""
    judged = read_topics(topics)
    wordings: dict[str, dict[str, str]] = {}
    clusters: dict[str, set[str]] = {}
    for topic in judged:
        wordings.setdefault(topic.need, {"id": topic.need})[topic.language] = topic.text
        useful = [partners.member(id) for id, grade in topic.relevant.items() if grade >= ANSWERS]
        clusters[topic.need] = {cluster for member in useful for cluster in member.clusters}
    best = coverage(partners, pd.DataFrame(wordings.values())).best
    truth = [[cluster in clusters[need] for cluster in best.columns] for need in best.index]
    return Cells(best.to_numpy(np.float64), np.array(truth))


def row(name: str, found: Cells, threshold: float) -> str:
    """One line of the table."""
    said, truth = found.relevance >= threshold, found.truth
    silent, nobody = ~said.any(axis=1), ~truth.any(axis=1)
    right, quiet = int((said & truth).sum()), int((silent & nobody).sum())
    return (
        f"| {name} | {threshold} | {right} of {said.sum()} | {right} of {truth.sum()} | "
        f"{quiet} of {silent.sum()} | {quiet} of {nobody.sum()} |"
    )


def main() -> None:
    """Print the tables."""
    partners = open_index(sys.argv[1] if len(sys.argv) > 1 else "var/store")
    print(
        "| topics | threshold | clusters named that answer | answering clusters named | 'nobody' that is so | nobody's topics told |"
    )
    print("|---|---|---|---|---|---|")
    for name in ("topics.jsonl", "topics_fit.jsonl"):
        found = cells(partners, DEMO / name)
        for threshold in THRESHOLDS:
            print(row(name, found, threshold))
    print(f"\n{language_mixing(partners).to_frame().round(3).to_string()}")
    vectors = member_vectors(partners)
    print(f"\nnearest neighbours kept by the map: {neighbours_kept(vectors, place(vectors)):.3f}")


if __name__ == "__main__":
    main()
