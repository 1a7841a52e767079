"""Scores within languages, candidates, and their sum."""

from pathlib import Path

import numpy as np
import pytest

from search import open_index
from search.fusion import LEXICAL_WEIGHT, Fusion
from search.searcher import Searcher
from search.snapshot import Snapshot
from tests.conftest import DIMENSION, Build, FakeEncoder, member


@pytest.fixture
def snapshot(build: Build, tmp_path: Path) -> Snapshot:
    words = ["sensors", "cows", "light", "chips", "buses", "milk", "radio"]
    french = [member(f"f{i:02d}", fr=f"Nous {words[i % 7]} {words[i % 5]} produit{i}.") for i in range(40)]
    build(french + [member(f"e{i:02d}", en=f"We {words[i % 7]} {words[i % 3]} item{i}.") for i in range(60)])
    return open_index(tmp_path / "store", encoder=FakeEncoder())._snapshot


NO_NEEDS = np.empty((0, DIMENSION + 1), np.float32)
NONE_LIKELY = np.empty(0, np.float32)


Vector = np.ndarray[tuple[int], np.dtype[np.float32]]


def fused(
    snapshot: Snapshot,
    vector: Vector,
    topic: str | None,
    allowed: np.ndarray[tuple[int], np.dtype[np.bool_]] | None,
    depth: int,
    language: str = "en",
) -> Vector:
    """Score of every passage, -inf for those that are not candidates."""
    words = None if topic is None else snapshot.words_of(topic, language)
    found = Fusion(snapshot, vector, NO_NEEDS, NONE_LIKELY, words).candidates(allowed, depth)
    return found.scores_of(np.arange(len(snapshot.lexical)))


def query() -> Vector:
    vector = np.random.default_rng(3).standard_normal(DIMENSION).astype(np.float32)
    return np.append(vector / np.linalg.norm(vector), np.float32(1))


@pytest.mark.parametrize("topic", [None, "sensors radio", "item7 item8 item9 item10 item11"])
def test_each_language_is_standardised(snapshot: Snapshot, topic: str | None) -> None:
    """With every passage a candidate, scores within a language have nearly mean 0 and deviation 1, whatever the language's level and however
    many words the topic shares with its passages."""
    scores = fused(snapshot, query(), topic, None, 1000)
    for block in snapshot.blocks:
        own = scores[block.rows.start : block.rows.stop]
        assert abs(float(own.mean())) < 0.05
        assert float(own.std()) == pytest.approx(1, abs=0.02)


def test_the_sum_of_both_signals(snapshot: Snapshot) -> None:
    """Within a language, a fused score is a level plus the dense score and the lexical one, each times a weight; of standardised scores the
    lexical weight is a tenth of the dense one."""
    lexical = snapshot.lexical.query("sensors radio").scores(np.arange(100))
    dense, both = (fused(snapshot, query(), topic, None, 1000) for topic in (None, "sensors radio"))
    for block in snapshot.blocks:
        rows = slice(block.rows.start, block.rows.stop)
        signals = np.stack([dense[rows], lexical[rows], np.ones(len(block.rows))], axis=1)
        weights, *_ = np.linalg.lstsq(signals, both[rows])
        assert signals @ weights == pytest.approx(both[rows], abs=1e-3)
        share = weights[1] * lexical[rows].std() / (weights[0] * dense[rows].std())
        assert share == pytest.approx(LEXICAL_WEIGHT, rel=0.1)


def test_translations_count_in_passages_of_the_other_language(snapshot: Snapshot) -> None:
    """Asked in French for milk, English passages about milk gain as if asked in English, and French ones with that foreign word nothing."""
    translated, untranslated, asked_in_english = (
        fused(snapshot, query(), *of_topic)
        for of_topic in (("lait", None, 1000, "fr"), ("lait", None, 1000, "de"), ("milk", None, 1000, "en"))
    )
    english, french = (slice(block.rows.start, block.rows.stop) for block in snapshot.blocks)
    assert [block.language for block in snapshot.blocks] == ["en", "fr"]
    assert translated[english] == pytest.approx(asked_in_english[english], abs=0.02)
    assert np.abs(translated[english] - untranslated[english]).max() > 0.2
    assert translated[french] == pytest.approx(untranslated[french], abs=0.05)


def test_candidates_come_from_both_signals(snapshot: Snapshot) -> None:
    """With three candidates by language and signal, the best by vectors and the best by words are there, with their full scores."""
    everything, few = (fused(snapshot, query(), "item59", None, depth) for depth in (1000, 3))
    found = np.flatnonzero(np.isfinite(few))
    assert few[found] == pytest.approx(everything[found], abs=1e-5)
    for block in snapshot.blocks:
        own = [row for row in found if row in block.rows]
        assert 3 <= len(own) <= 6
        by_vector = snapshot.vectors.rows(np.array(block.rows)) @ query()
        assert set((block.rows.start + np.argsort(-by_vector)[:3]).tolist()) <= set(own)
    assert int(np.argmax(snapshot.lexical.query("item59").scores(np.arange(100)))) in found


def test_only_what_is_allowed(snapshot: Snapshot) -> None:
    """Under a filter with more passages than candidates, every candidate is allowed, and scores do not change."""
    allowed = np.arange(100) % 2 == 0
    everything = fused(snapshot, query(), "sensors", None, 1000)
    filtered = fused(snapshot, query(), "sensors", allowed, 5)
    found = np.flatnonzero(np.isfinite(filtered))
    assert len(found) >= 10
    assert allowed[found].all()
    assert filtered[found] == pytest.approx(everything[found], abs=1e-5)


def test_the_need_that_fits_best_counts(snapshot: Snapshot) -> None:
    """A passage that stands out for one need of two gains over the topic alone, and more where that need is likelier."""
    target = int(snapshot.blocks[0].rows.start)
    wanted, other = snapshot.vectors.rows(np.array([target]))[0], query()
    alone = fused(snapshot, query(), None, None, 1000)[target]
    needs = np.stack([other, wanted / np.linalg.norm(wanted)])
    gained = [
        float(
            Fusion(snapshot, query(), needs, np.array([0.9, p], np.float32), None)
            .candidates(None, 1000)
            .scores_of(np.array([target]))[0]
            - alone
        )
        for p in (0.9, 0.3)
    ]
    assert gained[0] > gained[1] > 0
    fusion = Fusion(snapshot, query(), needs, np.array([0.9, 0.9], np.float32), None)
    _, by_need = fusion.cosines_and_needs(np.array([target], np.int64))
    assert by_need.shape == (1, 2)
    assert by_need[0, 1] > by_need[0, 0]


def test_a_rare_word_does_not_outweigh_everything(build: Build, tmp_path: Path) -> None:
    """A word of one passage among thousands lifts that passage within reason and leaves the others where they were."""
    records = [member(f"m{i:04d}", en="cows " * (i % 50 + 1) + "milk " * (i // 50 + 1)) for i in range(2500)]
    build([*records, member("rare", en="We make zygomorphic things.")])
    shortlist = Searcher(open_index(tmp_path / "store", encoder=FakeEncoder())._snapshot, FakeEncoder()).search(
        "zygomorphic", k=3
    )
    assert "rare" in [match.member.id for match in shortlist]
    assert max(abs(match.score) for match in shortlist) < 15
