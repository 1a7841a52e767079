"""JSON under /v1."""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from fastapi import Query as QueryParameters

from search import Query

from .exports import CSV, XLSX, csv_of, xlsx_of
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

__all__ = ["api_of"]

Format = Literal["csv", "xlsx"]
NOT_FOUND: dict[int | str, dict[str, object]] = {
    404: {"model": Problem, "description": "No member has this id.", "content": {"application/problem+json": {}}}
}
FILES: dict[int | str, dict[str, object]] = {200: {"description": "The file.", "content": {CSV: {}, XLSX: {}}}}


def api_of(live: Live) -> APIRouter:
    """The routes, answering from whatever snapshot is live."""
    api = APIRouter(prefix="/v1", responses=RESPONSES)
    _add_search(api, live)
    _add_exports(api, live)
    _add_members(api, live)
    return api


def _add_search(api: APIRouter, live: Live) -> None:
    @api.post("/search", tags=["search"], summary="Find partners for a topic")
    def search(request: SearchRequest) -> SearchResponse:
        return search_response(live.searcher.answer([request.query()])[0])

    @api.get(
        "/search",
        tags=["search"],
        summary="The same, as a link",
        responses={304: {"description": "The answer is the one whose ETag was sent in If-None-Match."}},
    )
    def search_link(
        link: Annotated[SearchLink, QueryParameters()], request: Request, response: Response
    ) -> SearchResponse:
        """The answer has an ETag made of the snapshot and the query: send it back in `If-None-Match` to learn that nothing changed."""
        searcher = live.searcher
        headers = {"ETag": _etag(searcher.manifest.snapshot, link), "Cache-Control": "no-cache"}
        if headers["ETag"] in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)  # type: ignore[return-value]
        response.headers.update(headers)
        return search_response(searcher.answer([link.query()])[0])

    @api.post("/search/batch", tags=["search"], summary="Find partners for up to 100 topics at once")
    def batch(request: BatchRequest) -> BatchResponse:
        queries = [search.query() for search in request.searches]
        return BatchResponse(answers=[search_response(found) for found in live.searcher.answer(queries)])


def _add_exports(api: APIRouter, live: Live) -> None:
    def export(query: Query, kind: Format) -> Response:
        shortlist = live.searcher.answer([query])[0]
        content, media_type = (csv_of(shortlist), CSV) if kind == "csv" else (xlsx_of(shortlist), XLSX)
        disposition = f'attachment; filename="passerelle-{shortlist.snapshot}.{kind}"'
        return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})

    file = {"response_class": Response, "responses": FILES, "tags": ["search"]}

    @api.post("/search/export", summary="A search as a CSV or XLSX file", **file)  # type: ignore[arg-type]
    def export_search(request: SearchRequest, format: Format = "xlsx") -> Response:
        return export(request.query(), format)

    @api.get("/search/export", summary="The same, as a link", **file)  # type: ignore[arg-type]
    def export_link(link: Annotated[ExportLink, QueryParameters()]) -> Response:
        return export(link.query(), link.format)


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
    def similar(member_id: str, page: Annotated[PageLink, QueryParameters()]) -> SearchResponse:
        """Nearest first, by vectors alone. `relevance` is calibrated for topics and only orders here."""
        return search_response(live.searcher.similar(member_id, page.limit, page.offset))

    @api.get("/members/{member_id:path}", tags=["members"], summary="One member", responses=NOT_FOUND)
    def member(member_id: str) -> MemberOut:
        return member_out(live.searcher.member(member_id))


def _etag(snapshot: str, link: SearchLink) -> str:
    """Weak: two answers to one query differ in `took_ms`."""
    digest = hashlib.sha256(f"{snapshot}\n{link.model_dump_json()}".encode("utf-8", "surrogatepass")).hexdigest()
    return f'W/"{digest[:32]}"'


def _tags(if_none_match: str) -> set[str]:
    return {tag.strip() for tag in if_none_match.split(",")}
