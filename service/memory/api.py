"""The memory over HTTP: JSON below /v1, feeds below /feeds."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi import Query as QueryParameters
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from search import PasserelleError

from ..live import Live
from ..problems import RESPONSES, problem
from ..security import Masked
from ..security.keyfile import KeyRing
from . import examples
from .access import User, feed_is_open
from .api_kept import kept_routes
from .api_topics import topic_routes
from .database import Memory
from .errors import Conflict, InvalidEntry, NotAllowed, NotKept
from .feeds import ATOM, atom_of
from .files import memory_file
from .problems import KEPT, NO_FEED
from .topics import FEED_LENGTH, feed_of, list_findings
from .users import forget_user

__all__ = ["add_memory"]

STATUS: dict[type[PasserelleError], int] = {NotKept: 404, Conflict: 409, NotAllowed: 403, InvalidEntry: 422}


class Forgotten(BaseModel):
    """How much of what was deleted."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FORGOTTEN]})

    shortlists: int
    introductions: int
    judgments: int
    topics: int


def add_memory(app: FastAPI, live: Live, memory: Memory, keys: KeyRing) -> None:
    """Serve the memory, and turn what it refuses into problem documents."""
    for kind, status in STATUS.items():
        app.add_exception_handler(kind, _handler(status))
    api = APIRouter(prefix="/v1", responses=KEPT)
    api.include_router(kept_routes(live, memory))
    api.include_router(topic_routes(live, memory))
    _add_everything(api, memory)
    app.include_router(api)
    app.include_router(_feeds(memory, keys))


def _add_everything(api: APIRouter, memory: Memory) -> None:
    shown: dict[int | str, dict[str, object]] = {
        200: {"description": "The file.", "content": {"application/json": {"example": examples.MEMORY}}}
    }

    @api.get(
        "/memory", tags=["memory"], summary="All that is kept for you", response_class=JSONResponse, responses=shown
    )
    def everything(user: User, masked: Masked) -> Response:
        """As a file to save. The addresses of feeds are left out."""
        return memory_file(memory, user, masked)

    @api.delete("/memory", tags=["memory"], summary="Delete all that is kept for you")
    def forget(user: User) -> Forgotten:
        """At once and for good: feeds end too."""
        with memory.writing() as session:
            return Forgotten(**forget_user(session, user).counts)


def _feeds(memory: Memory, keys: KeyRing) -> APIRouter:
    feeds = APIRouter(tags=["memory"])
    shown: dict[int | str, dict[str, object]] = {
        200: {"description": "The feed.", "content": {ATOM: {"example": examples.FEED}}}
    }

    @feeds.get(
        "/feeds/{topic_id}",
        summary="What a saved topic found, as Atom",
        response_class=Response,
        responses=shown | RESPONSES | NO_FEED,
    )
    def feed(request: Request, topic_id: UUID, token: Annotated[str, QueryParameters(max_length=100)]) -> Response:
        """The newest 50 findings. The address is that of `feed` in the saved topic: it needs no key, and ends with its owner's."""
        with memory.reading() as session:
            topic, user = feed_of(session, topic_id, token)
            if not feed_is_open(user, keys, request):
                raise NotKept("no feed has this address; the key of its owner is no longer valid")
            content = atom_of(topic, list_findings(session, topic.id, FEED_LENGTH), _base(request))
        headers = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
        return Response(content, media_type=ATOM, headers=headers)

    return feeds


def _base(request: Request) -> str:
    """The address of this service as the reader wrote it; a proxy with TLS says so."""
    base = str(request.base_url).rstrip("/")
    is_secure = request.headers.get("x-forwarded-proto", "") == "https"
    return base.replace("http://", "https://", 1) if is_secure else base


def _handler(status: int) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def handle(_: Request, error: Exception) -> JSONResponse:
        return problem(status, str(error))

    return handle
