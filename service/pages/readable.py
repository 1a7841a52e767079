"""Problems as pages: whoever opens an address in a browser reads words, not a document for programs."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..security.callers import below
from .making import error_page
from .signing import asking_page

__all__ = ["ReadableProblems"]

PROGRAMS = ("/v1", "/metrics", "/healthz", "/readyz", "/openapi.json", "/static")


class ReadableProblems:
    """ASGI middleware: a problem document becomes a page with the same status where a browser asks for a page.

    What programs ask for stays as it is, and so does everything for whoever does not accept text/html.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or not _is_for_a_reader(scope):
            return await self._app(scope, receive, send)
        replaced = False

        async def readable(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.add_vary_header("Accept")
                if headers.get("content-type") == "application/problem+json":
                    replaced = True
                    page = _page(Request(scope), message["status"], headers.get("www-authenticate", ""))
                    for name, value in page.headers.items():
                        if name == "vary":
                            headers.add_vary_header(value)
                        else:
                            headers[name] = value
                    await send(message)
                    return await send({"type": "http.response.body", "body": page.body})
            elif replaced:
                return None
            await send(message)

        await self._app(scope, receive, readable)


def _is_for_a_reader(scope: Scope) -> bool:
    if any(below(scope["path"], prefix) for prefix in PROGRAMS):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def _page(request: Request, code: int, wanted: str) -> Response:
    if not wanted:
        return error_page(request, code)
    refused = "sign_in_wrong" if "invalid_token" in wanted else "sign_in_scope" if code == 403 else ""
    query = f"?{request.url.query}" if request.url.query else ""
    path = (
        request.url.path if request.method in ("GET", "HEAD") else "/"
    )  # a form stands on the search of its query, if on any
    return asking_page(request, code, path + query, refused)
