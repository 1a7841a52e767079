"""What the service tells of each request it has answered: one look at it for metrics and log alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Answered", "Observing"]

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered. `path` is as sent, without the query, which says what somebody looks for; `route` is what it was taken
    for, one of few; `status` is 500 where the service failed, 499 where the visitor left before the answer."""

    method: str
    path: str
    route: str
    status: int
    seconds: float
    request_id: str | None


class Observing:
    """ASGI middleware that tells observers of each request, also of those that fail."""

    def __init__(self, app: ASGIApp, observers: Sequence[Callable[[Answered], None]]) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 499
        above = scope.get("root_path", "")

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, noting)
        except Exception:
            status = 500
            raise
        finally:
            seconds = time.perf_counter() - started
            answered = Answered(
                scope["method"], scope["path"], _route(scope, above), status, seconds, _request_id(scope)
            )
            for observer in self._observers:
                observer(answered)


def _route(scope: Scope, above: str) -> str:
    """The route's template; /static/* and the like for what is mounted; unmatched for the rest, however it is spelt."""
    route = scope.get("route")
    if route is not None:
        return str(route.path_format)
    mounted = str(scope.get("root_path", ""))
    return f"{mounted}/*" if mounted != above else "unmatched"


def _request_id(scope: Scope) -> str | None:
    found = scope.get("state", {}).get("request_id")
    return found if isinstance(found, str) else None
