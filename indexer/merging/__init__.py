"""The same organisation seen in several clusters, or twice in one, becomes one member.

`merge_members` decides by a few signals, says why, and obeys verdicts that people wrote down (`read_verdicts`).
"""

from .merge import Merge, Merged, merge_members
from .uniting import MERGED_FROM, OTHER_NAMES
from .verdicts import NO_VERDICTS, Verdicts, read_verdicts

__all__ = ["MERGED_FROM", "NO_VERDICTS", "OTHER_NAMES", "Merge", "Merged", "Verdicts", "merge_members", "read_verdicts"]
