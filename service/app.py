"""The HTTP service: JSON under /v1, the page at /, documentation at /docs."""

from importlib import metadata
from typing import Annotated

from fastapi import APIRouter, FastAPI
from fastapi import Query as QueryParameters
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST

from search import Query, Shortlist

from .live import Live
from .logs import access_log
from .metrics import Metrics
from .observing import Observing
from .page import add_page
from .problems import RESPONSES, Problem, add_problem_handlers
from .schemas import (
    Health,
    MemberOut,
    PageLink,
    Readiness,
    RefusedSnapshot,
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
    metrics = Metrics(live)
    add_problem_handlers(app)
    app.include_router(_api(live, metrics))
    app.include_router(_probes(live, metrics))
    add_page(app, live, metrics.searched)
    app.add_middleware(Observing, observers=(metrics.requested, access_log(live)))
    return app


def _api(live: Live, metrics: Metrics) -> APIRouter:
    api = APIRouter(prefix="/v1", responses=RESPONSES)
    not_found: dict[int | str, dict[str, object]] = {
        404: {"model": Problem, "description": "No member has this id.", "content": {"application/problem+json": {}}}
    }

    def answered(query: Query) -> Shortlist:
        shortlist = live.searcher.answer([query])[0]
        metrics.searched(shortlist)
        return shortlist

    @api.post("/search", tags=["search"], summary="Find partners for a topic")
    def search(request: SearchRequest) -> SearchResponse:
        return search_response(answered(request.query()))

    @api.get("/search", tags=["search"], summary="The same, as a link")
    def search_link(request: Annotated[SearchLink, QueryParameters()]) -> SearchResponse:
        return search_response(answered(request.query()))

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


def _probes(live: Live, metrics: Metrics) -> APIRouter:
    probes = APIRouter(tags=["operations"])
    not_ready: dict[int | str, dict[str, object]] = {
        503: {"model": Problem, "description": "No snapshot answers yet.", "content": {"application/problem+json": {}}}
    }

    # Both answer without waiting for a thread: a service that has much to do is still alive and ready.
    @probes.get("/healthz", summary="Is the process alive?")
    async def healthz() -> Health:
        return Health()

    @probes.get("/readyz", summary="Can it answer searches, and from which snapshot?", responses=not_ready)
    async def readyz() -> Readiness:
        """`refused` is a newer snapshot that could not be opened: the one named goes on answering."""
        searcher, refused = live.searcher, live.refused
        return Readiness(
            snapshot=searcher.manifest.snapshot,
            members=len(searcher),
            refused=refused and RefusedSnapshot(snapshot=refused.snapshot, reason=refused.reason, since=refused.since),
        )

    @probes.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    def exposition() -> Response:
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return probes
