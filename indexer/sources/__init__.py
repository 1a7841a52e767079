"""Members from whatever clusters export: files of several formats, mappings, public data."""

from .rejects import Reject, reject_summary, write_rejects

__all__ = ["Reject", "reject_summary", "write_rejects"]
