"""`passerelle serve`: the HTTP service as a command."""

from typing import Annotated, Literal

import typer

from .options import DEFAULT_STORE, DatabaseOption, StoreOption
from .security import options as safe
from .security.keyfile import KEYS_FILE
from .security.settings import SecuritySettings, cors_origins, networks

__all__ = ["serve"]

RUNNING = "How it runs"
SAFE = SecuritySettings()


def serve(
    store: StoreOption = DEFAULT_STORE,
    host: Annotated[
        str, typer.Option(envvar="PASSERELLE_HOST", help="Address to listen on; 127.0.0.1 is this machine only.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="PASSERELLE_PORT", min=0, max=65535, help="Port to listen on; 0 for any free one.")
    ] = 8000,
    reload_seconds: Annotated[
        float,
        typer.Option(
            envvar="PASSERELLE_RELOAD_SECONDS",
            min=0,
            help="How often to look for a newer snapshot; 0 for only on SIGHUP.",
            rich_help_panel=RUNNING,
        ),
    ] = 2.0,
    grace_seconds: Annotated[
        float,
        typer.Option(
            envvar="PASSERELLE_GRACE_SECONDS",
            min=1,
            help="How long requests under way may take after SIGTERM.",
            rich_help_panel=RUNNING,
        ),
    ] = 30.0,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait",
            envvar="PASSERELLE_WAIT",
            help="Start at once; answer 503 until a snapshot is there, instead of refusing to start without one.",
            rich_help_panel=RUNNING,
        ),
    ] = False,
    log: Annotated[
        Literal["auto", "console", "json"],
        typer.Option(
            envvar="PASSERELLE_LOG",
            help="On standard error: words, or JSON lines. auto: words on a terminal, JSON elsewhere.",
            rich_help_panel=RUNNING,
        ),
    ] = "auto",
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        typer.Option(
            envvar="PASSERELLE_LOG_LEVEL",
            help="From which on lines are told: debug adds probes, warning leaves requests out.",
            rich_help_panel=RUNNING,
        ),
    ] = "info",
    database: DatabaseOption = None,
    keys: safe.KeysOption = None,
    anonymous: safe.AnonymousOption = SAFE.anonymous,
    without_keys: safe.WithoutKeysOption = False,
    rate: safe.RateOption = SAFE.rate,
    burst: safe.BurstOption = SAFE.burst,
    max_body: safe.MaxBodyOption = SAFE.max_body,
    request_seconds: safe.RequestSecondsOption = SAFE.request_seconds,
    answer_seconds: safe.AnswerSecondsOption = SAFE.answer_seconds,
    max_connections: safe.MaxConnectionsOption = 500,
    cors_origin: safe.CorsOption = None,
    allowed_host: safe.AllowedHostOption = None,
    trusted_proxy: safe.TrustedProxyOption = None,
) -> None:
    """Serve the HTTP API and the web page from the current snapshot, and from each newer one as soon as it is published.

    A snapshot that cannot be opened is refused: the one before goes on answering, and /readyz and /metrics say so.
    """
    from search.store import Store

    from .app import create_app
    from .live import Live
    from .logs import start_log
    from .memory import open_memory
    from .security.connections import timed_protocol
    from .serving import MAX_HEAD, Connections, listen, run

    keys_file, origins, proxies = (
        keys or store / KEYS_FILE,
        cors_origins(cors_origin or ()),
        networks(trusted_proxy or ()),
    )
    memory = None if database is None else open_memory(database)
    live = Live(store=Store(store))
    if not wait:
        live.load()
    listening = listen(host, port)
    bound = listening.getsockname()[0]
    safe.check_listening(bound, keys_file, without_keys)
    security = SecuritySettings(
        keys_file,
        anonymous,
        rate,
        burst,
        max_body,
        request_seconds,
        answer_seconds,
        cors_origins=origins,
        allowed_hosts=safe.served_hosts(host, bound, allowed_host),
        trusted_proxies=proxies,
    )
    start_log(log, log_level)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    held = "" if wait else f" from {live.searcher.manifest.snapshot} ({len(live.searcher):,} members)"
    print(f"Passerelle answers{held} on {address}", flush=True)
    connections = Connections(listening, timed_protocol(request_seconds, MAX_HEAD), max_connections)
    run(create_app(live, security, memory), live, connections, reload_seconds, grace_seconds)
