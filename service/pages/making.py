"""How a page is made: its template, its headers, its tag, and what is shown where it fails."""

import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.routing import APIRoute
from fastapi.templating import Jinja2Templates

from search import InvalidQuery, PasserelleError, UnknownMember
from search.relevance import level

from ..etags import is_known, tag_of, tagged, unchanged
from ..memory.access import visitor_of
from ..memory.errors import Conflict, NotAllowed, NotKept
from ..texts import LANGUAGES, texts_for
from . import names, views
from .address import Address

__all__ = ["PageRoute", "address_of", "answering_head", "error_page", "page_of"]

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Language",
}
EXPLAINED = (403, 404, 409, 422, 429, 500, 503)
"""Errors that have words of their own."""
PASSING = (429, 500, 503)
"""Errors that asking again may end."""
STATUS: dict[type[Exception], int] = {
    UnknownMember: 404,
    NotKept: 404,
    NotAllowed: 403,
    Conflict: 409,
    InvalidQuery: 422,
}

_log = logging.getLogger("passerelle.pages")
_templates = Jinja2Templates(Path(__file__).parents[1] / "templates")
_templates.env.globals.update(
    {name: getattr(views, name) for name in ("bank", "deck", "reasons", "website")} | {"level": level}
)
_templates.env.globals.update({name: getattr(names, name) for name in names.__all__})


def address_of(request: Request) -> Address:
    """What the browser asked for."""
    return Address.read(request.query_params, request.headers.get("accept-language", ""))


def page_of(request: Request, template: str, code: int = 200, **shown: object) -> Response:
    """A page, or 304 where the browser has it as it is."""
    address = address_of(request)
    caller, keys = getattr(request.state, "caller", None), getattr(request.state, "keys", None)
    context = {
        "t": texts_for(address.ui),
        "ui": address.ui,
        "other": LANGUAGES[1 - LANGUAGES.index(address.ui)],
        "address": address,
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "key": caller.key if caller else None,
        "has_keys": keys is not None and keys.required,
        "remembers": request.app.state.memory is not None and caller is not None and visitor_of(request) is not None,
        **shown,
    }
    headers = {**HEADERS, "Content-Language": address.ui}
    page: Response = _templates.TemplateResponse(request, template, context, status_code=code, headers=headers)
    if code != 200:
        return page
    tag = tag_of(bytes(page.body).decode())
    if is_known(request, tag):
        page = unchanged(tag)  # a browser takes its headers over, so they are all there
    page.headers.update({**headers, **tagged(tag)})
    return page


def error_page(request: Request, code: int) -> Response:
    """A page that says what went wrong, and what to do."""
    words = str(code) if code in EXPLAINED else "other"
    return page_of(request, "error.html", code, status=code, words=words, again=code in PASSING)


def answering_head(pages: APIRouter) -> APIRouter:
    """The router, whose pages can also be asked for their headers alone."""
    for route in pages.routes:
        if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
            route.methods.add("HEAD")
    return pages


class PageRoute(APIRoute):
    """A route whose errors are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See APIRoute."""
        answer = super().get_route_handler()

        async def answer_or_explain(request: Request) -> Response:
            try:
                return await answer(request)
            except tuple(STATUS) as error:
                return error_page(request, STATUS[type(error)])
            except PasserelleError as error:
                _log.warning("%s could not be shown: %s", request.url.path, error)
                return error_page(request, 503)
            except HTTPException as error:
                return error_page(request, error.status_code)
            except Exception:
                _log.exception("%s failed", request.url.path)
                return error_page(request, 500)

        return answer_or_explain
