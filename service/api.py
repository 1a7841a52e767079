"""JSON under /v1."""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from fastapi import Query as QueryParameters
from pydantic import BaseModel

from search import Query
from search.exports import CSV, XLSX, csv_of, xlsx_of

from .batching import Batcher
from .live import Live
from .problems import RESPONSES, Problem
from .schemas import (
    BatchRequest,
    BatchResponse,
    MemberOut,
    PageLink,
    SearchLink,
    SearchRequest,
    SearchResponse,
    member_out,
    search_response,
)
from .security import Masked
from .security.emails import masked_shortlist

__all__ = ["api_of"]

Format = Literal["csv", "xlsx"]
NOT_FOUND: dict[int | str, dict[str, object]] = {
    404: {"model": Problem, "description": "No member has this id.", "content": {"application/problem+json": {}}}
}
FILES: dict[int | str, dict[str, object]] = {200: {"description": "The file.", "content": {CSV: {}, XLSX: {}}}}


def api_of(live: Live, batcher: Batcher) -> APIRouter:
    """The routes, answering from whatever snapshot is live, searches together."""
    api = APIRouter(prefix="/v1", responses=RESPONSES)
    _add_search(api, live, batcher)
    _add_exports(api, batcher)
    _add_members(api, live)
    return api


def _add_search(api: APIRouter, live: Live, batcher: Batcher) -> None:
    @api.post("/search", response_model=SearchResponse, tags=["search"], summary="Find partners for a topic")
    async def search(request: SearchRequest, masked: Masked) -> Response:
        return _json(search_response((await batcher.answer([request.query()]))[0], masked))

    @api.get(
        "/search",
        response_model=SearchResponse,
        tags=["search"],
        summary="The same, as a link",
        responses={304: {"description": "The answer is the one whose ETag was sent in If-None-Match."}},
    )
    async def search_link(link: Annotated[SearchLink, QueryParameters()], request: Request, masked: Masked) -> Response:
        """The answer has an ETag made of the snapshot and the query: send it back in `If-None-Match` to learn that nothing changed."""
        known = _tags(request.headers.get("if-none-match", ""))
        tag = _etag(live.searcher.manifest.snapshot, link, masked)
        if tag in known:
            return Response(status_code=304, headers={"ETag": tag, "Cache-Control": "no-cache"})
        found = (await batcher.answer([link.query()]))[0]
        return _json(
            search_response(found, masked), {"ETag": _etag(found.snapshot, link, masked), "Cache-Control": "no-cache"}
        )

    @api.post(
        "/search/batch",
        response_model=BatchResponse,
        tags=["search"],
        summary="Find partners for up to 100 topics at once",
    )
    async def batch(request: BatchRequest, masked: Masked) -> Response:
        found = await batcher.answer([search.query() for search in request.searches])
        return _json(BatchResponse(answers=[search_response(shortlist, masked) for shortlist in found]))


def _add_exports(api: APIRouter, batcher: Batcher) -> None:
    async def export(query: Query, kind: Format, masked: bool) -> Response:
        shortlist = (await batcher.answer([query]))[0]
        shortlist = masked_shortlist(shortlist) if masked else shortlist
        content, media_type = (csv_of(shortlist), CSV) if kind == "csv" else (xlsx_of(shortlist), XLSX)
        disposition = f'attachment; filename="passerelle-{shortlist.snapshot}.{kind}"'
        return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})

    file = {"response_class": Response, "responses": FILES, "tags": ["search"]}

    @api.post("/search/export", summary="A search as a CSV or XLSX file", **file)  # type: ignore[arg-type]
    async def export_search(request: SearchRequest, masked: Masked, format: Format = "xlsx") -> Response:
        return await export(request.query(), format, masked)

    @api.get("/search/export", summary="The same, as a link", **file)  # type: ignore[arg-type]
    async def export_link(link: Annotated[ExportLink, QueryParameters()], masked: Masked) -> Response:
        return await export(link.query(), link.format, masked)


class ExportLink(SearchLink):
    """A search as a link, and the kind of file."""

    format: Format = "xlsx"


def _add_members(api: APIRouter, live: Live) -> None:
    @api.get(
        "/members/{member_id:path}/similar",
        tags=["members"],
        summary="Members with similar capabilities",
        responses=NOT_FOUND,
    )
    def similar(member_id: str, page: Annotated[PageLink, QueryParameters()], masked: Masked) -> SearchResponse:
        """Nearest first, by vectors alone. `relevance` is calibrated for topics and only orders here."""
        return search_response(live.searcher.similar(member_id, page.limit, page.offset), masked)

    @api.get("/members/{member_id:path}", tags=["members"], summary="One member", responses=NOT_FOUND)
    def member(member_id: str, masked: Masked) -> MemberOut:
        return member_out(live.searcher.member(member_id), masked)


def _json(answer: BaseModel, headers: dict[str, str] | None = None) -> Response:
    """Serialised by pydantic's core, without FastAPI's second validation of what was just built."""
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)


def _etag(snapshot: str, link: SearchLink, masked: bool) -> str:
    """Weak: two answers to one query differ in `took_ms`."""
    digest = hashlib.sha256(
        f"{snapshot}\n{masked}\n{link.model_dump_json()}".encode("utf-8", "surrogatepass")
    ).hexdigest()
    return f'W/"{digest[:32]}"'


def _tags(if_none_match: str) -> set[str]:
    return {tag.strip() for tag in if_none_match.split(",")}
