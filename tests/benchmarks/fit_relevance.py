"""Fit what `search.relevance` turns scores into, and say how well it does.

usage: python -m tests.benchmarks.fit_relevance [STORE] [--write]      (an index of data/demo/members.jsonl)

Logistic regressions on data/demo/topics_fit.jsonl: is a match among the first ten of grade 2 or 3, and is a topic one that somebody
answers, by its lead or, for encoders without known answers, by its best score? Printed: the expected calibration error of the first over
ten bins, by cross-validation over needs and on data/demo/topics.jsonl, which took no part, with a reliability table; for both signals of
the second the area under the ROC curve on either file, and what the limit does. --write replaces search/relevance.json.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from search import Searcher, open_index, relevance
from search.evaluation import read_topics

DEMO = Path(__file__).parents[2] / "data" / "demo"
SHOWN = 10
MISSED = 0.05
"""Share of answered topics that may be called unanswered."""
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    """signals: shape (n, n_signals), as `search.relevance` takes them; label and need: shape (n,)."""

    signals: Table
    label: NDArray[np.bool_]
    need: NDArray[np.str_]

    def cross_validated(self) -> Table:
        """Probability of each example from a model that has not seen its need."""
        return np.asarray(
            cross_val_predict(
                LogisticRegression(),
                self.signals,
                self.label,
                groups=self.need,
                cv=GroupKFold(10),
                method="predict_proba",
            )[:, 1]
        )

    def only(self, signal: int) -> "Examples":
        """The same with one of the signals."""
        return Examples(self.signals[:, [signal]], self.label, self.need)


def examples(searcher: Searcher, path: Path) -> tuple[Examples, Examples]:
    """Matches shown, and topics with their lead and best score."""
    matches, topics = [], []
    judged = read_topics(path)
    for topic, found in zip(judged, searcher.search_many([t.text for t in judged], k=SHOWN), strict=True):
        is_long = float(bool(found.needs))
        rows = [(m.score, m.cosine, is_long) for m in found]
        matches += [
            (*row, topic.relevant.get(m.member.id, 0) >= 2, topic.need) for row, m in zip(rows, found, strict=True)
        ]
        topics.append((found.lead or 0.0, found[0].score, bool(topic.relevant), topic.need))
    return _examples(matches), _examples(topics)


def _examples(rows: Sequence[tuple[*tuple[float, ...], bool, str]]) -> Examples:
    *signals, label, need = zip(*rows, strict=True)
    return Examples(np.array(signals, float).T, np.array(label, bool), np.array(need))


def calibration_error(predicted: Table, label: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal size."""
    bins = np.array_split(np.argsort(predicted), 10)
    return float(sum(len(own) * abs(predicted[own].mean() - label[own].mean()) for own in bins) / len(label))


def main() -> None:
    """Fit, cross-validate, test, print."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    searcher = open_index(arguments[0] if arguments else "var/store")
    (matches, topics), (other_matches, other_topics) = (
        examples(searcher, DEMO / name) for name in ("topics_fit.jsonl", "topics.jsonl")
    )
    useful = LogisticRegression().fit(matches.signals, matches.label)
    predicted = useful.predict_proba(other_matches.signals)[:, 1]
    print(
        f"relevance: calibration error {calibration_error(matches.cross_validated(), matches.label):.3f} by cross-validation,"
        f" {calibration_error(predicted, other_matches.label):.3f} on topics.jsonl"
    )
    print_reliability(matches.cross_validated(), matches.label)

    lines = {"relevance": line(useful, 0.0)}
    for signal, name in enumerate(("by_lead", "by_score")):
        lines[name] = fit_answerable(name, topics.only(signal), other_topics.only(signal))
    if "--write" in sys.argv:
        Path(relevance.__file__).with_suffix(".json").write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")


def fit_answerable(name: str, topics: Examples, others: Examples) -> dict[str, object]:
    """Fit on `topics`, print what it does on both."""
    answered = LogisticRegression(C=np.inf, class_weight="balanced").fit(topics.signals, topics.label)
    limit = float(np.quantile(answered.decision_function(topics.signals)[topics.label], MISSED))
    for file, of_file in (("topics_fit.jsonl", topics), ("topics.jsonl", others)):
        odds = answered.decision_function(of_file.signals)
        said_no = odds < limit
        print(
            f"answerable {name}, {file}: AUC {roc_auc_score(of_file.label, odds):.3f};"
            f" {said_no[of_file.label].sum()} of {of_file.label.sum()} answered and"
            f" {said_no[~of_file.label].sum()} of {(~of_file.label).sum()} unanswered topics called unanswered"
        )
    return line(answered, limit)


def line(model: LogisticRegression, limit: float) -> dict[str, object]:
    """Weights and intercept, shifted so that log odds of `limit` become 0."""
    weights = [round(float(weight), 4) for weight in model.coef_[0]]
    return {"weights": weights, "intercept": round(float(model.intercept_[0]) - limit, 4)}


def print_reliability(predicted: Table, label: NDArray[np.bool_]) -> None:
    """What was predicted beside what was found, in five bins."""
    for low in np.arange(0, 1, 0.2):
        own = (predicted >= low) & (predicted < low + 0.2)
        if own.any():
            print(
                f"  shown {low:.1f} to {low + 0.2:.1f}: {predicted[own].mean():.2f} predicted, {label[own].mean():.2f} found useful ({own.sum()} matches)"
            )


if __name__ == "__main__":
    main()
