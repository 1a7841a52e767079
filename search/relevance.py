"""What scores mean: how likely a match is useful, and whether anybody answers the topic at all.

Logistic regressions on judged topics, with the default encoder; their numbers are in relevance.json, written by
tests/benchmarks/fit_relevance.py.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

__all__ = ["Line", "answer_odds", "level", "relevance_of"]

LEVELS = ((0.6, "high"), (0.35, "good"), (0.12, "some"))


@dataclass(frozen=True, slots=True)
class Line:
    """Log odds as a weighted sum of signals."""

    weights: tuple[float, ...]
    intercept: float

    def log_odds(self, signals: Sequence[float]) -> float:
        """The sum."""
        return self.intercept + sum(w * x for w, x in zip(self.weights, signals, strict=True))


def relevance_of(score: float, cosine: float, is_long: bool) -> float:
    """How likely a careful reader finds a match useful (grade 2 or 3), in 0..1.

    score: fused; cosine: of the member's passage nearest to the topic; is_long: whether the topic was split into needs.
    """
    return round(1 / (1 + math.exp(-_lines()["relevance"].log_odds((score, cosine, is_long)))), 4)


def answer_odds(score: float, lead: float | None) -> float:
    """How clearly somebody answers a topic: log odds, below 0 for nobody.

    lead: by how much the nearest passage is nearer to the topic than known answers to other topics are. score: the highest found, which
    decides where the encoder knows no such answers and lead is None. The zero is such that few topics which are answered are called
    unanswered; many unanswered ones are not noticed.
    """
    return _lines()["by_score"].log_odds((score,)) if lead is None else _lines()["by_lead"].log_odds((lead,))


def level(relevance: float) -> str:
    """Which word says how likely a match is useful: high, good, some or low."""
    return next((name for least, name in LEVELS if relevance >= least), "low")


@lru_cache(maxsize=1)
def _lines() -> dict[str, Line]:
    stored = json.loads(resources.files(__package__).joinpath("relevance.json").read_text(encoding="utf-8"))
    return {name: Line(tuple(line["weights"]), line["intercept"]) for name, line in stored.items()}
