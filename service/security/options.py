"""The options of `passerelle serve` that keep it safe."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from search import PasserelleError

from .settings import Anonymous

__all__ = [
    "AllowedHostOption",
    "AnonymousOption",
    "AnswerSecondsOption",
    "BurstOption",
    "CorsOption",
    "KeysOption",
    "MaxBodyOption",
    "MaxConnectionsOption",
    "RateOption",
    "RequestSecondsOption",
    "TrustedProxyOption",
    "WithoutKeysOption",
    "check_listening",
    "served_hosts",
]

RIGHTS, LIMITS, NETWORK = "Who may ask", "How much", "Browsers and proxies"

KeysOption = Annotated[
    Path | None,
    typer.Option(
        envvar="PASSERELLE_KEYS",
        help="File of API keys, by default the store's; see `passerelle keys`.",
        rich_help_panel=RIGHTS,
    ),
]
AnonymousOption = Annotated[
    Anonymous,
    typer.Option(
        envvar="PASSERELLE_ANONYMOUS",
        help="What callers without a key may use once there are keys; search includes the page.",
        rich_help_panel=RIGHTS,
    ),
]
WithoutKeysOption = Annotated[
    bool,
    typer.Option(
        "--without-keys",
        envvar="PASSERELLE_WITHOUT_KEYS",
        help="Listen beyond this machine although there are no keys.",
        rich_help_panel=RIGHTS,
    ),
]
RateOption = Annotated[
    float,
    typer.Option(
        min=0.01,
        envvar="PASSERELLE_RATE",
        help="Requests a second, for each key, else for each address.",
        rich_help_panel=LIMITS,
    ),
]
BurstOption = Annotated[
    int, typer.Option(min=1, envvar="PASSERELLE_BURST", help="How many of them at once.", rich_help_panel=LIMITS)
]
MaxBodyOption = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="PASSERELLE_MAX_BODY",
        metavar="BYTES",
        help="Largest body of a request.",
        rich_help_panel=LIMITS,
    ),
]
RequestSecondsOption = Annotated[
    float,
    typer.Option(
        min=0.1,
        envvar="PASSERELLE_REQUEST_SECONDS",
        help="How long the head of a request may take to arrive, and then its body.",
        rich_help_panel=LIMITS,
    ),
]
AnswerSecondsOption = Annotated[
    float,
    typer.Option(
        min=0.1,
        envvar="PASSERELLE_ANSWER_SECONDS",
        help="How long until an answer begins, at most.",
        rich_help_panel=LIMITS,
    ),
]
MaxConnectionsOption = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="PASSERELLE_MAX_CONNECTIONS",
        help="Connections at a time; further ones are told 503.",
        rich_help_panel=LIMITS,
    ),
]
CorsOption = Annotated[
    list[str] | None,
    typer.Option(
        envvar="PASSERELLE_CORS_ORIGIN",
        metavar="ORIGIN",
        help="Site whose scripts may read answers, such as https://intranet.example; repeat it for several. None by default.",
        rich_help_panel=NETWORK,
    ),
]
AllowedHostOption = Annotated[
    list[str] | None,
    typer.Option(
        envvar="PASSERELLE_ALLOWED_HOST",
        metavar="NAME",
        help="Name that requests may be addressed to; repeat it for several. By default this machine's own when listening on it alone, else any.",
        rich_help_panel=NETWORK,
    ),
]
TrustedProxyOption = Annotated[
    list[str] | None,
    typer.Option(
        envvar="PASSERELLE_TRUSTED_PROXY",
        metavar="NETWORK",
        help="Address or network of a proxy whose X-Forwarded-For is believed; repeat it for several.",
        rich_help_panel=NETWORK,
    ),
]


def served_hosts(host: str, address: str, allowed: list[str] | None) -> tuple[str, ...]:
    """Names that the Host header may have: those chosen, and this machine's own where only it can connect; empty for any."""
    if not _is_loopback(address):
        return tuple(allowed or ())
    return (*(allowed or ()), "localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host)


def check_listening(address: str, keys: Path, without_keys: bool) -> None:
    """Raises PasserelleError where an address can be reached from elsewhere, there are no keys, and nobody said that this is wanted."""
    if not (_is_loopback(address) or keys.exists() or without_keys):
        raise PasserelleError(
            f"{address} can be reached from other machines and there are no keys in {keys}; add one with `passerelle keys add NAME`, "
            "or say --without-keys"
        )


def _is_loopback(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback
