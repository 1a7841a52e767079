"""Consortia: the needs of a call, the members who together cover them, and the rules that a programme sets."""

from .profiles import Profile, named_profile, profile_names, read_profile
from .rules import Checked, Outcome, Rule, Wording, check_members
from .types import Alternate, Consortium, ConsortiumQuery, CoveredNeed, Obstacle, Role, Seat, WeightedNeed

__all__ = [
    "Alternate",
    "Checked",
    "Consortium",
    "ConsortiumQuery",
    "CoveredNeed",
    "Obstacle",
    "Outcome",
    "Profile",
    "Role",
    "Rule",
    "Seat",
    "WeightedNeed",
    "Wording",
    "check_members",
    "named_profile",
    "profile_names",
    "read_profile",
]
