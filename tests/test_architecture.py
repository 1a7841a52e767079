"""The shape of the house."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import indexer
import search
import service
from tests.conftest import ROOT

ALLOWED = {"search": {"search"}, "indexer": {"search", "indexer"}, "service": {"search", "indexer", "service"}}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_point_one_way(package: str) -> None:
    """service -> indexer -> search, never back."""
    for path in (ROOT / package).rglob("*.py"):
        assert imported(path) & set(ALLOWED) <= ALLOWED[package], path


def test_the_core_reads_no_environment() -> None:
    """search knows no environment variables, no HTTP and no command line."""
    for path in (ROOT / "search").rglob("*.py"):
        assert "environ" not in path.read_text(encoding="utf-8"), path
        assert not imported(path) & {"fastapi", "typer", "click", "uvicorn"}, path


def test_public_means_listed() -> None:
    """Whatever a module of the three packages lists in __all__ exists, and every module lists something."""
    for package in (search, indexer, service):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            assert module.__all__, info.name
            assert all(hasattr(module, name) for name in module.__all__), info.name


def test_serving_does_not_import_torch() -> None:
    """Importing all that serving needs loads neither torch nor transformers nor scikit-learn."""
    import subprocess
    import sys

    code = (
        "import sys, search, service.app, service.cli; print({'torch', 'transformers', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
