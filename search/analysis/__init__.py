"""Analyses of a whole directory, for notebooks: a map of its members, what they are about, who overlaps with whom, what is missing.

Nothing here is needed to search. Tables are pandas DataFrames; charts (`search.analysis.charts`) need `passerelle[notebooks]`.
"""

from .coverage import BY_NOBODY, BY_ONE, BY_SEVERAL, Complementarity, Coverage, complementarity, coverage
from .layout import neighbours_kept, place
from .members import member_vectors, members_table
from .mixing import Mixing, language_mixing
from .overlap import Overlap, overlap
from .themes import Theme, Themes, find_themes

__all__ = [
    "BY_NOBODY",
    "BY_ONE",
    "BY_SEVERAL",
    "Complementarity",
    "Coverage",
    "Mixing",
    "Overlap",
    "Theme",
    "Themes",
    "complementarity",
    "coverage",
    "find_themes",
    "language_mixing",
    "member_vectors",
    "members_table",
    "neighbours_kept",
    "overlap",
    "place",
]
