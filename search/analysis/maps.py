"""Charts of members on a plane."""

import math
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .chart import Chart, cut, plotting, shown, still
from .layout import place
from .mixing import Mixing
from .palette import OTHERS, Style, legend

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["map_chart", "mixing_chart"]

MOST_IN_LEGEND = 21
COMPACT = 0.35
"""Median distance from its middle up to which a group has a place of its own; the map reaches from -1 to 1."""
LEGEND = 52
WIDTH, LARGE, SMALL, MARGIN, UNDER = 11.9, 7.2, 5.4, 0.4, 1.3
"""Inches of the still picture: its width, the sides of its panels, what is between them, and room for a legend under a small one."""
NAME, BELOW = np.array([0.45, 0.1], np.float32), np.array([0, 0.1], np.float32)
"""Room for a name on the map, and the step by which one gives way to another."""
CROWD = 500
"""Points from which on each is drawn smaller."""
INK, FAINT = "#222222", "#DDDDDD"

Vectors = NDArray[np.float32]


def map_chart(members: pd.DataFrame, points: Vectors, colour_by: Sequence[str], title: str) -> Chart:
    """Members as points, coloured by one column at a time: a menu on screen, a panel each in the still picture.

    members: as `members_table`, with any further column of str that `colour_by` names; points: as `place`, shape (n_members, 2), float32.
    Pointing at a member shows its name, place, kind and sentence. Raises PasserelleError without plotly and matplotlib.
    """
    graphs = plotting()
    hover = [
        f"<b>{shown(name, 2)}</b><br>{shown(' · '.join(facts), 2)}<br><br>{shown(sentence)}"
        for name, sentence, *facts in members[["name", "sentence", "place", "kind", "clusters", "language"]]
        .astype(str)
        .values.tolist()
    ]
    styles = {column: legend(members[column].tolist(), MOST_IN_LEGEND) for column in colour_by}
    traces = [
        _trace(graphs, style, points, hover, visible=column == colour_by[0])
        for column, own in styles.items()
        for style in own
    ]
    menu = [
        {
            "label": f"by {column}",
            "method": "update",
            "args": [
                {"visible": [of == column for of, own in styles.items() for _ in own]},
                {"legend.title.text": column},
            ],
        }
        for column in colour_by
    ]
    figure = graphs.Figure(traces, _layout(title, 720))
    figure.update_layout(legend_title_text=colour_by[0], updatemenus=[{
        "type": "buttons", "direction": "right", "buttons": menu, "x": 0, "y": 1.0, "xanchor": "left", "yanchor": "bottom",
    }])  # fmt: skip
    picture = _still(styles, points, title)
    return Chart(f"{title}, by {', '.join(colour_by)}", figure, picture)


def mixing_chart(mixing: Mixing, title: str) -> Chart:
    """Descriptions as points coloured by language, two maps side by side: as the encoder gives them, and with language means subtracted.

    Each map says in its title which share of nearest neighbours is in the same language. Raises PasserelleError without plotly and
    matplotlib.
    """
    graphs = plotting()
    from plotly.subplots import make_subplots

    figures = mixing.to_frame()
    chance = _pooled(figures, "by_chance")
    sides = {"before": mixing.before, "after": mixing.after}
    titles = [
        f"{side}: {_pooled(figures, side):.0%} of neighbours in the same language ({chance:.0%} by chance)"
        for side in sides
    ]
    figure = make_subplots(rows=1, cols=2, subplot_titles=titles, horizontal_spacing=0.03)
    figure.update_layout(_layout(title, 480))
    picture = still(11, 5.4)
    panels = picture.subplots(1, 2)
    styles = legend(mixing.languages)
    hover = [shown(f"{id} [{code}]") for id, code in zip(mixing.ids, mixing.languages, strict=True)]
    for i, (side, heading) in enumerate(zip(sides.values(), titles, strict=True)):
        points = place(side)
        for style in styles:
            figure.add_trace(_trace(graphs, style, points, hover, visible=True), row=1, col=i + 1)
            figure.data[-1].update(showlegend=i == 0, legendgroup=style.name)
        _scatter(panels[i], styles, points, size=20)
        panels[i].set_title(heading, loc="left", color=INK, fontsize=10)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    panels[0].legend(title="language", loc="lower left", framealpha=0.9)
    picture.suptitle(title, color=INK)
    return Chart(title, figure, picture)


