"""Passerelle's core: open an index, ask it.

from search import open_index
partners = open_index("var/store")
shortlist = partners.search("capteurs MEMS basse consommation", country=["BE", "NL"], k=10)
"""

from .errors import (
    EncoderError,
    InvalidQuery,
    PasserelleError,
    RunRefused,
    SnapshotRefused,
    SourceError,
    StoreError,
    StoreNotFound,
    UnknownMember,
)
from .frames import batch_frame
from .searcher import Searcher, open_index
from .types import Evidence, Filters, Match, Member, Need, Query, Shortlist

__all__ = [
    "EncoderError",
    "Evidence",
    "Filters",
    "InvalidQuery",
    "Match",
    "Member",
    "Need",
    "PasserelleError",
    "Query",
    "RunRefused",
    "Searcher",
    "Shortlist",
    "SnapshotRefused",
    "SourceError",
    "StoreError",
    "StoreNotFound",
    "UnknownMember",
    "batch_frame",
    "open_index",
]
