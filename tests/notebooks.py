"""Execute notebooks from top to bottom. `python -m tests.notebooks` does it in place, so that they are committed with what they show."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STORE = "STORE = "
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}  # fmt: skip


def execute(path: Path, store: Path | None = None, timeout_s: int = 120) -> nbformat.NotebookNode:
    """The notebook with what it shows on its own store, or on another: then the one line that names it is replaced.

    Nothing in it says when or on which machine it ran. Raises CellExecutionError, or CellTimeoutError for a cell that takes too long.
    """
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    if store is not None:
        _change(notebook, store)
    with TemporaryDirectory() as sockets:  # files instead of ports
        config = Config({"AsyncKernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}})
        NotebookClient(
            notebook,
            config=config,
            kernel_name="python3",
            timeout=timeout_s,
            record_timing=False,
            resources={"metadata": {"path": str(path.parent)}},
            extra_arguments=["--HistoryManager.enabled=False"],
        ).execute(env={**os.environ, "PYTHONPATH": str(ROOT)})
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    return notebook


def _change(notebook: nbformat.NotebookNode, store: Path) -> None:
    (cell,) = (cell for cell in notebook.cells if cell.cell_type == "code" and STORE in cell.source)
    lines = cell.source.split("\n")
    (number,) = (number for number, line in enumerate(lines) if line.startswith(STORE))
    lines[number] = f"{STORE}{str(store)!r}"
    cell.source = "\n".join(lines)


if __name__ == "__main__":
    for notebook in NOTEBOOKS:
        nbformat.write(execute(notebook), notebook)
        print(f"{notebook.name}: executed")
