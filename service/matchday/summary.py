"""What `passerelle matchday` says at the end."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ..terminal import plain
from ..texts import texts_for
from .values import Plan
from .words import by_reason, figure_lines, short_line, unkept_line

__all__ = ["print_notes", "print_plan"]

NAMED = 12


def print_notes(notes: Iterable[str]) -> None:
    """What tables hold that is not used, on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for note in notes:
        console.print(Text(f"note: {plain(note)}"))


def print_plan(plan: Plan, folder: Path) -> None:
    """The day in numbers, then what could not be and why."""
    texts = texts_for("en")
    console = Console(highlight=False)
    console.print(Text(f"Planned {plan.day.date:%A %d %B %Y} in {folder}/ from {plan.snapshot}", "bold"))
    for line in figure_lines(plan, texts, "en"):
        console.print(Text(f"  {line}"))
    _told(console, texts["md_unkept"], [unkept_line(unkept, texts) for unkept in plan.unkept])
    _told(console, texts["md_short"], [short_line(short, texts) for short in plan.short])
    for why, members in by_reason(plan.without, texts):
        named = ", ".join(without.member.name for without in members[:NAMED])
        more = f" and {len(members) - NAMED} more (timetable.xlsx has them all)" if len(members) > NAMED else ""
        _told(console, f"{texts['md_without']}: {why}", [named + more])


def _told(console: Console, head: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if number == 0:
            console.print(Text(plain(head), "bold"))
        console.print(Padding(Text(plain(line)), (0, 0, 0, 2)))
