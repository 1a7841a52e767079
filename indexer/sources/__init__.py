"""Members from whatever clusters export: files of several formats, mappings, public data."""

from .rejects import Reject, RejectGroup, grouped, reject_summary, write_rejects

__all__ = ["Reject", "RejectGroup", "grouped", "reject_summary", "write_rejects"]
