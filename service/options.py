"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DEFAULT_STORE", "FairnessOption", "StoreOption"]

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
