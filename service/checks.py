"""What the command line prints of sources, for people."""

import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from indexer.sources.checking import Checked
from indexer.sources.projects import Harvest
from search import Member

from .terminal import plain

__all__ = ["print_checked", "print_harvest"]

SHOWN_REJECTS = 10
SHOWN_CHARS = 160


def print_checked(checked: Checked) -> None:
    """How a source is read, its first members, columns that are not used, and the first rejects with what to do about them."""
    console = Console(highlight=False)
    mapping = f"mapping {checked.mapping}" if checked.mapping else "no mapping"
    head = Text.assemble((plain(checked.source), "bold"), plain(f": {checked.about}, {mapping}"))
    console.print(head, soft_wrap=True)
    if checked.first:
        table = Table("id and name", "facts", "descriptions", show_lines=True)
        for member in checked.first:
            table.add_row(Text(f"{_short(member.id)}\n{_short(member.name)}"), _facts(member), _descriptions(member))
        console.print(table)
    if checked.unused:
        console.print(Text(f"Columns not used: {', '.join(map(_short, checked.unused))}"), soft_wrap=True)
    for reject in checked.rejects[:SHOWN_REJECTS]:
        console.print(
            f"[red]rejected[/red] {escape(str(reject))}\n    [dim]{escape(reject.advice)}[/dim]", soft_wrap=True
        )
    if len(checked.rejects) > SHOWN_REJECTS:
        console.print(f"... and {len(checked.rejects) - SHOWN_REJECTS:,} more; --rejects FILE writes them all")
    valid = checked.rows - len(checked.rejects)
    console.print(f"{checked.rows:,} rows: {valid:,} members, {len(checked.rejects):,} rejected.\n")


def print_harvest(harvest: Harvest, output: str) -> None:
    """How many members were written, and on standard error what was left out."""
    for reject in harvest.rejects[:SHOWN_REJECTS]:
        print(f"left out {reject}", file=sys.stderr)
    if len(harvest.rejects) > SHOWN_REJECTS:
        print(f"... and {len(harvest.rejects) - SHOWN_REJECTS:,} more left out", file=sys.stderr)
    print(
        f"Wrote {harvest.members:,} members to {output}, described by {harvest.projects:,} projects; {len(harvest.rejects):,} left out."
    )


def _facts(member: Member) -> Text:
    facts = {
        "clusters": "; ".join(member.clusters),
        "country": member.country,
        "city": member.city,
        "kind": member.kind,
        "employees": member.employees,
        "website": member.website,
        "sectors": "; ".join(member.sectors),
        "updated": member.updated,
        **member.extra,
    }
    return Text("\n".join(_short(f"{name}: {value}") for name, value in facts.items() if value not in (None, "")))


def _descriptions(member: Member) -> Text:
    return Text("\n".join(f"[{code}] {_short(text)}" for code, text in member.descriptions.items()))


def _short(text: str) -> str:
    shown = plain(text)
    return shown if len(shown) <= SHOWN_CHARS else f"{shown[:SHOWN_CHARS]}…"
