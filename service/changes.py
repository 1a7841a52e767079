"""How snapshots differ, and which organisations were merged, for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from indexer.changes import Difference
from indexer.merging import Merge

from .terminal import plain

__all__ = ["print_difference", "print_merges"]

SHOWN = 20


def print_difference(found: Difference) -> None:
    """The first members of each sort; `--json` has them all."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"From {found.older} to {found.newer}:")
    _print(console, "added", [f"{member.id}  {member.name}" for member in found.added])
    _print(console, "removed", [f"{member.id}  {member.name}" for member in found.removed])
    _print(console, "changed", [f"{member.id}  {member.name}: {', '.join(member.fields)}" for member in found.changed])


def print_merges(merges: Sequence[Merge]) -> None:
    """The first merges; `--json` has them all."""
    console = Console(highlight=False, soft_wrap=True)
    _print(
        console, "merged", [f"{merge.merged} into {merge.kept} ({merge.score:.2f}): {merge.reason}" for merge in merges]
    )


def _print(console: Console, what: str, lines: Sequence[str]) -> None:
    console.print(Text(f"{len(lines):,} {what}", "bold"))
    for line in lines[:SHOWN]:
        console.print(Text(f"  {plain(line)}"))
    if len(lines) > SHOWN:
        console.print(f"  and {len(lines) - SHOWN:,} more: --json lists them all")
