"""What users keep: shortlists with notes, introductions, judgments and saved topics, in a database."""

from .database import Memory, open_memory, upgrade_memory

__all__ = ["Memory", "open_memory", "upgrade_memory"]
