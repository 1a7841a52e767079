"""What a user keeps, as files to save: the same for programs and from the page."""

from fastapi import Response
from fastapi.responses import JSONResponse

from ..security.emails import mask_emails
from .database import Memory
from .judgments import qrels
from .users import export_user

__all__ = ["JSON_LINES", "judgments_file", "memory_file"]

JSON_LINES = "application/jsonl"


def memory_file(memory: Memory, user: str, masked: bool) -> Response:
    """All that is kept of a user, as JSON; `masked`: without the e-mail addresses in what members say."""
    with memory.reading() as session:
        kept = export_user(session, user, mask_emails if masked else str)
    return JSONResponse(kept, headers=_saved_as("passerelle-memory.json"))


def judgments_file(memory: Memory, user: str) -> Response:
    """A user's judgments as judged topics, in JSON Lines."""
    with memory.reading() as session:
        content = "".join(qrels(session, user))
    return Response(content, media_type=JSON_LINES, headers=_saved_as("passerelle-judgments.jsonl"))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
