"""What docs/python.md says of the Python interface."""

import re
from pathlib import Path

import pandas as pd
import pytest

from search import Searcher, Shortlist, batch_frame
from search.frames import BATCH_COLUMNS, COLUMNS
from search.quality import comparison_frame, pairs_frame, ranking_frame, scores_frame, topics_frame
from tests.conftest import DEMO, ROOT

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_examples_run_and_print_what_they_show(
    demo_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In order, in a folder with a store and the demo directory; text after an example is what it prints, and there is no other print."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "store").symlink_to(demo_store)
    (tmp_path / "data").symlink_to(DEMO.parent)
    monkeypatch.chdir(tmp_path)
    variables: dict[str, object] = {}
    examples = re.findall(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", PAGE, re.DOTALL)
    assert len(examples) == PAGE.count("```python")
    for code, shown in examples:
        exec(code, variables)  # noqa: S102
        assert capsys.readouterr().out == shown
    assert {"partners.xlsx", "answers.csv", "judged.jsonl"} <= {path.name for path in tmp_path.iterdir()}
    frames = (
        scores_frame(variables["evaluation"]),  # type: ignore[arg-type]
        pairs_frame(variables["evaluation"]),  # type: ignore[arg-type]
        comparison_frame(variables["evaluation"], variables["varied"]),  # type: ignore[arg-type]
        topics_frame(variables["evaluation"], variables["topics"]),  # type: ignore[arg-type]
        ranking_frame(variables["partners"], variables["topics"][0]),  # type: ignore[arg-type,index]
    )
    described = re.findall(r"^\| `(\w+_frame)\(.*?\)` \| (.*?) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in described] == [
        "scores_frame", "pairs_frame", "comparison_frame", "topics_frame", "ranking_frame"
    ]  # fmt: skip
    for (_, columns), frame in zip(described, frames, strict=True):
        named = [re.sub(r" \(.*\)", "", name.strip()) for name in re.split("[;:]", columns)[0].split(",")]
        expected = [name for name in named if name != "the measures"]
        assert list(frame.columns)[: len(expected)] == expected
        assert len(frame.columns) == len(expected) + 5 * ("the measures" in named)


def test_columns_and_dtypes_are_those_documented(small: Searcher) -> None:
    """In the order of the tables of the page, filled or empty."""
    documented = re.findall(r"^\| `(\w+)` \| `(int64|float64|str|bool)` \|", PAGE, re.MULTILINE)
    assert documented == [*COLUMNS.items(), *list(BATCH_COLUMNS.items())[:3]]
    filled, empty = small.search("sensors", k=6), small.search("sensors", country=[])
    for shortlist in (filled, empty):
        assert dtypes(shortlist.to_frame()) == list(COLUMNS.items())
        assert dtypes(batch_frame([shortlist])) == list(BATCH_COLUMNS.items())
    assert dtypes(batch_frame([])) == list(BATCH_COLUMNS.items())
    assert (len(filled.to_frame()), len(empty.to_frame())) == (6, 0)


def dtypes(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return [(str(name), str(dtype)) for name, dtype in frame.dtypes.items()]


def test_everything_public_is_described() -> None:
    """Every method of Searcher and every field of Shortlist and Match that has a name of its own stands on the page."""
    names = {name for name in vars(Searcher) if not name.startswith("_")} - {"encoder", "topics_read"}
    fields = set(Shortlist.__dataclass_fields__) - {"matches", "took_ms", "lead", "stages"}
    assert {name for name in names | fields if f"`{name}" not in PAGE} == set()
