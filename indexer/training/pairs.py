"""Training tuples: a topic, a capability that answers it, near-misses that do not, each in French and in English."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.errors import SourceError

__all__ = ["LANGUAGES", "Pair", "read_pairs", "split_pairs"]

LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Pair:
    """`topic` and `capability` by language; `near_misses` in either. Pairs of one `group` share a call text: their capabilities
    answer different needs of it, so none is a wrong answer for another."""

    id: str
    group: str
    topic: dict[str, str]
    capability: dict[str, str]
    near_misses: tuple[str, ...]


def read_pairs(path: Path) -> list[Pair]:
    """Read JSON Lines. Raises SourceError naming the line that is not a tuple."""
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            pairs.append(
                Pair(
                    id=row["id"],
                    group=row["group"],
                    topic={code: row[f"topic_{code}"] for code in LANGUAGES},
                    capability={code: row[f"capability_{code}"] for code in LANGUAGES},
                    near_misses=tuple(row[key] for key in ("near_miss_fr", "near_miss_en") if key in row),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f"{path}:{number}: not a training tuple ({error!r})") from error
    return pairs


def split_pairs(pairs: Sequence[Pair], share: float, seed: int = 7) -> tuple[list[Pair], list[Pair]]:
    """Pairs to train on and pairs to watch, whole groups on either side; `share` of the groups are watched."""
    groups = sorted({pair.group for pair in pairs})
    random.Random(seed).shuffle(groups)  # noqa: S311 - a split, not a secret
    watched = set(groups[: round(len(groups) * share)])
    return [pair for pair in pairs if pair.group not in watched], [pair for pair in pairs if pair.group in watched]
