"""Charts of tables: one coloured square a pair."""

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .chart import Chart, cut, plotting, shown, still

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["heat_chart"]

LABEL = 26
SQUARE = 0.52
LIGHT, DARK = "#FFFFFF", "#222222"
TURN = 0.5
"""Share of the scale from which squares are so light that numbers on them are dark."""


def heat_chart(
    table: pd.DataFrame, title: str, unit: str, low: float, high: float, digits: int = 1, bold_from: float = math.inf
) -> Chart:
    """A table of numbers as colours from dark (`low`) to light (`high`), each with its number; NaN is left blank.

    Numbers from `bold_from` on are bold. The index's and the columns' names say what rows and columns are; `unit` says what the numbers are. Raises PasserelleError without
    plotly and matplotlib.
    """
    graphs = plotting()
    values = table.to_numpy(np.float64)
    rows, columns = _labels(table.index), _labels(table.columns)
    written = [["" if np.isnan(value) else f"{value:.{digits}f}" for value in row] for row in values]
    bold = values >= bold_from
    marked = [
        [f"<b>{text}</b>" if is_bold else text for text, is_bold in zip(*row, strict=True)]
        for row in zip(written, bold, strict=True)
    ]
    figure = graphs.Figure(graphs.Heatmap(
        z=[[None if np.isnan(value) else round(float(value), 3) for value in row] for row in values],
        x=[shown(label, 1) for label in columns], y=[shown(label, 1) for label in rows], text=marked,
        texttemplate="%{text}", colorscale="Cividis", zmin=low, zmax=high, colorbar={"title": {"text": shown(unit, 1), "side": "right"}},
        hovertemplate="%{y}<br>%{x}<br>%{text} " + shown(unit, 1) + "<extra></extra>",
    ))  # fmt: skip
    figure.update_layout(
        template="none", title={"text": shown(title, 2), "x": 0.02}, height=220 + 30 * len(rows),
        margin={"l": 230, "r": 20, "t": 60, "b": 150}, xaxis={"tickangle": -40, "type": "category"},
        yaxis={"autorange": "reversed", "type": "category"},
    )  # fmt: skip
    picture = still(3.4 + SQUARE * len(columns) * 1.1, 2.2 + 0.72 * SQUARE * len(rows))
    panel = picture.add_subplot()
    _draw(panel, values, written, bold, low, high)
    panel.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
    panel.set_yticks(range(len(rows)), rows)
    panel.set_title(title, loc="left", color=DARK)
    picture.colorbar(panel.images[0], ax=panel, label=unit, fraction=0.03, pad=0.02)
    return Chart(title, figure, picture)


def _draw(
    panel: "Axes",
    values: NDArray[np.float64],
    written: list[list[str]],
    bold: NDArray[np.bool_],
    low: float,
    high: float,
) -> None:
    panel.imshow(values, cmap="cividis", vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        colour = DARK if value > low + TURN * (high - low) else LIGHT
        panel.text(
            column,
            row,
            written[row][column],
            ha="center",
            va="center",
            fontsize=8,
            color=colour,
            weight="bold" if bold[row, column] else "normal",
        )
    panel.tick_params(length=0)
    for side in panel.spines.values():
        side.set_visible(False)


def _labels(index: pd.Index) -> list[str]:
    """Labels short enough to stand beside a chart; two that are cut alike stay apart."""
    short = [cut(str(label), LABEL) for label in index]
    return [f"{label} ({i + 1})" if short.count(label) > 1 else label for i, label in enumerate(short)]
