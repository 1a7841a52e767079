"""Whose memory a request may use."""

from typing import Annotated

from fastapi import Depends, Request

from ..security.callers import KEY_USER, LOCAL_USER, Caller, Masked, is_foreign
from ..security.keyfile import KeyRing, Scope
from .errors import NotAllowed

__all__ = ["User", "feed_is_open", "user_of", "visitor_of"]

SAFE_METHODS = frozenset({"GET", "HEAD"})


def user_of(request: Request) -> str | None:
    """The user who asks; None where the caller has no memory here."""
    caller: Caller = request.state.caller
    return caller.user


def visitor_of(request: Request) -> str | None:
    """The user whose memory a page shows or a form changes; None also where a page of another site asks.

    A link from elsewhere may lead here, and browsers then say no Origin; a script that reads across sites, or a form, does.
    """
    is_link = request.method in SAFE_METHODS and "origin" not in request.headers
    return user_of(request) if is_link or not is_foreign(request) else None


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
