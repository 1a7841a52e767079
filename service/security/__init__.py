"""What keeps the service safe to run: keys, limits, headers, and e-mail addresses that are not for everybody."""

import time
from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from .bounds import BodyLimit, TimeLimit
from .callers import KEY_COOKIE, Caller, Masked
from .gate import PROBES, Gate
from .headers import SafeHeaders
from .keyfile import KeyRing
from .settings import SecuritySettings

__all__ = ["KEY_COOKIE", "Caller", "KeyRing", "Masked", "SecuritySettings", "add_security"]

EXPOSED = ("X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")


def add_security(app: FastAPI, settings: SecuritySettings, clock: Callable[[], float] = time.monotonic) -> None:
    """Put the guards around an application, the innermost first. Raises PasserelleError where the keys file cannot be read."""
    app.add_middleware(TimeLimit, seconds=settings.answer_seconds, max_running=settings.max_running, exempt=PROBES)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body, seconds=settings.request_seconds)
    app.add_middleware(Gate, settings=settings, keys=KeyRing(settings.keys_file), clock=clock)
    if settings.cors_origins:  # browsers ask for leave without a key: this answers them before the gate
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
            expose_headers=EXPOSED,
        )
    app.add_middleware(SafeHeaders, allowed_hosts=settings.allowed_hosts, exempt=PROBES)
