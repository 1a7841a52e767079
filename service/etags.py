"""Tags of answers, so that one that did not change is not sent again."""

import hashlib

from fastapi import Request, Response

__all__ = ["is_known", "tag_of", "tagged", "unchanged"]


def tag_of(*parts: object) -> str:
    """A tag made of what an answer depends on. Weak: two answers to one search differ in how long they took."""
    digest = hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()
    return f'W/"{digest[:32]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the caller has the answer with this tag."""
    return tag in {known.strip() for known in request.headers.get("if-none-match", "").split(",")}


def tagged(tag: str) -> dict[str, str]:
    """Headers of an answer with this tag: it may be kept, and is asked for again each time."""
    return {"ETag": tag, "Cache-Control": "no-cache"}


def unchanged(tag: str) -> Response:
    """304: the answer is the one that the caller has."""
    return Response(status_code=304, headers=tagged(tag))
