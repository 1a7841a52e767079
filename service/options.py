"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DEFAULT_STORE", "DatabaseOption", "FairnessOption", "NeededDatabaseOption", "StoreOption"]

DEFAULT_STORE = Path("var/store")
StoreOption = Annotated[
    Path, typer.Option(envvar="PASSERELLE_STORE", help="Folder that holds the snapshots.", show_default="var/store")
]
FairnessOption = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help="Members take turns, from topic to topic, where their relevance differs by no more than this share of it.",
    ),
]
_DATABASE = typer.Option(
    "--database",
    envvar="PASSERELLE_DATABASE",
    metavar="URL",
    help="Where users' shortlists, introductions, judgments and saved topics are kept: a SQLite file, or postgresql://USER@HOST/NAME.",
    show_default="nowhere",
)
DatabaseOption = Annotated[str | None, _DATABASE]
NeededDatabaseOption = Annotated[str, _DATABASE]
