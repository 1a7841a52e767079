"""The HTTP service: JSON under /v1, the page at /, documentation at /docs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline

from .api import api_of
from .batching import Batcher
from .live import Live
from .pages import add_pages
from .problems import add_problem_handlers
from .schemas import Health, Readiness

__all__ = ["create_app"]

DESCRIPTION = """
Find R&D partners among the members of European technology clusters. Send a topic in French or in English, from a phrase to a whole
call text; the answer is a ranked list of members, each with the sentences of its own description that make it a match, in whichever
language it wrote them.
"""


def create_app(live: Live) -> FastAPI:
    """The application, answering from whatever snapshot is live."""
    batcher = Batcher(live)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        batcher.close()

    app = FastAPIOffline(
        title="Passerelle", version=metadata.version("passerelle"), description=DESCRIPTION, lifespan=lifespan
    )
    add_problem_handlers(app)
    app.include_router(api_of(live, batcher))
    app.include_router(_probes(live))
    add_pages(app, live)
    return app


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
