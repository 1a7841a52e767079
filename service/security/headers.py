"""What every answer carries, and what a request must be addressed to."""

import base64
import hashlib
import re
import uuid
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..problems import problem

__all__ = ["SafeHeaders"]

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
DOCUMENTATION = frozenset({"/docs", "/redoc", "/docs/oauth2-redirect"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_INLINE_SCRIPT = re.compile(rb"<script(?:\s+type=[^>]*)?>(.*?)</script>", re.DOTALL)


class SafeHeaders:
    """Gives a request its id, refuses a Host that is not served here (421), and adds security headers that an answer does not set itself.

    The id, `scope["state"]["request_id"]`, is the caller's X-Request-ID where that is well-formed. The same headers stand in
    `scope["state"]["safe_headers"]` for an answer that is made further out.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str], exempt: frozenset[str]) -> None:
        self._app = app
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        proposed = headers.get("x-request-id", "")
        request_id = proposed if _REQUEST_ID.fullmatch(proposed) else uuid.uuid4().hex
        safe = {**SAFE, "X-Request-ID": request_id}
        scope.setdefault("state", {}).update(request_id=request_id, safe_headers=safe)
        send = _adding(send, safe)
        if self._allowed_hosts and scope["path"] not in self._exempt and not self._serves(headers.get("host", "")):
            refusal = problem(
                421, "this host name is not served here; whoever runs the service allows it by --allowed-host"
            )
            return await refusal(scope, receive, send)
        if scope["path"] in DOCUMENTATION:
            send = _with_script_policy(send)
        await self._app(scope, receive, send)

    def _serves(self, host: str) -> bool:
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        return name.lower() in self._allowed_hosts


def _adding(send: Send, safe: dict[str, str]) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in safe.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers


def _with_script_policy(send: Send) -> Send:
    """Allows the documentation its own scripts: those served here, and the inline ones by their hash."""
    start: Message | None = None

    async def with_policy(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        if start is not None:
            MutableHeaders(scope=start)["Content-Security-Policy"] = _documentation_policy(message.get("body", b""))
            await send(start)
            start = None
        await send(message)

    return with_policy


def _documentation_policy(page: bytes) -> str:
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _INLINE_SCRIPT.findall(page))
    scripts = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
