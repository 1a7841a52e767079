"""`passerelle sources`: look at what clusters export before indexing it, and make members of public data."""

from pathlib import Path
from typing import Annotated

import typer

from search.errors import SourceError

__all__ = ["app"]

app = typer.Typer(
    help="Look at files of members before indexing them, and make members of public data.", no_args_is_help=True
)

OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Members file to write, in JSON Lines.")]
ProjectsOption = Annotated[
    int, typer.Option(min=1, max=40, help="How many of its newest projects describe an organisation.")
]


@app.command(epilog="Example: passerelle sources check export.csv --mapping minalogic.toml")
def check(
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="Files (JSON Lines, JSON, CSV, TSV, XLSX, Parquet; text also as .gz) or folders of them.",
            metavar="SOURCE...",
        ),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(help="TOML file that says which column is what, instead of the one beside each source."),
    ] = None,
    rows: Annotated[int, typer.Option(min=0, max=100, help="How many members to show.")] = 5,
    rejects: Annotated[
        Path | None, typer.Option(help="File to write every reject to, in JSON Lines, with what to do about it.")
    ] = None,
) -> None:
    """Show how the first rows of files come out, which columns are not used and what would be rejected.

    Nothing is indexed. A mapping is looked for beside each source: export.toml for export.csv, else mapping.toml.

    Exit status 1 where a file holds nothing that could be indexed.
    """
    from indexer.sources.checking import check_sources
    from indexer.sources.rejects import write_rejects

    from .checks import print_checked
    from .terminal import TerminalProgress

    with TerminalProgress() as progress:
        checked = list(check_sources(sources, mapping, rows, progress))
    for source in checked:
        print_checked(source)
    if rejects is not None:
        write_rejects((reject for source in checked for reject in source.rejects), rejects)
    if empty := [source.source for source in checked if len(source.rejects) == source.rows]:
        raise SourceError(
            f"nothing in {empty[0]} can be indexed; see the advice above, and write a mapping if it has none"
        )


@app.command(
    epilog="Example: passerelle sources cordis cordis-HORIZON/ -o members.jsonl && passerelle index members.jsonl"
)
def cordis(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder with project.csv and organization.csv, or with one such folder a programme.", metavar="DIR"
        ),
    ],
    output: OutputOption,
    projects: ProjectsOption = 10,
) -> None:
    """Make members of CORDIS data: the organisations of European research projects.

    Download "projects" in CSV for a programme (Horizon Europe, Horizon 2020...) from CORDIS or data.europa.eu and unpack it.
    """
    from indexer.sources.cordis import cordis_members

    from .checks import print_harvest
    from .terminal import TerminalProgress

    with TerminalProgress() as progress:
        harvest = cordis_members(folder, output, projects, progress)
    print_harvest(harvest, str(output))


@app.command(epilog="Example: passerelle sources anr anr/ -o members.jsonl && passerelle index members.jsonl")
def anr(
    folder: Annotated[
        Path, typer.Argument(help="Folder with the ANR's CSV files of projects and of partners.", metavar="DIR")
    ],
    output: OutputOption,
    projects: ProjectsOption = 10,
) -> None:
    """Make members of ANR data: the partners of projects of the French research agency.

    Download the CSV files of projects ("projets") and partners ("partenaires") from data.gouv.fr into one folder.
    """
    from indexer.sources.anr import anr_members

    from .checks import print_harvest
    from .terminal import TerminalProgress

    with TerminalProgress() as progress:
        harvest = anr_members(folder, output, projects, progress)
    print_harvest(harvest, str(output))
