"""The errors of the memory's routes, as their documentation shows them."""

from ..problems import RESPONSES, described

__all__ = ["CONFLICT", "KEPT", "NOT_KEPT", "NOT_KEPT_OR_CONFLICT", "NO_FEED"]

KEPT = RESPONSES | described(
    403,
    "Nobody's memory is open to this caller, or a page of another site asks.",
    "nobody's memory is open to this caller; send a key, or ask from the machine that serves where there are none",
)
"""Of every route."""
NOT_KEPT = described(
    404,
    "Nothing of the caller's has this id, or no member has it.",
    "no shortlist of yours has the id 4a5c6a8e-5a2b-4f0c-9a53-0c6f3f1f7b11",
)
CONFLICT = described(
    409,
    "Changed by somebody else meanwhile, not a step that can follow, or more than is kept.",
    "the shortlist is at version 2, this change was made from 1; read it again",
)
NOT_KEPT_OR_CONFLICT = NOT_KEPT | CONFLICT
NO_FEED = described(
    404, "No such feed.", "no feed has this address; its owner may have renewed it, or deleted the topic"
)
