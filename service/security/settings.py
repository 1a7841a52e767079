"""What the service allows, as chosen when it starts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

from search import PasserelleError

__all__ = ["Anonymous", "SecuritySettings", "cors_origins", "networks"]

Anonymous = Literal["nothing", "page", "search"]
"""What stays open to callers without a key once there are keys; `search` includes the page."""


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """Limits and rights. Times are in seconds, sizes in bytes, rates in requests a second.

    `keys_file` None means that no key is ever needed. `allowed_hosts` empty means that the Host header may say anything.
    """

    keys_file: Path | None = None
    anonymous: Anonymous = "page"
    rate: float = 20.0
    burst: int = 60
    max_body: int = 256_000
    request_seconds: float = 10.0
    answer_seconds: float = 30.0
    max_running: int = 64
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()


def cors_origins(values: Sequence[str]) -> tuple[str, ...]:
    """Origins as browsers send them, or *. Raises PasserelleError."""
    for value in values:
        if value != "*" and not re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", value):
            raise PasserelleError(
                f"{value!r} is not an origin; write https://host or https://host:port, without a path"
            )
    return tuple(values)


def networks(values: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks. Raises PasserelleError."""
    try:
        return tuple(ip_network(value, strict=False) for value in values)
    except ValueError as error:
        raise PasserelleError(f"a trusted proxy is an address or a network such as 10.0.0.0/8, and {error}") from error