def _still(styles: Mapping[str, Sequence[Style]], points: Vectors, title: str) -> "Figure":
    """A large panel for the first column, with its groups named where they lie; small ones for the others, two a row."""
    below = math.ceil((len(styles) - 1) / 2)
    height = LARGE + 2 * MARGIN + below * (SMALL + MARGIN + UNDER)
    picture = still(WIDTH, height)
    picture.set_layout_engine("none")
    for i, (column, own) in enumerate(styles.items()):
        is_first = i == 0
        side = LARGE if is_first else SMALL
        left = MARGIN + (i - 1) % 2 * (SMALL + MARGIN) * (not is_first)
        top = height - MARGIN - (0 if is_first else LARGE + MARGIN + (i - 1) // 2 * (SMALL + MARGIN + UNDER))
        panel = picture.add_axes((left / WIDTH, (top - side) / height, side / WIDTH, side / height))
        _scatter(panel, own, points, size=34 if is_first else 16)
        panel.set_title(f"{title}, by {column}", loc="left", color=INK, fontsize=11)
        panel.legend(
            loc="upper left", bbox_to_anchor=(1.0, 1.0) if is_first else (0.0, 0.0), ncols=1 if is_first else 3,
            fontsize=9 if is_first else 8, frameon=False, borderaxespad=0.2, handletextpad=0.2, columnspacing=0.8,
        )  # fmt: skip
        if is_first:
            _name_places(panel, own, points)
    return picture


def _pooled(figures: pd.DataFrame, column: str) -> float:
    """Mean over descriptions."""
    return float((figures[column] * figures["descriptions"]).sum() / figures["descriptions"].sum())


def _trace(graphs: ModuleType, style: Style, points: Vectors, hover: Sequence[str], visible: bool) -> "go.Scatter":
    rows = list(style.rows)
    return graphs.Scatter(
        x=points[rows, 0].astype(float).round(3).tolist(),
        y=points[rows, 1].astype(float).round(3).tolist(),
        name=f"{shown(style.name, 1)} ({len(rows)})",
        text=[hover[row] for row in rows],
        hovertemplate="%{text}<extra></extra>",
        mode="markers",
        marker={
            "color": style.colour,
            "symbol": style.symbol,
            "size": 8,
            "opacity": 0.85,
            "line": {"width": 0.5, "color": "white"},
        },
        visible=visible,
    )


def _scatter(panel: "Axes", styles: Sequence[Style], points: Vectors, size: float) -> None:
    size *= min(1.0, (CROWD / len(points)) ** 0.5)
    for style in styles:
        rows = list(style.rows)
        panel.scatter(
            points[rows, 0],
            points[rows, 1],
            s=size,
            c=style.colour,
            marker=style.marker,
            label=f"{cut(style.name, LEGEND)} ({len(rows)})",
            edgecolors="white",
            linewidths=0.4,
            alpha=0.9,
        )
    panel.set(xticks=[], yticks=[], xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), box_aspect=1)
    for side in panel.spines.values():
        side.set_color(FAINT)


def _name_places(panel: "Axes", styles: Sequence[Style], points: Vectors) -> None:
    """Write the names of those groups that have a place of their own on the map at their middle, or a little below where that is taken."""
    taken: list[Vectors] = []
    for style in styles:
        own = points[list(style.rows)]
        middle = np.median(own, axis=0)
        if style.name == OTHERS or len(own) < 2 or np.median(np.linalg.norm(own - middle, axis=1)) >= COMPACT:
            continue
        free = [spot for down in range(3) if _is_free(spot := middle - down * BELOW, taken)]
        if free:
            spot = free[0]
            taken.append(spot)
            panel.text(
                spot[0], spot[1], "\n".join(cut(part, 28) for part in style.name.split(" / ")), fontsize=7.5,
                weight="bold", color=INK, ha="center", va="center",
                bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": style.colour, "alpha": 0.85},
            )  # fmt: skip


def _is_free(spot: Vectors, taken: Sequence[Vectors]) -> bool:
    return not any((np.abs(spot - other) < NAME).all() for other in taken)


def _layout(title: str, height: int) -> dict[str, object]:
    hidden = {"visible": False}
    return {
        "template": "none", "title": {"text": shown(title, 2), "x": 0.02}, "height": height, "xaxis": hidden,
        "yaxis": {**hidden, "scaleanchor": "x"}, "margin": {"l": 20, "r": 20, "t": 90, "b": 20},
        "hoverlabel": {"align": "left", "bgcolor": "white", "font": {"color": INK}}, "legend": {"itemsizing": "constant"},
    }  # fmt: skip
