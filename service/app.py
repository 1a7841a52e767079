"""The HTTP service: JSON under /v1, the page at /, documentation at /docs."""

from importlib import metadata
from typing import Annotated

from fastapi import APIRouter, FastAPI
from fastapi import Query as QueryParameters
from fastapi_offline import FastAPIOffline

from .live import Live
from .pages import add_pages
from .problems import RESPONSES, Problem, add_problem_handlers
from .schemas import (
    Health,
    MemberOut,
    PageLink,
    Readiness,
    SearchLink,
    SearchRequest,
    SearchResponse,
    member_out,
    search_response,
)

__all__ = ["create_app"]

DESCRIPTION = """
Find R&D partners among the members of European technology clusters. Send a topic in French or in English, from a phrase to a whole
call text; the answer is a ranked list of members, each with the sentences of its own description that make it a match, in whichever
language it wrote them.
"""


def create_app(live: Live) -> FastAPI:
    """The application, answering from whatever snapshot is live."""
    app = FastAPIOffline(title="Passerelle", version=metadata.version("passerelle"), description=DESCRIPTION)
    add_problem_handlers(app)
    app.include_router(_api(live))
    app.include_router(_probes(live))
    add_pages(app, live)
    return app


def _api(live: Live) -> APIRouter:
    api = APIRouter(prefix="/v1", responses=RESPONSES)
    not_found: dict[int | str, dict[str, object]] = {
        404: {"model": Problem, "description": "No member has this id.", "content": {"application/problem+json": {}}}
    }

    @api.post("/search", tags=["search"], summary="Find partners for a topic")
    def search(request: SearchRequest) -> SearchResponse:
        return search_response(live.searcher.answer([request.query()])[0])

    @api.get("/search", tags=["search"], summary="The same, as a link")
    def search_link(request: Annotated[SearchLink, QueryParameters()]) -> SearchResponse:
        return search_response(live.searcher.answer([request.query()])[0])

    @api.get(
        "/members/{member_id:path}/similar",
        tags=["members"],
        summary="Members with similar capabilities",
        responses=not_found,
    )
    def similar(member_id: str, page: Annotated[PageLink, QueryParameters()]) -> SearchResponse:
        """Nearest first, by vectors alone. `relevance` is calibrated for topics and only orders here."""
        return search_response(live.searcher.similar(member_id, page.limit, page.offset))

    @api.get("/members/{member_id:path}", tags=["members"], summary="One member", responses=not_found)
    def member(member_id: str) -> MemberOut:
        return member_out(live.searcher.member(member_id))

    return api


def _probes(live: Live) -> APIRouter:
    probes = APIRouter(tags=["operations"])

    @probes.get("/healthz", summary="Is the process alive?")
    def healthz() -> Health:
        return Health()

    @probes.get("/readyz", summary="Can it answer searches, and from which snapshot?")
    def readyz() -> Readiness:
        searcher = live.searcher
        return Readiness(snapshot=searcher.manifest.snapshot, members=len(searcher))

    return probes
