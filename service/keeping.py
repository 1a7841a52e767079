"""`passerelle topics` and `passerelle memory`: the night of saved topics, and the database for those who run it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.errors import PasserelleError

from .options import DEFAULT_STORE, NeededDatabaseOption, StoreOption

if TYPE_CHECKING:
    from .memory import Memory

__all__ = ["memory_app", "topics_app"]

topics_app = typer.Typer(help="Topics that users saved, asked again of each new snapshot.", no_args_is_help=True)
memory_app = typer.Typer(help="What users keep: whose, how much, exported, deleted.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
UserArgument = Annotated[
    str,
    typer.Argument(
        help="local, or key:NAME for what was kept with the key NAME; `passerelle memory users` lists them."
    ),
]


@topics_app.command("run", epilog="Example: passerelle topics run --database /srv/passerelle/memory.sqlite")
def run(database: NeededDatabaseOption, store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Ask every saved topic of the current snapshot and keep who answers now and did not before.

    To be run after each `passerelle index`. A topic that was asked of this snapshot already is left alone; one that fails does not stop the
    others, is told on standard error, and is tried again the next time.
    """
    from search import open_index
    from search.store import Store

    from .memory.night import run_topics

    memory = _open(database)
    done = run_topics(memory, Store(store), open_index(store))
    for topic_id, reason in done.failed:
        typer.echo(f"topic {topic_id}: {reason}", err=True)
    if as_json:
        failed = {str(topic_id): reason for topic_id, reason in done.failed}
        shown = {
            "snapshot": done.snapshot,
            "asked": done.asked,
            "known": done.known,
            "found": done.found,
            "failed": failed,
        }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        typer.echo(
            f"{done.asked} topics asked of {done.snapshot}, {done.known} were before; {done.found} members found."
        )
    if done.failed:
        raise PasserelleError(
            f"{len(done.failed)} of {done.asked + len(done.failed)} topics failed; the others are done, these are tried again at the next run"
        )


@memory_app.command(
    epilog="Example: passerelle memory upgrade --database postgresql://passerelle@db.example/passerelle"
)
def upgrade(database: NeededDatabaseOption) -> None:
    """Make the tables of an empty database, or bring those of an earlier version to this one's. SQLite files are also when first opened."""
    from .memory import upgrade_memory

    before, after = upgrade_memory(database)
    typer.echo(f"Schema {after}, as before." if before == after else f"Schema {before or 'none'} became {after}.")


@memory_app.command(epilog="Example: passerelle memory users --json")
def users(database: NeededDatabaseOption, as_json: JsonOption = False) -> None:
    """List who keeps how much of what."""
    from .memory.users import list_users

    with _open(database).reading() as session:
        found = list_users(session)
    if as_json:
        typer.echo(
            json.dumps([{"user": holding.user, **holding.counts} for holding in found], indent=2, ensure_ascii=False)
        )
        return
    for holding in found:
        typer.echo(f"{holding.user}: {_counted(holding.counts)}")
    typer.echo(f"{len(found)} users")


@memory_app.command(epilog="Example: passerelle memory export key:minalogic > minalogic.json")
def export(user: UserArgument, database: NeededDatabaseOption) -> None:
    """Print all that is kept of a user as JSON, but for the addresses of feeds."""
    from .memory.users import export_user

    with _open(database).reading() as session:
        typer.echo(json.dumps(export_user(session, user), indent=2, ensure_ascii=False))


@memory_app.command(epilog="Example: passerelle memory forget key:minalogic")
def forget(user: UserArgument, database: NeededDatabaseOption) -> None:
    """Delete all that is kept of a user, at once and for good. Backups are yours to delete."""
    from .memory.users import forget_user

    with _open(database).writing() as session:
        done = forget_user(session, user)
    typer.echo(f"Deleted of {user}: {_counted(done.counts)}.")


@memory_app.command(epilog="Example: passerelle memory qrels > judged.jsonl && passerelle evaluate judged.jsonl")
def qrels(
    database: NeededDatabaseOption,
    user: Annotated[str | None, typer.Option(help="Of this user alone.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, instead of standard output.")
    ] = None,
) -> None:
    """Print judgments as judged topics in JSON Lines, which `passerelle evaluate` reads: a good match is grade 2, "not for us" 0."""
    from .memory.judgments import qrels

    with _open(database).reading() as session:
        lines = "".join(qrels(session, user))
    if output is None:
        typer.echo(lines, nl=False)
        return
    try:
        output.write_text(lines, encoding="utf-8")
    except OSError as error:
        raise PasserelleError(
            f"cannot write {output} ({error.strerror}); name a file in a folder that exists"
        ) from error


def _open(database: str) -> "Memory":
    from .memory import open_memory

    return open_memory(database)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
