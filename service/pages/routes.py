"""The pages and their addresses: /, /members/{id}, /shortlist, /consortium, and what is shown where one of them fails."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from search import Evidence, Filters, InvalidQuery, Member, Query, Searcher, Shortlist, UnknownMember
from search.checks import MAX_TOPIC_CHARS
from search.exports import XLSX

from ..live import Live
from ..memory import Memory
from ..security import Masked
from ..security.emails import mask_emails, masked_member, masked_shortlist
from ..texts import EXAMPLES, texts_for
from . import refine, views
from .address import MAX_KEPT, PAGE_SIZE, Address
from .consortium import add_consortium_page
from .files import workbook
from .making import PageRoute, address_of, answering_head, error_page, page_of
from .memory import add_memory_pages, verdicts_of
from .signing import add_signing

__all__ = ["add_pages"]

SIMILAR_SHOWN = 6
UNASKED_SHOWN = 2
"""Capabilities of a kept member shown where no topic says which matter."""

_STATIC = Path(__file__).parents[1] / "static"


def add_pages(app: FastAPI, live: Live, searched: Callable[[Shortlist], None], memory: Memory | None = None) -> None:
    """Serve the pages, and what they load below /static; `searched` is told of each answer; `memory` adds what users keep."""
    app.state.memory = memory
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.include_router(_pages(live, searched))
    add_signing(app)
    if memory is not None:
        pages = APIRouter(route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse)
        add_memory_pages(pages, live, memory)
        app.include_router(answering_head(pages))


def _pages(live: Live, searched: Callable[[Shortlist], None]) -> APIRouter:
    pages = APIRouter(route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse)

    @pages.get("/")
    def search_page(request: Request, masked: Masked) -> Response:
        searcher, address = live.searcher, address_of(request)
        if not address.topic.strip():
            members = searcher.facets(Filters())["language"]
            return page_of(request, "home.html", manifest=searcher.manifest, examples=EXAMPLES, banks=members)
        texts = texts_for(address.ui)
        shortlist, problem = _search(searcher, address.query(), masked, searched)
        if shortlist is None:
            return page_of(request, "search.html", 422, manifest=searcher.manifest, problem=texts[problem])
        return page_of(
            request,
            "search.html",
            manifest=searcher.manifest,
            shortlist=shortlist,
            verdicts=verdicts_of(request, shortlist),
            facets=views.facets(searcher, shortlist, address, texts),
            chips=_chips(searcher, address, masked),
            refinement=refine.refinement(searcher, address, texts),
            previous=max(0, address.offset - PAGE_SIZE) if address.offset else None,
            next=_next(address, shortlist),
        )

    @pages.get("/members/{member_id:path}")
    def member_page(request: Request, masked: Masked, member_id: str) -> Response:
        searcher = live.searcher
        member, capabilities = _member(searcher, member_id, masked)
        similar = searcher.similar(member_id, SIMILAR_SHOWN)
        return page_of(
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
        searcher, address = live.searcher, address_of(request)
        kept, problem = _kept(searcher, address, masked, searched)
        return page_of(
            request,
            "shortlist.html",
            422 if problem else 200,
            manifest=searcher.manifest,
            kept=kept,
            problem=texts_for(address.ui)[problem] if problem else "",
        )

    @pages.get("/shortlist.xlsx")
    def shortlist_file(request: Request, masked: Masked) -> Response:
        searcher, address = live.searcher, address_of(request)
        kept, problem = _kept(searcher, address, masked, searched)
        if problem or not kept.members:
            return error_page(request, 422 if problem else 404)
        headers = {"Content-Disposition": f'attachment; filename="{texts_for(address.ui)["file_name"]}.xlsx"'}
        return Response(workbook(kept, searcher.manifest.snapshot, address.ui), media_type=XLSX, headers=headers)

    add_consortium_page(pages, live)
    return answering_head(pages)


def _next(address: Address, shortlist: Shortlist) -> int | None:
    """Where the next page begins: none is offered after one on which nobody is relevant enough."""
    following = address.offset + PAGE_SIZE
    return following if shortlist and following < shortlist.total else None


def _member(searcher: Searcher, member_id: str, masked: bool) -> tuple[Member, tuple[Evidence, ...]]:
    """A member and all it says it can do, as the caller may see them. Raises UnknownMember."""
    member, capabilities = searcher.member(member_id), searcher.capabilities(member_id)
    if not masked:
        return member, capabilities
    shown = masked_member(member)
    return shown, tuple(
        replace(said, text=shown.descriptions[said.description][said.start : said.end]) for said in capabilities
    )


def _kept(
    searcher: Searcher, address: Address, masked: bool, searched: Callable[[Shortlist], None]
) -> tuple[views.KeptList, str]:
    """The members that an address names, best first where it names a topic, and the key of the text that says why they are not ranked."""
    ids = address.values("only")[:MAX_KEPT]
    known, gone = _known(searcher, ids, masked)
    if not known:
        return views.KeptList(gone=gone), ""
    query = Query(address.topic, limit=MAX_KEPT, only=ids)
    shortlist, problem = _search(searcher, query, masked, searched)
    if shortlist is None:
        return views.KeptList(known, gone), problem
    ranked = tuple(views.Kept(match.member, match.evidence, match.relevance) for match in shortlist)
    return views.KeptList(ranked, gone, shortlist.topic, shortlist.language, shortlist.answerable), ""


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
