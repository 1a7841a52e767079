"""Errors as RFC 9457 problem documents."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from search import InvalidQuery, PasserelleError, UnknownMember

from .batching import Overloaded

__all__ = ["RESPONSES", "Problem", "add_problem_handlers", "described", "problem"]

_STATUS: dict[type[PasserelleError], HTTPStatus] = {
    InvalidQuery: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownMember: HTTPStatus.NOT_FOUND,
}


class Problem(BaseModel):
    """What went wrong: a short title, the status code, and one sentence that says what to do."""

    title: str
    status: int
    detail: str


def described(status: int, description: str, detail: str) -> dict[int | str, dict[str, object]]:
    """How a route documents an error: what it means, with a problem document as example."""
    title = HTTPStatus(status).phrase
    content = {"example": Problem(title=title, status=status, detail=detail).model_dump()}
    return {status: {"model": Problem, "description": description, "content": {"application/problem+json": content}}}


RESPONSES: dict[int | str, dict[str, object]] = {
    **described(
        401,
        "The service has keys, and none or a wrong one was sent.",
        "this needs a key with the scope search; send it as Authorization: Bearer KEY",
    ),
    **described(403, "The key is not for this.", "this key does not have the scope export"),
    **described(
        422, "The request cannot be answered as asked.", "the limit is 5000, at most 1,000 matches can be asked for"
    ),
    **described(429, "Too many requests; Retry-After says when to ask again.", "too many requests; ask again in 3 s"),
    **described(
        503,
        "Too many searches wait, or no snapshot answers; Retry-After may say when to try again.",
        "no answer within 30 s; ask again, or for less",
    ),
}


def add_problem_handlers(app: FastAPI) -> None:
    """Turn every error of this application into `application/problem+json`."""
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _handler(status))
    app.add_exception_handler(PasserelleError, _handler(HTTPStatus.SERVICE_UNAVAILABLE))
    app.add_exception_handler(Overloaded, _overloaded)
    app.add_exception_handler(Exception, _failure)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem document as an answer, to be returned or awaited as an ASGI application."""
    title = HTTPStatus(status).phrase
    content = Problem(title=title, status=status, detail=detail).model_dump()
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def _handler(status: HTTPStatus) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def handle(_: Request, error: Exception) -> JSONResponse:
        return problem(status, str(error))

    return handle


async def _failure(request: Request, error: Exception) -> JSONResponse:
    detail = f"this request made the service fail ({type(error).__name__}); its log says where"
    return problem(
        500, detail, getattr(request.state, "safe_headers", None)
    )  # made outside of what adds them elsewhere


async def _overloaded(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Overloaded)
    return problem(503, str(error), {"Retry-After": str(error.retry_after_s)})


async def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    message = first["msg"]
    if first["type"] == "json_invalid":
        return problem(422, f"the body is not JSON: {first['ctx']['error']} at character {where}")
    if first["type"] == "extra_forbidden":
        message = "is not known here; filters are country, cluster, kind, sector and language, /docs lists the rest"
    return problem(422, f"{where or 'body'}: {message}"[:500])


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), dict(error.headers or {}))
