"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DEFAULT_STORE", "StoreOption"]

DEFAULT_STORE = Path("var/store")
StoreOption = Annotated[
    Path, typer.Option(envvar="PASSERELLE_STORE", help="Folder that holds the snapshots.", show_default="var/store")
]
