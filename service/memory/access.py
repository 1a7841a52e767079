"""Whose memory a request may use, and whether a browser was made to ask by another site."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from ..security.callers import KEY_USER, LOCAL_USER, Caller, Masked
from ..security.keyfile import KeyRing, Scope
from .errors import NotAllowed

__all__ = ["User", "feed_is_open", "is_foreign", "user_of"]

SAFE_METHODS = frozenset({"GET", "HEAD"})


def user_of(request: Request) -> str | None:
    """The user who asks; None where the caller has no memory here."""
    caller: Caller = request.state.caller
    return caller.user


def is_foreign(request: Request) -> bool:
    """Whether a browser asks on behalf of a page of another site, as far as it says.

    Browsers say so in Sec-Fetch-Site, on connections that they trust, and in Origin whenever something is sent. Programs say nothing.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()


def feed_is_open(user: str, keys: KeyRing, request: Request) -> bool:
    """Whether the feeds of a user are served: as long as the key is valid, or to the machine without keys that they were made on."""
    if user == LOCAL_USER:
        return user_of(request) == LOCAL_USER
    return keys.holds(user.removeprefix(KEY_USER), Scope.SEARCH)


def _user(request: Request, _: Masked) -> str:  # Masked: so that /docs can send a key
    caller: Caller = request.state.caller
    if (caller.key is None or request.method not in SAFE_METHODS) and is_foreign(request):
        raise NotAllowed("this was asked by a page of another site; the memory is for its own page and for programs")
    user = user_of(request)
    if user is None:
        raise NotAllowed(
            "nobody's memory is open to this caller; send a key, or ask from the machine that serves where there are none"
        )
    return user


User = Annotated[str, Depends(_user)]
"""A route's parameter: the user who asks. Raises NotAllowed where there is none."""
