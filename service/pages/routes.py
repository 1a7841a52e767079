"""The pages and their addresses: /, /members/{id}, /shortlist, and what is shown where one of them fails."""

import logging
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from search import Filters, InvalidQuery, Member, PasserelleError, Query, Searcher, Shortlist, UnknownMember
from search.checks import MAX_TOPIC_CHARS

from ..live import Live
from ..texts import EXAMPLES, LANGUAGES, texts_for
from . import names, views
from .address import MAX_KEPT, PAGE_SIZE, Address

__all__ = ["add_pages"]

SIMILAR_SHOWN = 6
UNASKED_SHOWN = 2
"""Capabilities of a kept member shown where no topic says which matter."""
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language",
}

_HERE = Path(__file__).parents[1]
_log = logging.getLogger(__name__)
_templates = Jinja2Templates(_HERE / "templates")
_templates.env.globals.update(
    {name: getattr(views, name) for name in ("bank", "deck", "level", "reasons", "segments", "website")}
)
_templates.env.globals.update({name: getattr(names, name) for name in names.__all__})


def add_pages(app: FastAPI, live: Live) -> None:
    """Serve the pages, and what they load below /static."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.include_router(_pages(live))


def _pages(live: Live) -> APIRouter:
    pages = APIRouter(route_class=_PageRoute, include_in_schema=False, default_response_class=HTMLResponse)

    @pages.get("/")
    def search_page(request: Request) -> Response:
        searcher, address = live.searcher, _address(request)
        if not address.topic.strip():
            members = searcher.facets(Filters())["language"]
            return _page(request, "home.html", manifest=searcher.manifest, examples=EXAMPLES, banks=members)
        texts = texts_for(address.ui)
        shortlist, problem = _search(searcher, address.query())
        if shortlist is None:
            return _page(request, "search.html", 422, manifest=searcher.manifest, problem=texts[problem])
        return _page(
            request,
            "search.html",
            manifest=searcher.manifest,
            shortlist=shortlist,
            facets=views.facets(searcher, shortlist, address, texts),
            chips=views.chips(searcher, address, texts),
            previous=max(0, address.offset - PAGE_SIZE) if address.offset else None,
            next=address.offset + PAGE_SIZE if address.offset + PAGE_SIZE < shortlist.total else None,
        )

    @pages.get("/members/{member_id:path}")
    def member_page(request: Request, member_id: str) -> Response:
        searcher = live.searcher
        capabilities = searcher.capabilities(member_id)
        return _page(
            request,
            "member.html",
            manifest=searcher.manifest,
            member=searcher.member(member_id),
            capabilities=capabilities,
            languages=tuple(dict.fromkeys(capability.language for capability in capabilities)),
            similar=searcher.similar(member_id, SIMILAR_SHOWN),
        )

    @pages.get("/shortlist")
    def shortlist_page(request: Request) -> Response:
        searcher, address = live.searcher, _address(request)
        known, gone = _members(searcher, address.values("only")[:MAX_KEPT])
        ids = tuple(member.id for member in known)
        shortlist, problem = _search(searcher, Query(address.topic, limit=MAX_KEPT, only=ids)) if ids else (None, "")
        if shortlist is None:
            kept = tuple(views.Kept(member, searcher.capabilities(member.id)[:UNASKED_SHOWN]) for member in known)
        else:
            kept = tuple(views.Kept(match.member, match.evidence, match.relevance) for match in shortlist)
        return _page(
            request,
            "shortlist.html",
            422 if problem else 200,
            manifest=searcher.manifest,
            kept=kept,
            gone=gone,
            problem=texts_for(address.ui)[problem] if problem else "",
            near=shortlist.language if shortlist is not None else "",
            export=address.export(ids),
        )

    return pages


class _PageRoute(APIRoute):
    """A route whose errors are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_or_explain(request: Request) -> Response:
            try:
                return await answer(request)
            except UnknownMember:
                return _page(request, "error.html", 404, status=404)
            except PasserelleError:
                _log.exception("%s could not be shown", request.url.path)
                return _page(request, "error.html", 503, status=503)
            except Exception:
                _log.exception("%s failed", request.url.path)
                return _page(request, "error.html", 500, status=500)

        return answer_or_explain


def _members(searcher: Searcher, ids: Iterable[str]) -> tuple[tuple[Member, ...], tuple[str, ...]]:
    """The members with these ids, in order, and the ids that nobody has."""
    known, gone = [], []
    for member_id in ids:
        try:
            known.append(searcher.member(member_id))
        except UnknownMember:
            gone.append(member_id)
    return tuple(known), tuple(gone)


def _search(searcher: Searcher, query: Query) -> tuple[Shortlist | None, str]:
    """The answer, or the key of the text that says why there is none, or neither where no topic is asked about."""
    if not query.topic.strip():
        return None, ""
    try:
        return searcher.answer([query])[0], ""
    except InvalidQuery:
        if len(query.topic) > MAX_TOPIC_CHARS:
            return None, "too_long"
        return None, "unreadable" if "\0" in query.topic else "refused"


def _address(request: Request) -> Address:
    return Address.read(request.query_params, request.headers.get("accept-language", ""))


def _page(request: Request, template: str, code: int = 200, **shown: object) -> Response:
    address = _address(request)
    context = {
        "t": texts_for(address.ui),
        "ui": address.ui,
        "other": LANGUAGES[1 - LANGUAGES.index(address.ui)],
        "address": address,
        "path": request.url.path,
        **shown,
    }
    headers = {**SECURITY_HEADERS, "Content-Language": address.ui}
    return _templates.TemplateResponse(request, template, context, status_code=code, headers=headers)
