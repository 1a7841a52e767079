"""Training, on a tiny model."""

from pathlib import Path

import pytest
import torch
from rich.console import Console

from indexer.training.model import TrainedEncoder
from indexer.training.pairs import Pair, read_pairs, split_pairs
from indexer.training.train import Recipe, train, watch
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
    trained = train(encoder, PAIRS, PAIRS, Recipe(epochs=12, batch=6, learning_rate=3e-3, keep=0.0), QUIET)
    after = watch(encoder, PAIRS, 32)
    assert all(after[pair] > before[pair] for pair in before)
    assert sum(after.values()) > sum(before.values()) + 0.6
    assert torch.equal(encoder.model.embeddings.word_embeddings.weight, embeddings)
    assert set(trained) == set(encoder.model.state_dict())


def test_keeping_near_the_old_vectors(tiny_model: Path) -> None:
    """A heavy second term leaves the vectors nearer to where they were than none."""
    drift = []
    for keep in (0.0, 50.0):
        torch.manual_seed(0)
        encoder = TrainedEncoder(tiny_model)
        texts = [pair.capability["en"] for pair in PAIRS]
        old = encoder.encode(texts, 32)
        train(encoder, PAIRS, PAIRS, Recipe(epochs=4, batch=6, learning_rate=1e-3, keep=keep), QUIET)
        new = encoder.encode(texts, 32)
        centred = [torch.nn.functional.normalize(v - v.mean(0), dim=-1) for v in (old, new)]
        drift.append(float((1 - (centred[0] * centred[1]).sum(1)).mean()))
    assert drift[1] < drift[0]


def test_gradients_in_parts_are_the_gradients(tiny_model: Path) -> None:
    """The cached two-step gradient equals the direct one."""
    encoder = TrainedEncoder(tiny_model)
    texts = [pair.topic["en"] for pair in PAIRS] + ["a much longer text than the others " * 3]
    weight = torch.linspace(-1, 1, 32)
    vectors = encoder.encode(texts, 32).requires_grad_()
    (vectors @ weight).pow(2).sum().backward()  # type: ignore[no-untyped-call]
    assert vectors.grad is not None
    encoder.backward(texts, vectors.grad, 32)
    cached = [parameter.grad.clone() for parameter in encoder.parameters]
    for parameter in encoder.parameters:
        parameter.grad = None
    (encoder._forward(texts, 32) @ weight).pow(2).sum().backward()  # type: ignore[no-untyped-call]
    for direct, parts in zip(encoder.parameters, cached, strict=True):
        assert torch.allclose(direct.grad, parts, atol=0.02 * float(direct.grad.abs().max()) + 1e-4)


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
