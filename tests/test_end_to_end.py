"""The demo directory with the real encoder: what a visitor gets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from search import Searcher
from search.evaluation import evaluate, read_topics
from tests.conftest import DEMO, ROOT


@pytest.mark.parametrize(
    ("topic", "member", "language"),
    [
        (
            "capteurs inertiels MEMS pour la surveillance d'ouvrages",
            "distretto-green-and-high-tech-lambro-sensori",
            "en",
        ),
        ("accéléromètres pour ponts et barrages", "distretto-green-and-high-tech-lambro-sensori", "en"),
        ("wafer probe cards for MEMS", "scs-pointelle", "fr"),
    ],
)
def test_the_other_language_answers(demo: Searcher, topic: str, member: str, language: str) -> None:
    """A French topic finds the English-speaking member that answers it among the first ten, and the other way round."""
    shortlist = demo.search(topic, k=10)
    matches = {match.member.id: match for match in shortlist}
    assert shortlist.language != language
    assert member in matches
    assert matches[member].evidence[0].language == language


def test_quality_does_not_fall(demo: Searcher) -> None:
    """On the judged topics: the ranking, the balance between languages, and both languages of topics."""
    evaluation = evaluate(demo, read_topics(DEMO / "topics.jsonl"))
    assert evaluation.overall["nDCG@10"] >= 0.745
    assert evaluation.overall["recall@20"] >= 0.755
    assert evaluation.cross_to_same is not None
    assert evaluation.cross_to_same >= 0.9
    assert min(scores["recall@20"] for scores in evaluation.by_pair.values()) >= 0.64
    assert abs(evaluation.by_language["fr"]["nDCG@10"] - evaluation.by_language["en"]["nDCG@10"]) <= 0.03
    assert evaluation.no_answer_auc is not None
    assert evaluation.no_answer_auc >= 0.95
    assert evaluation.missing == 0


def test_nothing_reports_to_anyone(demo_store: Path, tmp_path: Path) -> None:
    """Opening and searching load no telemetry module, nor torch, and leave nothing in the home folder."""
    code = f"""
import sys, service.app
from search import open_index
open_index({str(demo_store)!r}).search("sensors")
print(sys.modules.get("openvino_telemetry"), [name for name in sys.modules if name.startswith("openvino_telemetry.")])
print({{"torch", "transformers", "sklearn"}} & set(sys.modules))
"""
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    assert done.stdout == "None []\nset()\n"
    assert list(tmp_path.iterdir()) == []


def test_every_member_is_ranked(demo: Searcher) -> None:
    """Asked for all, the directory comes back whole, each member once."""
    shortlist = demo.search("photonics", k=1000)
    assert len({match.member.id for match in shortlist}) == len(demo) == 360


def test_narrow_filters_are_exact(demo: Searcher) -> None:
    """Under a filter, the ranking is the unfiltered one with the others left out."""
    everyone = demo.search("robot arms that learn by demonstration", k=1000)
    for filters in (
        {"country": "IE"},
        {"cluster": "Minalogic", "kind": "large"},
        {"language": "fr", "country": ["BE", "IT"]},
    ):
        expected = [
            m.member.id
            for m in everyone
            if all(set(m.member.facet(f)) & ({v} if isinstance(v, str) else set(v)) for f, v in filters.items())
        ]
        assert expected
        assert [
            m.member.id for m in demo.search("robot arms that learn by demonstration", k=1000, **filters)
        ] == expected


def test_a_batch_ranks_like_single_searches(demo: Searcher) -> None:
    """The same first ten, scores equal but for rounding in the encoder."""
    topics = ["capteurs MEMS", "low-power radio", "élevage bovin", "post-quantum cryptography"]
    for alone, batched in zip([demo.search(topic) for topic in topics], demo.search_many(topics), strict=True):
        assert [m.score for m in alone] == pytest.approx([m.score for m in batched], abs=0.05)
        assert {m.member.id for m in alone[:5]} <= {m.member.id for m in batched}
