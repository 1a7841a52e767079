"""Signing in: a visitor gives a key to the browser, which then sends it with each page."""

import re

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from ..security import KEY_COOKIE, KeyRing
from .forms import form_of
from .making import PageRoute, answering_head, page_of

__all__ = ["add_signing", "asking_page"]

_HERE = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""The address of a page of this service, which no browser takes for another's."""


def add_signing(app: FastAPI) -> None:
    """Serve /sign-in and /sign-out."""
    pages = APIRouter(route_class=PageRoute, include_in_schema=False)

    @pages.get("/sign-in")
    async def ask(request: Request) -> Response:
        back = _back(request.query_params.get("to", ""))
        return asking_page(request, 200, back) if _keys(request).required else RedirectResponse(back, 303)

    @pages.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        fields = await form_of(request)
        back, secret = _back(fields.get("to", "")), fields.get("key", "").strip()
        if _keys(request).find(secret) is None:
            return asking_page(request, 401, back, "sign_in_wrong")
        answer = RedirectResponse(back, 303)
        forwarded = request.headers.get("x-forwarded-proto", request.url.scheme)
        # Of this session of the browser alone; also sent where a link from elsewhere leads here, since pages only show, and forms look at where they come from.
        answer.set_cookie(KEY_COOKIE, secret, httponly=True, samesite="lax", secure=forwarded == "https")
        return answer

    @pages.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        answer = RedirectResponse(_back((await form_of(request)).get("to", "")), 303)
        answer.delete_cookie(KEY_COOKIE, httponly=True, samesite="lax")
        return answer

    app.include_router(answering_head(pages))


def asking_page(request: Request, code: int, back: str, refused: str = "") -> Response:
    """The page that asks for a key; `back` is where the key leads to, `refused` the key of the text that says why one does not."""
    held = KEY_COOKIE in request.cookies
    return page_of(request, "signing.html", code, refused=refused, back=back, held=held, signing=True)


def _back(to: str) -> str:
    return to if _HERE.fullmatch(to) else "/"


def _keys(request: Request) -> KeyRing:
    keys: KeyRing = request.state.keys
    return keys
