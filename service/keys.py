"""`passerelle keys`: who may ask the service, and what for."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .options import DEFAULT_STORE, StoreOption
from .security.keyfile import KEYS_FILE, Scope, add_key, read_keys, revoke_key

__all__ = ["app"]

app = typer.Typer(
    help="Keys for the HTTP service. Without any, it answers everybody, on this machine alone.", no_args_is_help=True
)

FileOption = Annotated[
    Path | None, typer.Option("--keys", envvar="PASSERELLE_KEYS", help="File of the keys, instead of the store's.")
]
NameArgument = Annotated[str, typer.Argument(help="Who or what uses the key.")]


@app.command(epilog="Example: passerelle keys add minalogic --scope search --scope export")
def add(
    name: NameArgument,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it allows; repeat it for several. search where none is named.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    keys: FileOption = None,
) -> None:
    """Make a key and print it, this once: only its hash is kept.

    A service that runs knows it at once. It is sent as `Authorization: Bearer KEY`.
    """
    typer.echo(add_key(keys or store / KEYS_FILE, name, scope or [Scope.SEARCH]))


@app.command("list", epilog="Example: passerelle keys list --json")
def list_keys(
    store: StoreOption = DEFAULT_STORE,
    keys: FileOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Name the keys, with what they allow, when they were made, and when revoked."""
    found = read_keys(keys or store / KEYS_FILE)
    if as_json:
        shown = [
            {"name": key.name, "scopes": sorted(key.scopes), "created": key.created, "revoked": key.revoked}
            for key in found
        ]
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for key in found:
        ended = f", revoked {key.revoked}" if key.revoked else ""
        typer.echo(f"{key.name}: {', '.join(sorted(key.scopes))}, made {key.created}{ended}")
    typer.echo(f"{sum(key.revoked is None for key in found)} valid")


@app.command(epilog="Example: passerelle keys revoke minalogic")
def revoke(name: NameArgument, store: StoreOption = DEFAULT_STORE, keys: FileOption = None) -> None:
    """Make a key useless, at once, also for a service that runs."""
    revoke_key(keys or store / KEYS_FILE, name)
    typer.echo(f"Revoked {name}.")
