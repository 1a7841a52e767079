"""The gate: who asks, how often, and whether they may."""

import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from ..problems import problem
from .callers import OPEN, Caller, below, client_address, group_of, is_local, presented_key
from .keyfile import KeyRing, Scope
from .rates import EXPORT, Allowance, RateLimiter, weight_of
from .settings import SecuritySettings

__all__ = ["Gate"]

PROBES = frozenset({"/healthz", "/readyz"})
KEPT = ("shortlists", "introductions", "judgments", "topics", "memory")
MEMORY = tuple(f"{root}/{kept}" for root in ("/v1", "") for kept in KEPT)
"""What users keep, for programs and on the page: open to nobody without a key once there are keys."""
FEEDS = "/feeds"


class Gate:
    """Sets `scope["state"]["caller"]` and `["keys"]`, the ring of them, then lets a request pass or answers 401, 403 or 429. Probes always pass."""

    def __init__(
        self, app: ASGIApp, settings: SecuritySettings, keys: KeyRing, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._settings = settings
        self._keys = keys
        self._limiter = RateLimiter(settings.rate, settings.burst, clock)

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if connection["type"] != "http":
            return await self._app(connection, receive, send)
        address = client_address(connection, self._settings.trusted_proxies)
        secret = presented_key(connection)
        keys_required = self._keys.required
        key = self._keys.find(secret) if keys_required and secret is not None else None
        is_owner = not keys_required and is_local(connection, address)
        caller = Caller(key, address, f"key {key.digest}" if key else group_of(address), is_owner)
        connection.setdefault("state", {}).update(caller=caller, keys=self._keys)
        path: str = connection["path"]
        if path in PROBES:
            return await self._app(connection, receive, send)

        allowance = self._limiter.take(caller.group, weight_of(path))
        send = self._with_headers(send, allowance, no_store=secret is not None)
        if not allowance.allowed:
            refusal = problem(
                429,
                f"too many requests; ask again in {allowance.retry_after} s",
                {"Retry-After": str(allowance.retry_after)},
            )
            return await refusal(connection, receive, send)
        if keys_required:
            if secret is not None and key is None:
                refusal = problem(
                    401,
                    "this key is not valid, or no longer; ask whoever runs the service for another",
                    {"WWW-Authenticate": 'Bearer realm="passerelle", error="invalid_token"'},
                )
                return await refusal(connection, receive, send)
            needed = self._needed(path, is_local(connection, address))
            if needed is not None and key is None:
                refusal = problem(
                    401,
                    f"this needs a key with the scope {needed}; send it as Authorization: Bearer KEY",
                    {"WWW-Authenticate": 'Bearer realm="passerelle"'},
                )
                return await refusal(connection, receive, send)
            if needed is not None and key is not None and needed not in key.scopes:
                refusal = problem(
                    403,
                    f"this key does not have the scope {needed}",
                    {"WWW-Authenticate": f'Bearer realm="passerelle", error="insufficient_scope", scope="{needed}"'},
                )
                return await refusal(connection, receive, send)
        await self._app(connection, receive, send)

    def _needed(self, path: str, local: bool) -> Scope | None:
        """The scope that a path needs where there are keys. Who has the address of a feed may read it."""
        if any(below(path, prefix) for prefix in (*OPEN, FEEDS)):
            return None
        if below(path, "/metrics"):
            return None if local else Scope.ADMIN
        if path.startswith(EXPORT):
            return Scope.EXPORT
        if any(below(path, kept) for kept in MEMORY):
            return Scope.SEARCH
        if below(path, "/v1"):
            return None if self._settings.anonymous == "search" else Scope.SEARCH
        return Scope.SEARCH if self._settings.anonymous == "nothing" else None

    def _with_headers(self, send: Send, allowance: Allowance, no_store: bool) -> Send:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Authorization, Cookie")  # addresses are masked for some and not for others
                headers["RateLimit-Limit"] = str(self._limiter.burst)
                headers["RateLimit-Remaining"] = str(allowance.remaining)
                headers["RateLimit-Reset"] = str(allowance.reset)
                if no_store:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        return with_headers
