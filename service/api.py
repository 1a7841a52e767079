"""JSON under /v1."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from fastapi import Query as QueryParameters

from search import Query
from search.exports import CSV, XLSX, csv_of, xlsx_of

from . import examples
from .answers import answer_json, answers_json, member_json
from .batching import Batcher
from .etags import is_known, tag_of, tagged, unchanged
from .live import Live
from .problems import RESPONSES, described
from .requests import BatchRequest, PageLink, SearchLink, SearchRequest
from .schemas import BatchResponse, MemberOut, SearchResponse
from .security import Masked
from .security.emails import masked_shortlist

__all__ = ["api_of"]

Format = Literal["csv", "xlsx"]
NOT_FOUND = described(404, "No member has this id.", "no member has the id 'acme'")
UNCHANGED: dict[int | str, dict[str, object]] = {
    304: {"description": "The answer is the one whose ETag was sent in If-None-Match."}
}
FILES: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The file.",
        "content": {
            CSV: {"example": examples.CSV},
            XLSX: {"schema": {"type": "string", "format": "binary"}, "example": "a workbook with the rows of the CSV"},
        },
    }
}


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
        return _json(answer_json((await batcher.answer([request.query()]))[0], masked))

    @api.get(
        "/search",
        response_model=SearchResponse,
        tags=["search"],
        summary="The same, as a link",
        responses=UNCHANGED,
    )
    async def search_link(link: Annotated[SearchLink, QueryParameters()], request: Request, masked: Masked) -> Response:
        """The answer has an ETag made of the snapshot and the query: send it back in `If-None-Match` to learn that nothing changed."""
        asked = link.model_dump_json()
        tag = tag_of(live.searcher.manifest.snapshot, masked, asked)
        if is_known(request, tag):
            return unchanged(tag)
        found = (await batcher.answer([link.query()]))[0]
        return _json(answer_json(found, masked), tagged(tag_of(found.snapshot, masked, asked)))

    @api.post(
        "/search/batch",
        response_model=BatchResponse,
        tags=["search"],
        summary="Find partners for up to 100 topics at once",
    )
    async def batch(request: BatchRequest, masked: Masked) -> Response:
        found = await batcher.answer([search.query() for search in request.searches])
        return _json(answers_json(found, masked))


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
        response_model=SearchResponse,
        tags=["members"],
        summary="Members with similar capabilities",
        responses=NOT_FOUND,
    )
    def similar(member_id: str, page: Annotated[PageLink, QueryParameters()], masked: Masked) -> Response:
        """Nearest first, by vectors alone. `relevance` is calibrated for topics and only orders here."""
        return _json(answer_json(live.searcher.similar(member_id, page.limit, page.offset), masked))

    @api.get(
        "/members/{member_id:path}",
        response_model=MemberOut,
        tags=["members"],
        summary="One member",
        responses={**NOT_FOUND, **UNCHANGED},
    )
    def member(member_id: str, request: Request, masked: Masked) -> Response:
        """The answer has an ETag made of the snapshot: send it back in `If-None-Match` to learn that nothing changed."""
        searcher = live.searcher
        found = searcher.member(member_id)
        tag = tag_of(searcher.manifest.snapshot, masked, member_id)
        return unchanged(tag) if is_known(request, tag) else _json(member_json(found, masked), tagged(tag))


def _json(content: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(content, media_type="application/json", headers=headers)
