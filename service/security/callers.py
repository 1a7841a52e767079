"""Who is asking: a key, or else an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope as Connection

from .keyfile import Key, Scope

__all__ = [
    "KEY_COOKIE",
    "KEY_USER",
    "LOCAL_USER",
    "OPEN",
    "Caller",
    "Masked",
    "below",
    "client_address",
    "group_of",
    "is_foreign",
    "is_local",
    "presented_key",
]

KEY_COOKIE = "passerelle_key"
"""Where a browser holds the key that its visitor signed in with."""
OPEN = ("/static", "/sign-in", "/sign-out")
"""What whoever has no key needs in order to send one."""
PROGRAMS = ("/v1", "/metrics")
"""Programs ask there. Browsers, which send a cookie by themselves, have no rights there because of it."""

Address = IPv4Address | IPv6Address
LOCAL_USER, KEY_USER = "local", "key:"
"""Names of users: the one of a machine without keys, and what stands before a key's name."""
FORWARDING = ("x-forwarded-for", "forwarded", "via", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Caller:
    """`key` is None for an anonymous caller, `address` where the connection has none. `group` is who shares a rate limit.

    `is_owner`: no key is needed, and a program on this machine asks for itself.
    """

    key: Key | None
    address: Address | None
    group: str
    is_owner: bool = False

    @property
    def user(self) -> str | None:
        """Whose memory this is: that of the key's name, of the one user of a machine without keys, or nobody's."""
        if self.key is not None:
            return f"{KEY_USER}{self.key.name}" if Scope.SEARCH in self.key.scopes else None
        return LOCAL_USER if self.is_owner else None


def client_address(connection: Connection, trusted: Sequence[IPv4Network | IPv6Network]) -> Address | None:
    """The address that the connection comes from or, behind trusted proxies, the last one before them in X-Forwarded-For."""
    address = _parsed(connection["client"][0]) if connection.get("client") else None
    if not trusted:
        return address
    hops = [hop for value in Headers(scope=connection).getlist("x-forwarded-for") for hop in value.split(",")]
    while hops and address is not None and any(address in network for network in trusted):
        before = _parsed(hops.pop())
        if before is None:
            break
        address = before
    return address


def is_local(connection: Connection, address: Address | None) -> bool:
    """Whether a program on this machine asks for itself, not a proxy for others."""
    headers = Headers(scope=connection)
    return address is not None and address.is_loopback and not any(name in headers for name in FORWARDING)


def group_of(address: Address | None) -> str:
    """Addresses that one caller has at will are one: in IPv6, a network of 64 bits."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)


def presented_key(connection: Connection) -> str | None:
    """The secret after `Authorization: Bearer`, or in a page's cookie; other schemes are a proxy's own affair."""
    headers = Headers(scope=connection)
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()
    if any(below(connection["path"], prefix) for prefix in (*OPEN, *PROGRAMS)):
        return None
    return cookie_parser(headers.get("cookie", "")).get(KEY_COOKIE)


def is_foreign(request: Request) -> bool:
    """Whether a browser asks on behalf of a page of another site, as far as it says.

    Browsers say so in Sec-Fetch-Site, on connections that they trust, and in Origin whenever something is sent or a script reads across
    sites. Programs say nothing.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()


def below(path: str, prefix: str) -> bool:
    """Whether a path is a prefix or lies below it."""
    return path == prefix or path.startswith(f"{prefix}/")


_BEARER = HTTPBearer(auto_error=False, description="A key made by `passerelle keys add`, where the service has keys.")


async def _masked(request: Request, _: Annotated[object, Depends(_BEARER)]) -> bool:  # so that /docs can send a key
    caller: Caller = request.state.caller
    return caller.key is None


Masked = Annotated[bool, Depends(_masked)]
"""A route's parameter: whether e-mail addresses are masked in the answer, as they are for anonymous callers."""


def _parsed(text: str) -> Address | None:
    """An address, also as proxies write it: with a port, or in brackets."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
