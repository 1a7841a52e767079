"""Consortia over HTTP and on the command line."""

from .command import consortium
from .routes import consortium_api

__all__ = ["consortium", "consortium_api"]
