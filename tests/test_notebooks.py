"""The analysts' notebooks."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from indexer.publish import install_encoder
from indexer.run import index_members
from search.encoder import OpenVinoEncoder
from search.store import Store
from tests.conftest import ANY, DEMO, ROOT, write_lines
from tests.notebooks import NOTEBOOKS, STORE, execute

MAX_BYTES = 1_500_000
MAX_SECONDS = 120
ALLOWED = {"search", "pandas", "numpy", "matplotlib", "plotly", "IPython", "pathlib", "tempfile"}
STATIC = {"image/png", "image/svg+xml", "text/html"}
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def outputs(notebook: nbformat.NotebookNode) -> Iterator[nbformat.NotebookNode]:
    """Everything a notebook shows."""
    return (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)


def kinds(notebook: nbformat.NotebookNode) -> list[list[list[str]]]:
    """For each cell that has any, what it shows: streams and media types."""
    shown = [
        [sorted(output.get("data", {output.get("name", output.output_type): ""})) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    return [cell for cell in shown if cell]


def test_there_are_notebooks() -> None:
    """At least those that the README names."""
    assert {"01_find_partners", "04_measure_quality"} <= {path.stem for path in NOTEBOOKS}


@each_notebook
def test_a_notebook_runs(path: Path, demo_store: Path) -> None:
    """From top to bottom on the demo directory, no cell longer than two minutes, and every cell shows the kind of thing it is committed with."""
    done = execute(path, demo_store, MAX_SECONDS)
    assert kinds(done) == kinds(nbformat.read(path, as_version=4))


@pytest.fixture(scope="module")
def other_store(prepared_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody's own directory: other ids, two members in three say neither kind nor country nor sectors."""
    folder = tmp_path_factory.mktemp("other")
    records = [json.loads(line) for line in (DEMO / "members.jsonl").read_text(encoding="utf-8").splitlines()[::6]]
    for number, record in enumerate(records):
        record["id"] = f"own-{number}"
        if number % 3:
            records[number] = {key: record[key] for key in ("id", "name", "descriptions")}
    store = Store(folder / "store")
    encoder = OpenVinoEncoder(prepared_encoder, verify=False)
    install_encoder(store, prepared_encoder, encoder.info.digest)
    index_members([write_lines(folder / "members.jsonl", records)], store, lambda *_: encoder, ANY)
    return store.path


@each_notebook
def test_one_line_changes_the_directory(path: Path, other_store: Path) -> None:
    """The same on a directory of somebody's own, by the line that names its store."""
    execute(path, other_store, MAX_SECONDS)


@each_notebook
def test_a_notebook_can_be_read_where_it_is(path: Path) -> None:
    """Committed with what it shows: small, nothing on standard error, no path or place of the machine, nothing that only a script would draw."""
    assert path.stat().st_size < MAX_BYTES
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    shown = list(outputs(notebook))
    assert shown
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == list(
        range(1, sum(cell.cell_type == "code" for cell in notebook.cells) + 1)
    )
    for output in shown:
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        text = "".join(value for kind, value in output.get("data", {}).items() if kind.startswith("text/"))
        assert not re.search(
            r"(?<![\w:/.])/(tmp|home|root|Users|usr|var)/|0x[0-9a-f]{6,}", text + output.get("text", "")
        )
        drawn = set(output.get("data", {})) - {"text/plain"}
        assert not drawn or drawn & STATIC
        assert "<script" not in output.get("data", {}).get("text/html", "") or drawn & {"image/png", "image/svg+xml"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert set(notebook.metadata.language_info) == {"name"}
    assert "fictional" in "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@each_notebook
def test_a_notebook_defines_nothing(path: Path) -> None:
    """It begins with the line to change, imports `search` and what draws, and has no function or class of its own."""
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert code[0].startswith(f'{STORE}"../var/store"\n')
    for node in ast.walk(ast.parse("\n".join(code))):
        assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in ALLOWED


def test_links_of_notebooks_lead_somewhere() -> None:
    """Every relative link in their prose exists."""
    for path in NOTEBOOKS:
        prose = "\n".join(
            cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"
        )
        for target in re.findall(r"\]\(([^)#]+)\)", prose):
            assert target.startswith("http") or (ROOT / "notebooks" / target).exists(), target
