"""Fit what `search.relevance` turns a fused score into, and say how well it is calibrated.

usage: python -m tests.benchmarks.fit_relevance [STORE]      (an index of data/demo/members.jsonl)

Logistic regression on every (topic, member) pair of data/demo/topics_fit.jsonl, unanswerable topics included: is the member of grade
2 or 3? Printed: slope and intercept; the expected calibration error over the shown matches (first ten) by cross-validation over
topics, and on data/demo/topics.jsonl, which took no part; a reliability table on the latter.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from search import Searcher, open_index
from search.evaluation import read_topics

DEMO = Path(__file__).parents[2] / "data" / "demo"
Column = NDArray[np.float64]


def pairs(searcher: Searcher, path: Path) -> tuple[Column, Column, Column, Column]:
    """Score, label, rank and topic number of every (topic, member) pair; the two wordings of a topic share a number."""
    rows = []
    topics = read_topics(path)
    for topic, shortlist in zip(topics, searcher.search_many([t.text for t in topics], k=len(searcher)), strict=True):
        number = int(topic.id[1:3])
        rows += [(m.score, topic.relevant.get(m.member.id, 0) >= 2, m.rank, number) for m in shortlist]
    score, label, rank, number = np.array(rows, float).T
    return score, label, rank, number


def calibration_error(predicted: Column, label: Column) -> float:
    """Expected calibration error over ten bins of equal size."""
    order = np.array_split(np.argsort(predicted), 10)
    return float(sum(len(bin_) * abs(predicted[bin_].mean() - label[bin_].mean()) for bin_ in order) / len(label))


def main() -> None:
    """Fit, cross-validate, test, print."""
    searcher = open_index(sys.argv[1] if len(sys.argv) > 1 else "var/store")
    score, label, rank, number = pairs(searcher, DEMO / "topics_fit.jsonl")
    predicted = np.zeros_like(score)
    for train, test in GroupKFold(8).split(score, label, number):
        predicted[test] = (
            LogisticRegression().fit(score[train, None], label[train]).predict_proba(score[test, None])[:, 1]
        )
    model = LogisticRegression().fit(score[:, None], label)
    print(f"slope {model.coef_[0, 0]:.3f}, intercept {model.intercept_[0]:.3f} from {len(set(number))} topics")
    print(
        f"calibration error of the first ten, by cross-validation: {calibration_error(predicted[rank <= 10], label[rank <= 10]):.3f}"
    )
    score, label, rank, _ = pairs(searcher, DEMO / "topics.jsonl")
    predicted = model.predict_proba(score[:, None])[:, 1]
    shown = rank <= 10
    print(
        f"calibration error of the first ten, on topics.jsonl: {calibration_error(predicted[shown], label[shown]):.3f}"
    )
    for low in np.arange(0, 1, 0.2):
        chosen = shown & (predicted >= low) & (predicted < low + 0.2)
        if chosen.any():
            print(
                f"  shown {low:.1f}-{low + 0.2:.1f}: {predicted[chosen].mean():.2f} predicted, {label[chosen].mean():.2f} found useful ({chosen.sum()} matches)"
            )


if __name__ == "__main__":
    main()
