"""The charts of the notebooks; they need `passerelle[notebooks]`."""

from .chart import Chart
from .heat import heat_chart
from .maps import map_chart, mixing_chart

__all__ = ["Chart", "heat_chart", "map_chart", "mixing_chart"]
