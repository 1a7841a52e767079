"""Train the default encoder and write the difference that ships.

usage: python -m indexer.training.train [PAIRS.jsonl] [--out delta.safetensors] [--seed 0] ...

Loss: for topics in French and English and capabilities in French and English, all four ways, cross entropy of finding the capability
that answers among those of the batch in both languages and every near-miss (InfoNCE: van den Oord and others 2018). Passages of the
other language among the negatives are what removes the language bias. A second term keeps every vector near the carried model's own
with its language's mean subtracted, so that what the model knew of other fields stays. What the weights become is watched
after every epoch on a share of the groups that take no part; the best epoch is kept.
"""

import argparse
import hashlib
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
import torch
from rich.console import Console
from torch.nn.functional import cross_entropy, normalize

from ..encoder.carrier import carrier_file, read_carrier
from ..encoder.convert import parameter_name
from ..encoder.delta import DELTA, write_delta
from ..encoder.prepare import PLAIN_ENCODER, sentence_transformer_folder
from .model import TrainedEncoder
from .pairs import LANGUAGES, Pair, read_pairs, split_pairs

__all__ = ["Recipe", "train", "watch"]

QUERY, PASSAGE = "query: ", "passage: "
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What was chosen. `keep` weighs the second term of the loss; `rank` is that of the difference that ships."""

    epochs: int = 3
    batch: int = 32
    learning_rate: float = 3e-5
    temperature: float = 0.03
    keep: float = 1.5
    max_tokens: int = 256
    rank: int = 40
    watched: float = 0.08
    seed: int = 0


def train(
    encoder: TrainedEncoder, pairs: Sequence[Pair], watched: Sequence[Pair], recipe: Recipe, console: Console
) -> dict[str, torch.Tensor]:
    """Train in place; returns the weights of the epoch that did best on the watched pairs, by BertModel's parameter names."""
    teacher = _centred_vectors(encoder, pairs, recipe.max_tokens)
    optimizer = torch.optim.AdamW(encoder.parameters, lr=recipe.learning_rate, weight_decay=0.01)
    steps = len(pairs) // recipe.batch * recipe.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 20) * (1 - step / (steps + 1))
    )
    shuffled, started, best, kept = list(pairs), time.monotonic(), -1.0, {}
    order = random.Random(recipe.seed)  # noqa: S311 - an order, not a secret
    console.print(f"{len(pairs)} tuples, {steps} steps; before: {_shown(watch(encoder, watched, recipe.max_tokens))}")
    for epoch in range(recipe.epochs):
        order.shuffle(shuffled)
        for start in range(0, len(shuffled) - recipe.batch + 1, recipe.batch):
            _step(encoder, shuffled[start : start + recipe.batch], teacher, recipe)
            torch.nn.utils.clip_grad_norm_(encoder.parameters, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        reached = watch(encoder, watched, recipe.max_tokens)
        console.print(f"epoch {epoch + 1}, {time.monotonic() - started:.0f} s: {_shown(reached)}")
        if np.mean(list(reached.values())) > best:
            best = float(np.mean(list(reached.values())))
            kept = {name: tensor.detach().cpu().clone() for name, tensor in encoder.model.state_dict().items()}
    return kept


def watch(encoder: TrainedEncoder, pairs: Sequence[Pair], max_tokens: int) -> dict[str, float]:
    """Mean reciprocal rank of each pair's capability among all capabilities and near-misses, by topic and capability language."""
    texts = [PASSAGE + pair.capability[code] for code in LANGUAGES for pair in pairs]
    texts += [PASSAGE + text for pair in pairs for text in pair.near_misses]
    passages = encoder.encode(texts, max_tokens)
    same = _same_group(pairs, encoder.device)
    reached = {}
    for asked in LANGUAGES:
        scores = encoder.encode([QUERY + pair.topic[asked] for pair in pairs], max_tokens) @ passages.T
        for answered, code in enumerate(LANGUAGES):
            own = torch.arange(len(pairs), device=encoder.device) + answered * len(pairs)
            target = scores.gather(1, own[:, None])
            others = scores.clone()
            others[:, : 2 * len(pairs)] = others[:, : 2 * len(pairs)].masked_fill(same.repeat(1, 2), -1)
            reached[f"{asked}->{code}"] = float((1 / (1 + (others > target).sum(dim=1))).mean())
    return reached


def _step(encoder: TrainedEncoder, batch: Sequence[Pair], teacher: Mapping[str, torch.Tensor], recipe: Recipe) -> None:
    """Add the gradients of one batch."""
    n = len(batch)
    topics = [QUERY + pair.topic[code] for code in LANGUAGES for pair in batch]
    capabilities = [PASSAGE + pair.capability[code] for code in LANGUAGES for pair in batch]
    texts = topics + capabilities + [PASSAGE + text for pair in batch for text in pair.near_misses]
    vectors = encoder.encode(texts, recipe.max_tokens).requires_grad_()
    scores = vectors[: 2 * n] @ vectors[2 * n :].T / recipe.temperature
    own = torch.arange(n, device=encoder.device)
    same = _same_group(batch, encoder.device).repeat(1, 2)
    loss = torch.zeros((), device=encoder.device)
    for asked in (0, n):
        for answered in (0, n):
            masked = scores[asked : asked + n].clone()
            target = masked[own, own + answered].clone()
            masked[:, : 2 * n] = masked[:, : 2 * n].masked_fill(same, -1e4)
            masked[own, own + answered] = target
            loss = loss + cross_entropy(masked, own + answered) / 4
    drift = 1 - (vectors * torch.stack([teacher[text] for text in texts])).sum(dim=1)
    (loss + recipe.keep * (drift[: 2 * n].mean() + drift[2 * n :].mean())).backward()  # type: ignore[no-untyped-call]
    if vectors.grad is not None:
        encoder.backward(texts, vectors.grad, recipe.max_tokens)


def _same_group(pairs: Sequence[Pair], device: str) -> torch.Tensor:
    return torch.tensor([[a.group == b.group for b in pairs] for a in pairs], device=device)


def _centred_vectors(encoder: TrainedEncoder, pairs: Sequence[Pair], max_tokens: int) -> dict[str, torch.Tensor]:
    """The model's vectors before training, each less the mean of its language and role, as unit vectors, by text."""
    centred: dict[str, torch.Tensor] = {}
    near_language = _near_miss_language(pairs)
    for code in LANGUAGES:
        passages = [pair.capability[code] for pair in pairs] + [
            text for text, of in near_language.items() if of == code
        ]
        for prompt, texts in ((QUERY, [pair.topic[code] for pair in pairs]), (PASSAGE, passages)):
            unique = sorted({prompt + text for text in texts})
            vectors = encoder.encode(unique, max_tokens)
            centred.update(zip(unique, normalize(vectors - vectors.mean(dim=0), dim=-1), strict=True))
    return centred


def _near_miss_language(pairs: Sequence[Pair]) -> dict[str, str]:
    from search.language import LanguageDetector

    detector = LanguageDetector(LANGUAGES)
    return {text: detector.detect(text) for pair in pairs for text in pair.near_misses}


def _shown(reached: Mapping[str, float]) -> str:
    return ", ".join(f"{pair} {value:.3f}" for pair, value in reached.items())


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train the default encoder; some 15 minutes an epoch on two cores.")
    parser.add_argument("pairs", type=Path, nargs="?", default=ROOT / "data" / "training" / "pairs.jsonl")
    parser.add_argument("--out", type=Path, default=DELTA)
    parser.add_argument("--cache", type=Path, default=Path(platformdirs.user_cache_dir("passerelle")))
    parser.add_argument("--device", default="cpu")
    for name, value in vars_of(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = vars(parser.parse_args())
    recipe = Recipe(**{name: arguments[name] for name in vars_of(Recipe())})

    torch.manual_seed(recipe.seed)
    console = Console(highlight=False, soft_wrap=True)
    pairs, watched = split_pairs(read_pairs(arguments["pairs"]), recipe.watched)
    encoder = TrainedEncoder(sentence_transformer_folder(PLAIN_ENCODER, arguments["cache"]), arguments["device"])
    trained = train(encoder, pairs, watched, recipe, console)
    base = read_carrier(carrier_file()).tensors
    after = {name: trained[parameter_name(name)].float().numpy() for name in base}
    data = hashlib.sha256(arguments["pairs"].read_bytes()).hexdigest()
    write_delta(
        base,
        after,
        recipe.rank,
        arguments["out"],
        {"base": PLAIN_ENCODER, "data_sha256": data, **{k: str(v) for k, v in vars_of(recipe).items()}},
    )
    console.print(f"wrote {arguments['out']}, {arguments['out'].stat().st_size / 1e6:.1f} MB")


def vars_of(recipe: Recipe) -> dict[str, int | float]:
    """The recipe's names and values."""
    return {name: getattr(recipe, name) for name in Recipe.__dataclass_fields__}


if __name__ == "__main__":
    main()
