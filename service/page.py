"""The web page: a box for the topic, filters, and matches with their evidence. Server-rendered, no JavaScript, no outside assets."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.datastructures import QueryParams

from search import Evidence, Filters, InvalidQuery, Searcher, Shortlist
from search.checks import MAX_TOPIC_CHARS
from search.types import FACETS
from search.types import Query as SearchQuery

from .live import Live
from .security import Masked
from .security.emails import masked_shortlist
from .texts import EXAMPLES, LANGUAGES, preferred_language, texts_for

__all__ = ["add_page"]

PAGE_SIZE = 10
FACET_VALUES_SHOWN = 12
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

_HERE = Path(__file__).parent
_templates = Jinja2Templates(_HERE / "templates")


def add_page(app: FastAPI, live: Live, searched: Callable[[Shortlist], None]) -> None:
    """Serve the page at / and its style sheet below /static; `searched` is told of each answer."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")

    @app.get("/", include_in_schema=False)
    def page(
        request: Request, masked: Masked, q: str = "", ui: str = "", offset: Annotated[int, Query(ge=0, le=100_000)] = 0
    ) -> HTMLResponse:
        language = ui if ui in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))
        texts = texts_for(language)
        searcher = live.searcher
        chosen = {name: tuple(request.query_params.getlist(name)) for name in FACETS}
        shortlist, problem = _search(searcher, q, chosen, offset, texts)
        if shortlist is not None:
            searched(shortlist)
        if masked and shortlist is not None:
            shortlist = masked_shortlist(shortlist)
        context = {
            "t": texts,
            "ui": language,
            "other": LANGUAGES[1 - LANGUAGES.index(language)],
            "q": q,
            "shortlist": shortlist,
            "problem": problem,
            "facets": _facets(searcher, shortlist, chosen) if shortlist is not None else {},
            "filtered": any(chosen.values()),
            "examples": EXAMPLES,
            "manifest": searcher.manifest,
            "level": _level,
            "segments": _segments,
            "link": lambda **changes: _link(request.query_params, changes),
            "previous": max(0, offset - PAGE_SIZE) if offset else None,
            "next": offset + PAGE_SIZE if shortlist is not None and offset + PAGE_SIZE < shortlist.total else None,
        }
        return _templates.TemplateResponse(
            request, "search.html", context, status_code=422 if problem else 200, headers=SECURITY_HEADERS
        )


def _search(
    searcher: Searcher, topic: str, chosen: Mapping[str, tuple[str, ...]], offset: int, texts: Mapping[str, str]
) -> tuple[Shortlist | None, str | None]:
    if not topic.strip():
        return None, None
    filters = Filters.from_lists(chosen)
    try:
        return searcher.answer([SearchQuery(topic, filters, PAGE_SIZE, offset)])[0], None
    except InvalidQuery:
        return None, texts["too_long"] if len(topic) > MAX_TOPIC_CHARS else texts["unreadable"]


def _facets(
    searcher: Searcher, shortlist: Shortlist, chosen: Mapping[str, tuple[str, ...]]
) -> dict[str, list[tuple[str, int, bool]]]:
    """By facet: value, members, whether it is chosen. A chosen value is always listed.

    A facet that is filtered counts what its other values would add, so that a second one can be chosen.
    """
    shown = {}
    for name in FACETS:
        others = {facet: values for facet, values in chosen.items() if facet != name}
        counts = searcher.facets(Filters.from_lists(others))[name] if chosen[name] else shortlist.facets[name]
        rest = [value for value in counts if value not in chosen[name]][
            : max(0, FACET_VALUES_SHOWN - len(chosen[name]))
        ]
        values = (*dict.fromkeys(chosen[name]), *rest)
        shown[name] = [(value, counts.get(value, 0), value in chosen[name]) for value in values]
    return shown


def _segments(evidence: Evidence) -> Iterator[tuple[str, bool]]:
    """The evidence's text in pieces, each with whether it is marked."""
    done = 0
    for start, end in evidence.marks:
        yield evidence.text[done:start], False
        yield evidence.text[start:end], True
        done = end
    yield evidence.text[done:], False


def _level(relevance: float) -> str:
    return "high" if relevance >= 0.6 else "good" if relevance >= 0.35 else "some" if relevance >= 0.12 else "low"


def _link(current: QueryParams, changes: Mapping[str, object]) -> str:
    """The address of this page with some parameters replaced, or dropped where None."""
    kept = [(key, value) for key, value in current.multi_items() if key not in changes]
    return "/?" + str(QueryParams(kept + [(key, str(value)) for key, value in changes.items() if value is not None]))
