"""`passerelle matchday`: plan a day of one-to-one meetings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..options import DEFAULT_STORE, StoreOption

__all__ = ["EPILOG", "matchday"]

EPILOG = "Example: passerelle matchday data/demo/matchday/needs.csv --wishes data/demo/matchday/wishes.csv --date 2027-03-18 -o day/"
TABLES, DAY, WHO, WORK = "Tables that say more", "The day", "Who is invited", "How it is made"


def matchday(
    needs: Annotated[
        Path,
        typer.Argument(
            help="Table of needs (CSV, TSV, XLSX), one a row: buyer, need; optional languages, weight (1 is usual), meetings (wanted at most).",
            metavar="NEEDS",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write; it appears whole or not at all.", metavar="DIR")
    ] = Path("day"),
    date: Annotated[str, typer.Option(help="The day, as 2027-03-18.", rich_help_panel=DAY, metavar="DATE")] = "",
    wishes: Annotated[
        Path | None,
        typer.Option(
            help="Table of wishes: wish (must, never, met), buyer, member (id or name).", rich_help_panel=TABLES
        ),
    ] = None,
    participants: Annotated[
        Path | None,
        typer.Option(
            help="Table of participants: participant (a buyer, or a member's id or name), languages, unavailable (09:00-10:30; 16:00-16:20).",
            rich_help_panel=TABLES,
        ),
    ] = None,
    start: Annotated[str, typer.Option(help="When the first meeting may begin.", rich_help_panel=DAY)] = "09:00",
    end: Annotated[str, typer.Option(help="When the last one must be over.", rich_help_panel=DAY)] = "17:00",
    slot: Annotated[
        int,
        typer.Option(min=5, max=480, help="Minutes a meeting takes, changing tables included.", rich_help_panel=DAY),
    ] = 20,
    breaks: Annotated[
        list[str] | None,
        typer.Option(
            "--break",
            help="When nobody meets; repeat it for several, or none for no break.",
            show_default="12:30-14:00",
            metavar="FROM-TO",
            rich_help_panel=DAY,
        ),
    ] = None,
    tables: Annotated[
        int | None,
        typer.Option(
            min=1, max=100, help="How many meetings at the same time.", show_default="one a buyer", rich_help_panel=DAY
        ),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Where the day takes place.", rich_help_panel=DAY)] = "Europe/Paris",
    per_member: Annotated[
        int, typer.Option(min=1, max=100, help="Meetings a member has at most.", rich_help_panel=DAY)
    ] = 3,
    per_buyer: Annotated[
        int | None,
        typer.Option(
            min=1, max=100, help="Meetings a buyer has at most.", show_default="every slot", rich_help_panel=DAY
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            help="Kinds of members; repeat it for several, or any.",
            show_default="startup, sme",
            metavar="VALUE",
            rich_help_panel=WHO,
        ),
    ] = None,
    cluster: Annotated[
        list[str] | None, typer.Option(help="Only members of these clusters.", metavar="VALUE", rich_help_panel=WHO)
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option(help="Only members in these countries.", metavar="VALUE", rich_help_panel=WHO)
    ] = None,
    registered_only: Annotated[
        bool,
        typer.Option("--registered-only", help="Nobody who is not in the table of participants.", rich_help_panel=WHO),
    ] = False,
    min_relevance: Annotated[
        float,
        typer.Option(min=0, max=1, help="How likely useful a meeting must be, from 0 to 1.", rich_help_panel=WHO),
    ] = 0.2,
    language: Annotated[
        Literal["en", "fr"],
        typer.Option(help="Of the overview, and of sheets for who reads both languages.", rich_help_panel=WORK),
    ] = "en",
    seed: Annotated[
        int,
        typer.Option(min=0, max=2**31 - 1, help="Another seed, another order of equal value.", rich_help_panel=WORK),
    ] = 0,
    seconds: Annotated[
        float,
        typer.Option(
            min=5,
            max=3600,
            help="The solver's work; about seconds of one core. The clock ends it after five times as long.",
            rich_help_panel=WORK,
        ),
    ] = 10.0,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over the planned day that the folder holds.", rich_help_panel=WORK)
    ] = False,
) -> None:
    """Plan a day of one-to-one meetings: what large buyers need, matched with members of all clusters, slot by slot.

    Each need is searched for in the store. Who must meet does where that is possible, who must never does not, then the meetings
    worth most are chosen: relevant, of weighty needs, with a language in common. They get slots and tables so that nobody waits long between two.

    The folder then holds index.html (the whole day), timetable.csv and timetable.xlsx, and for each participant a sheet to print and a
    calendar. Whatever could not be kept is told with its reason. The same tables, snapshot and seed make the same day.
    """
    from search import open_index

    from ..terminal import TerminalProgress
    from .extra import require_extra
    from .options import Typed, day_of, invited_of

    require_extra()
    from .files import check_folder, files_of, write_folder
    from .planning import plan_day
    from .problem import Effort
    from .summary import print_notes, print_plan
    from .tables import read_needs, read_participants, read_wishes

    pauses = ("12:30-14:00",) if breaks is None else tuple(text for text in breaks if text != "none")
    day = day_of(Typed(date, start, end, slot, pauses, tables, timezone, per_member, per_buyer))
    invited = invited_of(kind or ("startup", "sme"), cluster or (), country or (), registered_only, min_relevance)
    check_folder(output, replace)
    needed = read_needs(needs)
    wished = read_wishes(wishes) if wishes else None
    coming = read_participants(participants) if participants else None
    print_notes(note for table in (needed, wished, coming) if table for note in table.notes)
    with TerminalProgress() as progress:
        progress.step("Opening the store")
        plan = plan_day(
            open_index(store),
            needed.rows,
            day,
            invited,
            wished.rows if wished else (),
            coming.rows if coming else (),
            effort=Effort(seed, seconds, 5 * seconds),
            progress=progress,
        )
        progress.step("Writing sheets and calendars")
        write_folder(output, files_of(plan, language, datetime.now(UTC)), replace)
    print_plan(plan, output)
