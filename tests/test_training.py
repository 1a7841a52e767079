"""Training, on a tiny model."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from indexer.training.batch import Batch, answer_loss, make_batch, ranking_loss
from indexer.training.model import TrainedEncoder
from indexer.training.pairs import Pair, read_pairs, split_pairs
from indexer.training.train import Recipe, part_of_the_way, train, watch, without_texts_of
from search import SourceError
from tests.conftest import ROOT

WORDS = ["alpha", "bravo", "cider", "delta", "elder", "flute", "grape", "hotel", "igloo", "joker", "koala", "lemon"]
PAIRS = [
    Pair(word, word, {"fr": f"besoin {word}", "en": f"need {word}"}, {"fr": f"nous {word[::-1]}", "en": f"we {word[::-1]}"}, (f"not {word}",))
    for word in WORDS
]  # fmt: skip
QUIET = Console(quiet=True)


def test_training_learns_and_leaves_the_vocabulary_alone(tiny_model: Path) -> None:
    """Afterwards a topic finds its capability better in all four ways; embedding tables are as before."""
    torch.manual_seed(0)
    encoder = TrainedEncoder(tiny_model)
    embeddings = encoder.model.embeddings.word_embeddings.weight.clone()
    before = watch(encoder, PAIRS, 32)
    trained = train(encoder, PAIRS, {}, PAIRS, Recipe(epochs=12, batch=6, learning_rate=3e-3, keep=0.0), QUIET)
    after = watch(encoder, PAIRS, 32)
    assert all(after[pair] > before[pair] for pair in before)
    assert sum(after.values()) > sum(before.values()) + 0.6
    assert torch.equal(encoder.model.embeddings.word_embeddings.weight, embeddings)
    assert set(trained) == {name for name, _ in encoder.model.named_parameters() if not name.startswith("embeddings")}


def test_keeping_near_the_old_vectors(tiny_model: Path) -> None:
    """A heavy second term leaves the vectors nearer to where they were than none."""
    drift = []
    for keep in (0.0, 50.0):
        torch.manual_seed(0)
        encoder = TrainedEncoder(tiny_model)
        texts = [pair.capability["en"] for pair in PAIRS]
        old = encoder.encode(texts, 32)
        train(encoder, PAIRS, {}, PAIRS, Recipe(epochs=12, batch=6, learning_rate=3e-3, keep=keep), QUIET)
        new = encoder.encode(texts, 32)
        centred = [torch.nn.functional.normalize(v - v.mean(0), dim=-1) for v in (old, new)]
        drift.append(float((1 - (centred[0] * centred[1]).sum(1)).mean()))
    assert drift[1] < drift[0]


def test_weights_move_only_when_told(tiny_model: Path) -> None:
    """Gradients of a loss reach `parameters`; the vectors change once `use` is called, and come back with the old weights."""
    encoder = TrainedEncoder(tiny_model)
    texts = [pair.topic["en"] for pair in PAIRS] + ["a much longer text than the others " * 3]
    before = encoder.encode(texts, 32)
    old = {name: parameter.detach().clone() for name, parameter in encoder.parameters.items()}
    (encoder.forward(texts, 32) @ torch.linspace(-1, 1, 32)).pow(2).sum().backward()  # type: ignore[no-untyped-call]
    encoder.take_gradients()
    assert all(parameter.grad is not None for parameter in encoder.parameters.values())
    torch.optim.SGD(encoder.parameters.values(), lr=0.1).step()
    assert torch.equal(encoder.encode(texts, 32), before)
    encoder.use()
    assert not torch.allclose(encoder.encode(texts, 32), before, atol=1e-3)
    encoder.use(old)
    assert torch.equal(encoder.encode(texts, 32), before)


def test_who_answers_whom_in_a_batch() -> None:
    """Own capabilities are right, judged ones by their grade, near-misses and other topics' wrong, those of the same group unknown."""
    a, b, c = (replace(pair, group=group) for pair, group in zip(PAIRS[:3], "xxy", strict=True))
    judgments = {"y": {a.capability["fr"]: 2, a.capability["en"]: 1}}
    language_of = {text: code for pair in (a, b, c) for code, text in pair.capability.items()}
    language_of |= {text: "en" for pair in (a, b, c) for text in pair.near_misses}
    batch = make_batch([a, b, c], judgments, language_of, 6, random.Random(0))  # noqa: S311
    assert len(batch.topics) == 6
    seen = {
        (pair.id, document): (float(batch.grades[i, j]), bool(batch.unknown[i, j]))
        for i, pair in enumerate((a, b, c))
        for j, document in enumerate(batch.documents)
    }
    assert seen[a.id, f"passage: {a.capability['fr']}"] == (3, False)
    assert seen[a.id, f"passage: {a.near_misses[0]}"] == (0, False)
    assert seen[a.id, f"passage: {b.capability['fr']}"] == (0, True)
    assert seen[a.id, f"passage: {c.capability['fr']}"] == (0, False)
    assert seen[c.id, f"passage: {a.capability['fr']}"] == (2, False)
    assert seen[c.id, f"passage: {a.capability['en']}"] == (1, False)


