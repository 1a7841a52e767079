"""What people decided about pairs of members: the same organisation, or different ones."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from search.errors import SourceError

__all__ = ["NO_VERDICTS", "Verdicts", "read_verdicts"]

MAX_LINE_BYTES = 10_000
MAX_ID_CHARS = 200
MAX_SHOWN = 80
COLUMNS = ("a", "b", "verdict")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Pairs of ids that are the same organisation, or different ones, whatever their records say. In a pair the smaller id is first."""

    same: frozenset[Pair] = frozenset()
    different: frozenset[Pair] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """Every id that a verdict names."""
        return frozenset(member for pair in self.same | self.different for member in pair)


NO_VERDICTS = Verdicts()


def read_verdicts(path: Path) -> Verdicts:
    """Read JSON Lines with `a`, `b` and `verdict`, or CSV with these columns (comma or semicolon; a header is optional).

    Raises SourceError naming the first line that is not a verdict, or that contradicts an earlier one.
    """
    found: dict[Pair, tuple[str, int]] = {}
    for number, line in _lines(path):
        try:
            values = _from_json(line) if line.startswith("{") else _from_csv(line)
            if found or values != COLUMNS:
                pair, verdict = _pair(values)
                earlier, where = found.setdefault(pair, (verdict, number))
                if earlier != verdict:
                    raise ValueError(
                        f"says {verdict!r} of a pair that line {where} says is {earlier!r}; keep one of the two"
                    )
        except ValueError as error:
            raise SourceError(f"{path}:{number}: {error}") from error
    chosen = {
        said: frozenset(p for p, (verdict, _) in found.items() if verdict == said) for said in ("same", "different")
    }
    return Verdicts(**chosen)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not blank."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise SourceError(
                        f"{path}:{number}: is longer than {MAX_LINE_BYTES:,} bytes; expected one verdict a line"
                    )
                if text := line.decode("utf-8-sig").strip():
                    yield number, text
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}:{number}: is not UTF-8 text; save the file as UTF-8") from error
    except OSError as error:
        raise SourceError(
            f"cannot read {path}: {error.strerror}; give a file of verdicts, JSON Lines or CSV"
        ) from error


def _from_json(line: str) -> tuple[str, ...]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error}); expected an object with a, b and verdict") from error
    values = tuple(row.get(column) for column in COLUMNS)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"is {_shown(line)}; expected an object with a, b and verdict, all text")
    return values


def _from_csv(line: str) -> tuple[str, ...]:
    separator = ";" if line.count(";") >= 2 and line.count(",") < 2 else ","
    try:
        (row,) = csv.reader([line], delimiter=separator, strict=True)
    except csv.Error as error:
        raise ValueError(f"is {_shown(line)} ({error}); expected a,b,verdict") from error
    if len(row) != len(COLUMNS):
        raise ValueError(f"is {_shown(line)}; expected a,b,verdict")
    return tuple(value.strip() for value in row)


def _pair(values: Sequence[str]) -> tuple[Pair, str]:
    a, b, verdict = values
    if verdict not in ("same", "different"):
        raise ValueError(f"has the verdict {_shown(verdict)}; expected same or different")
    for member in (a, b):
        if not 1 <= len(member) <= MAX_ID_CHARS:
            raise ValueError(f"has the id {_shown(member)}; expected 1 to {MAX_ID_CHARS} characters")
    if a == b:
        raise ValueError(f"compares {_shown(a)} with itself; expected two ids")
    return (min(a, b), max(a, b)), verdict


def _shown(text: str) -> str:
    """What the file says, fit for a terminal."""
    shown = json.dumps("".join(c if c.isprintable() else "?" for c in text), ensure_ascii=False)
    return shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + "..."
