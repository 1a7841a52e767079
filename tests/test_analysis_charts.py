"""Charts are whole without a script, and show what members wrote as text only."""

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from search.analysis import Mixing
from search.analysis.charts import Chart, heat_chart, map_chart, mixing_chart
from search.analysis.palette import OTHERS, legend
from tests.conftest import ROOT

PLOTLY = "application/vnd.plotly.v1+json"
HOSTILE = "<script>alert(1)</script> <a href='x'>$x$</a>"
MEMBERS = pd.DataFrame({
    "id": ["a", "b", "c"],
    "name": ["Alpha", "Beta", HOSTILE],
    "place": ["Ghent, BE", "Lyon, FR", "not said"],
    "kind": ["sme", "sme", "large"],
    "clusters": ["DSP Valley", "", ""],
    "language": ["en", "fr", "en"],
    "sentence": ["We do.", "Nous faisons.", HOSTILE * 40],
    "cluster": ["DSP Valley", "Minalogic", HOSTILE],
})  # fmt: skip
POINTS = np.array([[0, 1], [-1, 0], [1, -1]], np.float32)


def drawn(chart: Chart) -> dict[str, Any]:
    """The interactive chart as a notebook stores it."""
    bundle = chart._repr_mimebundle_()
    assert set(bundle) == {PLOTLY, "image/png", "text/plain"}
    assert isinstance(bundle["image/png"], bytes)
    assert bundle["image/png"].startswith(b"\x89PNG")
    figure = bundle[PLOTLY]
    assert isinstance(figure, dict)
    return figure


def test_a_map_switches_its_colours() -> None:
    """A trace for each value of each column; a button shows those of one column and hides the others."""
    figure = drawn(map_chart(MEMBERS, POINTS, ["cluster", "language"], "Members"))
    assert [trace["name"].split(" (")[1] for trace in figure["data"]] == ["1)", "1)", "1)", "2)", "1)"]
    assert [trace["visible"] for trace in figure["data"]] == [True] * 3 + [False] * 2
    by_cluster, by_language = figure["layout"]["updatemenus"][0]["buttons"]
    assert (by_cluster["label"], by_language["label"]) == ("by cluster", "by language")
    assert by_language["args"][0]["visible"] == [False] * 3 + [True] * 2


def test_many_groups_leave_the_rest_together() -> None:
    """Thirty clusters: the twenty most frequent have a name, the rest is one group; each member is drawn once."""
    many = pd.concat([MEMBERS.iloc[:1]] * 30, ignore_index=True)
    many["cluster"] = [f"c{i:02}" for i in range(30)]
    points = np.random.default_rng(0).uniform(-1, 1, (30, 2)).astype(np.float32)
    traces = drawn(map_chart(many, points, ["cluster"], "Members"))["data"]
    assert [trace["name"] for trace in traces] == ["others (10)", *(f"c{i:02} (1)" for i in range(20))]
    assert sum(len(trace["x"]) for trace in traces) == 30


def test_pointing_at_a_member_shows_it() -> None:
    """Name, place, kind and its own sentence."""
    figure = drawn(map_chart(MEMBERS, POINTS, ["language"], "Members"))
    (text,) = figure["data"][1]["text"]
    assert text == "<b>Beta</b><br>Lyon, FR · sme ·  · fr<br><br>Nous faisons."


def test_what_members_write_is_no_markup() -> None:
    """Names, sentences and clusters are escaped, cut, and no formula, wherever they stand."""
    chart = map_chart(MEMBERS, POINTS, ["cluster"], HOSTILE)
    written = str(drawn(chart))
    assert "&lt;script&gt;" in written
    assert "<script" not in written
    assert "<a " not in written
    assert "$" not in written.replace("&#36;", "")
    assert max(len(text) for trace in drawn(chart)["data"] for text in trace["text"]) < 1_500
    table = pd.DataFrame([[1.0]], index=[HOSTILE], columns=[HOSTILE])
    assert "<script" not in str(drawn(heat_chart(table, HOSTILE, HOSTILE, 0, 1)))


