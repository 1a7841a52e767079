"""The web pages: search, one member, a shortlist. Server-rendered; one small script for what only a browser can keep."""

from .readable import ReadableProblems
from .routes import add_pages

__all__ = ["ReadableProblems", "add_pages"]
