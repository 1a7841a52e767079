"""A chart twice: one to point at where the notebook runs, and a still picture of the same data where it is only read."""

import html
import importlib
import io
import json
import textwrap
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from ..errors import PasserelleError

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from matplotlib.figure import Figure

__all__ = ["Chart", "cut", "plotting", "shown", "still"]

LINE, LINES = 60, 5
DPI = 100
PLOTLY = "application/vnd.plotly.v1+json"


@dataclass(frozen=True, slots=True)
class Chart:
    """`interactive` is a Plotly figure, `still` a Matplotlib one. A notebook shows the first, a page that runs no script the second."""

    title: str
    interactive: "go.Figure"
    still: "Figure"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Both, and the title as text. Plotly's own script is not among them: JupyterLab and VS Code have it."""
        return {PLOTLY: json.loads(self.interactive.to_json()), "image/png": self.to_png(), "text/plain": self.title}

    def to_png(self) -> bytes:
        """The still picture; the same bytes every time on one machine."""
        import matplotlib as mpl

        written = io.BytesIO()
        with mpl.rc_context({"text.parse_math": False}):  # what members write between dollars is not a formula
            self.still.savefig(written, format="png", dpi=DPI, metadata={"Software": None})
        return written.getvalue()


def plotting() -> ModuleType:
    """plotly.graph_objects. Raises PasserelleError where Plotly or Matplotlib is not installed."""
    try:
        import matplotlib as mpl  # noqa: F401

        module = importlib.import_module("plotly.graph_objects")
    except ImportError as error:
        raise PasserelleError(
            f"charts need {error.name}, which is not installed; install it with `pip install 'passerelle[notebooks]'`"
        ) from error
    return module


def still(width: float, height: float) -> "Figure":
    """An empty Matplotlib figure of `width` by `height` inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def shown(text: str, lines: int = LINES) -> str:
    """What somebody wrote, for a label of Plotly: cut, in short lines, and without meaning as markup or formula."""
    short = textwrap.wrap(text, LINE, max_lines=lines, placeholder=" …")
    return "<br>".join(html.escape(line) for line in short).replace("$", "&#36;")


def cut(text: str, length: int = 48) -> str:
    """What somebody wrote on one line, cut after a word where it is long."""
    return textwrap.shorten(text, length, placeholder=" …") or text[:length]