def test_the_still_picture_is_the_same_every_time() -> None:
    """The same bytes from the same data."""
    first, second = (map_chart(MEMBERS, POINTS, ["cluster"], "Members").to_png() for _ in range(2))
    assert first == second


def test_a_heat_map_has_every_number() -> None:
    """Numbers as written, bold from where it is asked, blank where there is none; rows from top to bottom."""
    table = pd.DataFrame([[0.25, np.nan], [1.0, 0.5]], index=["p", "q"], columns=["A", "B"])
    figure = drawn(heat_chart(table, "Title", "topics", 0, 1, digits=2, bold_from=0.5))
    (squares,) = figure["data"]
    assert squares["text"] == [["0.25", ""], ["<b>1.00</b>", "<b>0.50</b>"]]
    assert squares["z"] == [[0.25, None], [1.0, 0.5]]
    assert (squares["y"], squares["x"]) == (["p", "q"], ["A", "B"])
    assert squares["colorbar"]["title"]["text"] == "topics"
    assert figure["layout"]["yaxis"]["autorange"] == "reversed"


def test_long_labels_stay_apart() -> None:
    """Two that are cut alike are numbered, so that no row hides another."""
    names = ["a very long name of a cluster in the north", "a very long name of a cluster in the south"]
    (squares,) = drawn(heat_chart(pd.DataFrame(np.eye(2), names, names), "T", "u", 0, 1))["data"]
    assert len(set(squares["y"])) == 2


def test_the_picture_of_languages_says_the_shares() -> None:
    """Before and after beside each other, each with its share of neighbours in the same language and what chance gives."""
    random = np.random.default_rng(0)
    content, sides = np.repeat(random.normal(size=(20, 8)), 2, axis=0), np.tile([[3.0], [-3.0]], (20, 1))
    before, after = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (np.hstack([content, sides]), content))
    mixing = Mixing(
        tuple(f"m{i // 2}" for i in range(40)),
        ("en", "fr") * 20,
        np.asarray(before, np.float32),
        np.asarray(after, np.float32),
    )
    figure = drawn(mixing_chart(mixing, "Languages"))
    titles = [note["text"] for note in figure["layout"]["annotations"]]
    shares = mixing.to_frame().mean()
    assert titles == [
        f"{side}: {shares[side]:.0%} of neighbours in the same language (49% by chance)" for side in ("before", "after")
    ]
    assert shares["before"] > 0.9
    assert shares["after"] < 0.6
    assert [trace["name"] for trace in figure["data"]] == ["en (20)", "fr (20)"] * 2


def test_groups_differ_in_colour_or_shape() -> None:
    """Twelve clusters look twelve ways; the most frequent comes first; what is beyond the limit is one grey group that lies below."""
    values = [f"c{i:02}" for i in range(12) for _ in range(12 - i)]
    styles = legend(values)
    assert [style.name for style in styles] == [f"c{i:02}" for i in range(12)]
    assert len({(style.colour, style.symbol) for style in styles}) == len({(s.colour, s.marker) for s in styles}) == 12
    few = legend(values, most=4)
    assert [style.name for style in few] == [OTHERS, "c00", "c01", "c02"]
    assert sorted(row for style in few for row in style.rows) == list(range(len(values)))


@pytest.mark.parametrize("missing", ["plotly", "matplotlib"])
def test_without_the_libraries_charts_say_what_to_install(missing: str) -> None:
    """Everything can be imported; only drawing fails, with one line that names the extra."""
    code = f"""
import sys
sys.modules[{missing!r}] = None
import pandas as pd
from search import PasserelleError
from search.analysis import charts
try:
    charts.heat_chart(pd.DataFrame([[1.0]]), "T", "u", 0, 1)
except PasserelleError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.startswith(f"charts need {missing}")
    assert "passerelle[notebooks]" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_searching_loads_no_analysis() -> None:
    """`import search` brings neither plots nor scikit-learn, nor the analyses."""
    code = "import sys, search; print({'plotly', 'matplotlib', 'sklearn', 'search.analysis'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