def test_the_loss_falls_as_the_right_documents_rise() -> None:
    """Raising a right document lowers the loss, raising a wrong one lifts it, an unknown one does not matter."""
    batch = Batch(
        topics=["fr", "en"],
        documents=["right", "wrong", "unknown", "right too"],
        grades=torch.tensor([[3.0, 0.0, 0.0, 2.0]]),
        told=torch.tensor([[True, True, False, True]]),
        unknown=torch.tensor([[False, False, True, False]]),
        first_language=torch.tensor([True, False, True, False]),
    )
    even = float(ranking_loss(torch.zeros(2, 4), batch))
    raised = [float(ranking_loss(torch.eye(4)[i].repeat(2, 1), batch)) for i in range(4)]
    assert raised[0] < even
    assert raised[1] > even
    assert raised[2] == pytest.approx(even)
    assert raised[3] < even


def test_each_answer_is_judged_alone() -> None:
    """Higher cosines of right documents and lower ones of wrong documents lower the loss; unknown ones do not matter."""
    batch = Batch(
        topics=["fr", "en"],
        documents=["right", "wrong", "guessed", "unknown"],
        grades=torch.tensor([[3.0, 1.0, 0.0, 0.0]]),
        told=torch.tensor([[True, True, False, False]]),
        unknown=torch.tensor([[False, False, False, True]]),
        first_language=torch.tensor([True, False, True, False]),
    )
    line = torch.tensor([10.0, -5.0])
    even = float(answer_loss(torch.full((2, 4), 0.5), batch, line))
    raised = [float(answer_loss(0.5 + 0.1 * torch.eye(4)[i].repeat(2, 1), batch, line)) for i in range(4)]
    assert raised[0] < even
    assert raised[1] == pytest.approx(raised[2])
    assert raised[1] > even
    assert raised[3] == pytest.approx(even)


def test_what_ships_lies_between_the_weights() -> None:
    """The share says how far; the ends are the two sets themselves, and what training left alone stays exactly."""
    before = {"moved": np.array([[1.0, -2.0]], np.float32), "left": np.array([0.1], np.float32)}
    after = {"moved": np.array([[2.0, 2.0]], np.float32), "left": np.array([0.1], np.float32)}
    between = part_of_the_way(before, after, 0.75)
    np.testing.assert_allclose(between["moved"], [[1.75, 1.0]])
    assert between["moved"].dtype == np.float32
    assert np.array_equal(between["left"], before["left"])
    for share, end in ((0.0, before), (1.0, after)):
        reached = part_of_the_way(before, after, share)
        assert all(np.array_equal(reached[name], end[name]) for name in end)


def test_judgments_of_watched_texts_are_hidden() -> None:
    """No capability of a watched pair is seen through another group's judgments."""
    judgments = {"x": {PAIRS[0].capability["fr"]: 3, PAIRS[1].capability["fr"]: 0}}
    assert without_texts_of(PAIRS[:1], judgments) == {"x": {PAIRS[1].capability["fr"]: 0}}


def test_groups_are_never_split() -> None:
    """A call's tuples are all trained on or all watched; the split is the same every time."""
    pairs = read_pairs(ROOT / "data" / "training" / "pairs.jsonl")
    trained, watched = split_pairs(pairs, 0.08)
    assert len(trained) + len(watched) == len(pairs) == 1750
    assert not {pair.group for pair in trained} & {pair.group for pair in watched}
    assert 0.05 < len(watched) / len(pairs) < 0.12
    assert split_pairs(pairs, 0.08) == (trained, watched)


def test_the_tuples_are_complete() -> None:
    """Every tuple has both languages and a near-miss, and ids are unique."""
    pairs = read_pairs(ROOT / "data" / "training" / "pairs.jsonl")
    assert len({pair.id for pair in pairs}) == len(pairs)
    assert all(pair.near_misses for pair in pairs)
    assert all(
        text.strip() for pair in pairs for text in (*pair.topic.values(), *pair.capability.values(), *pair.near_misses)
    )


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    """File and line."""
    (tmp_path / "p.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"p\.jsonl:1: not a training tuple"):
        read_pairs(tmp_path / "p.jsonl")
