"""The HTTP service: JSON under /v1, the page at /, documentation at /docs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST

from . import examples
from .api import api_of
from .batching import Batcher
from .consortium import consortium_api
from .live import Live
from .logs import access_log
from .matchday.page import add_matchday
from .memory import Memory
from .memory.api import add_memory
from .metrics import Metrics
from .observing import Observing
from .pages import ReadableProblems, add_pages
from .problems import add_problem_handlers, described
from .schemas import Health, Readiness, RefusedSnapshot
from .security import SecuritySettings, add_security
from .security.keyfile import KeyRing

__all__ = ["create_app"]

UNGUARDED = SecuritySettings()
"""No keys: for this machine alone. Limits and headers all the same."""

DESCRIPTION = """
Find R&D partners among the members of European technology clusters. Send a topic in French or in English, from a phrase to a whole
call text; the answer is a ranked list of members, each with the sentences of its own description that make it a match, in whichever
language it wrote them.
"""


def create_app(live: Live, security: SecuritySettings = UNGUARDED, memory: Memory | None = None) -> FastAPI:
    """The application, answering from whatever snapshot is live; with a memory, what users keep is served too."""
    metrics = Metrics(live)
    batcher = Batcher(live, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        batcher.close()
        if memory is not None:
            memory.close()

    app = FastAPIOffline(
        title="Passerelle", version=metadata.version("passerelle"), description=DESCRIPTION, lifespan=lifespan
    )
    add_problem_handlers(app)
    app.include_router(api_of(live, batcher))
    app.include_router(consortium_api(live))
    app.include_router(_probes(live, metrics))
    if memory is not None:
        add_memory(app, live, memory, KeyRing(security.keys_file))
    add_pages(app, live, metrics.searched, memory)
    add_matchday(app, live)
    add_security(app, security)
    app.add_middleware(ReadableProblems)
    app.add_middleware(Observing, observers=(metrics.requested, access_log(live)))
    return app


def _probes(live: Live, metrics: Metrics) -> APIRouter:
    probes = APIRouter(tags=["operations"])
    not_ready = described(503, "No snapshot answers yet.", "the snapshot is still being loaded; ask again in a moment")
    figures: dict[int | str, dict[str, object]] = {200: {"content": {"text/plain": {"example": examples.METRICS}}}}

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

    @probes.get("/metrics", summary="Figures for Prometheus", response_class=Response, responses=figures)
    def exposition() -> Response:
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return probes
