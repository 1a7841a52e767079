"""What the encoder is trained on: topics, capabilities that answer them, and judgments, in French and in English."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from search.errors import SourceError

__all__ = ["LANGUAGES", "Judgments", "Pair", "read_judgments", "read_pairs", "split_pairs"]

LANGUAGES = ("fr", "en")

Judgments = Mapping[str, Mapping[str, int]]
"""Grade (0..3) of a capability text for the topics of a group: by group, then by text."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair:
    """`topic` and `capability` by language; `near_misses` in either.

    Pairs of one `group` are about one call text or one capability: what answers one of them is no wrong answer for another.
    """

    id: str
    group: str
    topic: dict[str, str]
    capability: dict[str, str]
    near_misses: tuple[str, ...]


def read_pairs(path: Path) -> list[Pair]:
    """Read JSON Lines. Raises SourceError naming the line that is not a tuple."""
    return _read(path, "a training tuple", _pair)


def read_judgments(path: Path, pairs: Sequence[Pair]) -> Judgments:
    """Read JSON Lines of `group` and `grades` (by tuple id and language, "a-001/fr", of the capability that was judged).

    Raises SourceError naming the line that is not such a judgment, or that judges a capability which `pairs` do not have.
    """
    text_of = {f"{pair.id}/{code}": pair.capability[code] for pair in pairs for code in LANGUAGES}

    def judgment(row: dict[str, Any]) -> tuple[str, dict[str, int]]:
        return str(row["group"]), {text_of[name]: int(grade) for name, grade in row["grades"].items()}

    judged: dict[str, dict[str, int]] = {}
    for group, grades in _read(path, "a judgment of known capabilities", judgment):
        judged.setdefault(group, {}).update(grades)
    return judged


def split_pairs(pairs: Sequence[Pair], share: float, seed: int = 7) -> tuple[list[Pair], list[Pair]]:
    """Pairs to train on and pairs to watch, whole groups on either side; `share` of the groups are watched."""
    groups = sorted({pair.group for pair in pairs})
    random.Random(seed).shuffle(groups)  # noqa: S311 - a split, not a secret
    watched = set(groups[: round(len(groups) * share)])
    return [pair for pair in pairs if pair.group not in watched], [pair for pair in pairs if pair.group in watched]


def _pair(row: dict[str, Any]) -> Pair:
    return Pair(
        id=row["id"],
        group=row["group"],
        topic={code: row[f"topic_{code}"] for code in LANGUAGES},
        capability={code: row[f"capability_{code}"] for code in LANGUAGES},
        near_misses=tuple(row[key] for key in ("near_miss_fr", "near_miss_en") if key in row),
    )


def _read(path: Path, what: str, parse: Callable[[dict[str, Any]], T]) -> list[T]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(parse(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceError(f"{path}:{number}: not {what} ({error!r})") from error
    return rows
