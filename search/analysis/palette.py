"""Colours and shapes that tell groups apart on screen, in print and for eyes that see fewer colours.

The colours are those of Okabe and Ito ("Color Universal Design", 2008) less yellow, which white paper swallows; where they run out, the
shape changes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["OTHERS", "Style", "legend"]

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#333333")
SHAPES = (("circle", "o"), ("diamond", "D"), ("triangle-up", "^"), ("square", "s"))
"""Plotly's names and Matplotlib's."""
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Style:
    """How the points of one group look: `symbol` for Plotly, `marker` for Matplotlib. `rows` are its points."""

    name: str
    colour: str
    symbol: str
    marker: str
    rows: tuple[int, ...]


def legend(values: Sequence[str], most: int = len(COLOURS) * len(SHAPES)) -> list[Style]:
    """A style for each distinct value, the most frequent first; those beyond `most` share one grey one, which comes first to lie below."""
    counts = Counter(values)
    names = sorted(counts, key=lambda value: (-counts[value], value))
    kept = names if len(names) <= most else names[: most - 1]
    rows: dict[str, list[int]] = {name: [] for name in (OTHERS, *kept)}
    for row, value in enumerate(values):
        rows[value if value in rows else OTHERS].append(row)
    styles = [
        Style(name, COLOURS[i % len(COLOURS)], *SHAPES[i // len(COLOURS) % len(SHAPES)], tuple(rows[name]))
        for i, name in enumerate(kept)
    ]
    return [Style(OTHERS, "#BBBBBB", "x", "X", tuple(rows[OTHERS])), *styles] if rows[OTHERS] else styles
