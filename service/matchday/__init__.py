"""A day of one-to-one meetings: what large buyers need, matched to members, and a timetable of who meets whom when."""

from .extra import require_extra

__all__ = ["require_extra"]
