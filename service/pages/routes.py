"""The pages and their addresses: /, /members/{id}, /shortlist, /consortium, and what is shown where one of them fails."""

import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from search import Evidence, Filters, InvalidQuery, Member, PasserelleError, Query, Searcher, Shortlist, UnknownMember
from search.checks import MAX_TOPIC_CHARS

from ..live import Live
from ..security import Masked
from ..security.emails import mask_emails, masked_member, masked_shortlist
from ..texts import EXAMPLES, LANGUAGES, texts_for
from . import names, views
from .address import MAX_KEPT, PAGE_SIZE, Address
from .consortium import add_consortium_page

__all__ = ["add_pages"]

SIMILAR_SHOWN = 6
UNASKED_SHOWN = 2
"""Capabilities of a kept member shown where no topic says which matter."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Language",
}

_HERE = Path(__file__).parents[1]
_log = logging.getLogger("passerelle.pages")
_templates = Jinja2Templates(_HERE / "templates")
_templates.env.globals.update(
    {name: getattr(views, name) for name in ("bank", "deck", "level", "reasons", "segments", "website")}
)
_templates.env.globals.update({name: getattr(names, name) for name in names.__all__})


def add_pages(app: FastAPI, live: Live, searched: Callable[[Shortlist], None]) -> None:
    """Serve the pages, and what they load below /static; `searched` is told of each answer."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.include_router(_pages(live, searched))


def _pages(live: Live, searched: Callable[[Shortlist], None]) -> APIRouter:
    pages = APIRouter(route_class=_PageRoute, include_in_schema=False, default_response_class=HTMLResponse)

    @pages.get("/")
    def search_page(request: Request, masked: Masked) -> Response:
        searcher, address = live.searcher, _address(request)
        if not address.topic.strip():
            members = searcher.facets(Filters())["language"]
            return _page(request, "home.html", manifest=searcher.manifest, examples=EXAMPLES, banks=members)
        texts = texts_for(address.ui)
        shortlist, problem = _search(searcher, address.query(), masked, searched)
        if shortlist is None:
            return _page(request, "search.html", 422, manifest=searcher.manifest, problem=texts[problem])
        return _page(
            request,
            "search.html",
            manifest=searcher.manifest,
            shortlist=shortlist,
            facets=views.facets(searcher, shortlist, address, texts),
            chips=_chips(searcher, address, masked),
            previous=max(0, address.offset - PAGE_SIZE) if address.offset else None,
            next=address.offset + PAGE_SIZE if address.offset + PAGE_SIZE < shortlist.total else None,
        )

    @pages.get("/members/{member_id:path}")
    def member_page(request: Request, masked: Masked, member_id: str) -> Response:
        searcher = live.searcher
        member, capabilities = _member(searcher, member_id, masked)
        similar = searcher.similar(member_id, SIMILAR_SHOWN)
        return _page(
            request,
            "member.html",
            manifest=searcher.manifest,
            member=member,
            capabilities=capabilities,
            languages=tuple(dict.fromkeys(capability.language for capability in capabilities)),
            similar=masked_shortlist(similar) if masked else similar,
        )

    @pages.get("/shortlist")
    def shortlist_page(request: Request, masked: Masked) -> Response:
        searcher, address = live.searcher, _address(request)
        ids = address.values("only")[:MAX_KEPT]
        known, gone = _known(searcher, ids, masked)
        shortlist, problem = None, ""
        if known:
            query = Query(address.topic, limit=MAX_KEPT, only=ids)
            shortlist, problem = _search(searcher, query, masked, searched)
        if shortlist is not None:
            known = tuple(views.Kept(match.member, match.evidence, match.relevance) for match in shortlist)
        return _page(
            request,
            "shortlist.html",
            422 if problem else 200,
            manifest=searcher.manifest,
            kept=known,
            gone=gone,
            problem=texts_for(address.ui)[problem] if problem else "",
            near=shortlist.language if shortlist is not None else "",
            export=address.export(kept.member.id for kept in known),
        )

    add_consortium_page(pages, live, _page)
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
            except PasserelleError as error:
                _log.warning("%s could not be shown: %s", request.url.path, error)
                return _page(request, "error.html", 503, status=503)
            except Exception:
                _log.exception("%s failed", request.url.path)
                return _page(request, "error.html", 500, status=500)

        return answer_or_explain


def _member(searcher: Searcher, member_id: str, masked: bool) -> tuple[Member, tuple[Evidence, ...]]:
    """A member and all it says it can do, as the caller may see them. Raises UnknownMember."""
    member, capabilities = searcher.member(member_id), searcher.capabilities(member_id)
    if not masked:
        return member, capabilities
    shown = masked_member(member)
    return shown, tuple(
        replace(said, text=shown.descriptions[said.description][said.start : said.end]) for said in capabilities
    )


def _known(searcher: Searcher, ids: Iterable[str], masked: bool) -> tuple[tuple[views.Kept, ...], tuple[str, ...]]:
    """The members with these ids, in order, and the ids that nobody has."""
    known, gone = [], []
    for member_id in ids:
        try:
            member, capabilities = _member(searcher, member_id, masked)
        except UnknownMember:
            gone.append(member_id)
        else:
            known.append(views.Kept(member, capabilities[:UNASKED_SHOWN]))
    return tuple(known), tuple(gone)


def _chips(searcher: Searcher, address: Address, masked: bool) -> tuple[views.Chip, ...]:
    chips = views.chips(searcher, address, texts_for(address.ui))
    return tuple(replace(chip, label=mask_emails(chip.label)) for chip in chips) if masked else chips


def _search(
    searcher: Searcher, query: Query, masked: bool, searched: Callable[[Shortlist], None]
) -> tuple[Shortlist | None, str]:
    """The answer, or the key of the text that says why there is none, or neither where no topic is asked about."""
    if not query.topic.strip():
        return None, ""
    try:
        shortlist = searcher.answer([query])[0]
    except InvalidQuery:
        if len(query.topic) > MAX_TOPIC_CHARS:
            return None, "too_long"
        return None, "unreadable" if "\0" in query.topic else "refused"
    searched(shortlist)
    return masked_shortlist(shortlist) if masked else shortlist, ""


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
    headers = {**HEADERS, "Content-Language": address.ui}
    return _templates.TemplateResponse(request, template, context, status_code=code, headers=headers)
