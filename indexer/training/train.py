"""Train the default encoder and write the difference that ships.

usage: python -m indexer.training.train [--out delta.safetensors] [--seed 0] ...

Loss: for topics in French and English, cross entropy of finding each capability that answers, in French and in English, among the
wrong answers of the batch in both languages: near-misses, capabilities that the model before found and a reader judged useless, and
other topics' capabilities (InfoNCE: van den Oord and others 2018). Passages of the other language among the wrong answers are what
removes the language bias. A second term keeps every vector near the carried model's own with its language's mean subtracted, so that
what the model knew of other fields stays. A third asks of each topic and capability alone whether it answers, so that cosines of
different topics can be compared. What is trained is an exponentially weighted mean of the weights of the last steps. A share of the
groups takes no part and is watched after every epoch; the best epoch is kept. What ships lies part of the way from the carried weights to these, which gives back most of
what other fields lost (Wortsman and others 2022, "Robust fine-tuning of zero-shot models").
"""

import argparse
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch
from rich.console import Console
from rich.progress import Progress
from torch.nn.functional import normalize

from search.language import LanguageDetector

from ..encoder.carrier import carrier_file, read_carrier
from ..encoder.convert import parameter_name
from ..encoder.delta import DELTA, Matrix, add_solved, apply_delta, write_delta
from ..encoder.prepare import PLAIN_ENCODER, sentence_transformer_folder
from .batch import PASSAGE, QUERY, Batch, answer_loss, make_batch, ranking_loss
from .model import TrainedEncoder
from .pairs import LANGUAGES, Judgments, Pair, read_judgments, read_pairs, split_pairs

__all__ = ["Recipe", "train", "watch"]

DATA = Path(__file__).parents[2] / "data" / "training"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What was chosen. `keep` and `alone` weigh the second and the third term of the loss, `judged` is how many judged capabilities a tuple brings to its batch,
    `averaged` over how many steps, about, the weights are averaged, `share` how far from the carried weights to the trained ones those that ship are."""

    epochs: int = 3
    batch: int = 32
    learning_rate: float = 8e-5
    temperature: float = 0.03
    keep: float = 1.5
    alone: float = 0.5
    judged: int = 4
    averaged: int = 20
    max_tokens: int = 256
    watched: float = 0.06
    share: float = 0.8
    seed: int = 0


def train(
    encoder: TrainedEncoder,
    pairs: Sequence[Pair],
    judgments: Judgments,
    watched: Sequence[Pair],
    recipe: Recipe,
    console: Console,
) -> dict[str, torch.Tensor]:
    """Train in place; returns the averaged weights that did best on the watched pairs, by BertModel's parameter names."""
    language_of = _languages(pairs, judgments)
    teacher = _centred_vectors(encoder, pairs, language_of, recipe.max_tokens)
    parameters = encoder.parameters
    line = torch.tensor([10.0, -5.0], requires_grad=True)
    groups: list[dict[str, Any]] = [
        {"params": list(parameters.values()), "weight_decay": 0.01},
        {"params": [line], "lr": 0.02, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate)
    steps = len(pairs) // recipe.batch * recipe.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 20) * (1 - step / (steps + 1))
    )
    average = {name: parameter.detach().clone() for name, parameter in parameters.items()}
    shuffled, order, best, kept = list(pairs), random.Random(recipe.seed), -1.0, {}  # noqa: S311 - an order, not a secret
    console.print(f"{len(pairs)} tuples, {steps} steps; before: {_shown(watch(encoder, watched, recipe.max_tokens))}")
    with Progress(*Progress.get_default_columns(), console=console, transient=True) as bar:
        task, step = bar.add_task("Training", total=steps), 0
        for epoch in range(1, recipe.epochs + 1):
            order.shuffle(shuffled)
            for start in range(0, len(shuffled) - recipe.batch + 1, recipe.batch):
                batch = make_batch(shuffled[start : start + recipe.batch], judgments, language_of, recipe.judged, order)
                _loss(encoder, batch, teacher, line, recipe).backward()  # type: ignore[no-untyped-call]
                encoder.take_gradients()
                torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
                encoder.use()
                bar.advance(task)
                step += 1
                share = 1 / min(step, recipe.averaged)
                for name, parameter in parameters.items():
                    average[name].lerp_(parameter.detach(), share)
            encoder.use(average)
            reached = watch(encoder, watched, recipe.max_tokens)
            encoder.use()
            console.print(f"epoch {epoch}, {bar.tasks[task].elapsed or 0:.0f} s: {_shown(reached)}")
            if np.mean(list(reached.values())) > best:
                best = float(np.mean(list(reached.values())))
                kept = {name: weight.cpu().clone() for name, weight in average.items()}
    return kept


def watch(encoder: TrainedEncoder, pairs: Sequence[Pair], max_tokens: int) -> dict[str, float]:
    """Mean reciprocal rank of each pair's capability among all capabilities and near-misses, by topic and capability language."""
    texts = [PASSAGE + pair.capability[code] for code in LANGUAGES for pair in pairs]
    texts += [PASSAGE + text for pair in pairs for text in pair.near_misses]
    passages = encoder.encode(texts, max_tokens)
    same = torch.tensor([[a.group == b.group for b in pairs] for a in pairs])
    reached = {}
    for asked in LANGUAGES:
        scores = encoder.encode([QUERY + pair.topic[asked] for pair in pairs], max_tokens) @ passages.T
        for answered, code in enumerate(LANGUAGES):
            own = torch.arange(len(pairs)) + answered * len(pairs)
            target = scores.gather(1, own[:, None])
            others = scores.clone()
            others[:, : 2 * len(pairs)] = others[:, : 2 * len(pairs)].masked_fill(same.repeat(1, 2), -1)
            reached[f"{asked}->{code}"] = float((1 / (1 + (others > target).sum(dim=1))).mean())
    return reached


def _loss(
    encoder: TrainedEncoder, batch: Batch, teacher: Mapping[str, torch.Tensor], line: torch.Tensor, recipe: Recipe
) -> torch.Tensor:
    texts = batch.topics + batch.documents
    vectors = encoder.forward(texts, recipe.max_tokens)
    n = len(batch.topics)
    drift = 1 - (vectors * torch.stack([teacher[text] for text in texts])).sum(dim=1)
    cosines = vectors[:n] @ vectors[n:].T
    loss = ranking_loss(cosines / recipe.temperature, batch) + recipe.alone * answer_loss(cosines, batch, line)
    return loss + recipe.keep * (drift[:n].mean() + drift[n:].mean())


def _languages(pairs: Sequence[Pair], judgments: Judgments) -> dict[str, str]:
    """Language of every text, topics included; near-misses are of either."""
    detector = LanguageDetector(LANGUAGES)
    known = {text: code for pair in pairs for by in (pair.topic, pair.capability) for code, text in by.items()}
    others = {text for pair in pairs for text in pair.near_misses} | {
        t for grades in judgments.values() for t in grades
    }
    return {text: detector.detect(text) for text in sorted(others - known.keys())} | known


def _centred_vectors(
    encoder: TrainedEncoder, pairs: Sequence[Pair], language_of: Mapping[str, str], max_tokens: int
) -> dict[str, torch.Tensor]:
    """The model's vectors before training, each less the mean of its language and role, as unit vectors, by text."""
    topics = {text for pair in pairs for text in pair.topic.values()}
    centred: dict[str, torch.Tensor] = {}
    for prompt, of_role in ((QUERY, topics), (PASSAGE, language_of.keys() - topics)):
        for code in LANGUAGES:
            texts = sorted(prompt + text for text in of_role if language_of[text] == code)
            vectors = encoder.encode(texts, max_tokens)
            centred.update(zip(texts, normalize(vectors - vectors.mean(dim=0), dim=-1), strict=True))
    return centred


def without_texts_of(watched: Sequence[Pair], judgments: Judgments) -> Judgments:
    """The judgments of capabilities that no watched pair has."""
    hidden = {text for pair in watched for text in pair.capability.values()}
    return {
        group: {text: grade for text, grade in grades.items() if text not in hidden}
        for group, grades in judgments.items()
    }


def _shown(reached: Mapping[str, float]) -> str:
    return ", ".join(f"{pair} {value:.3f}" for pair, value in reached.items())


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(
        description="Train the default encoder; expect three quarters of an hour on two cores."
    )
    parser.add_argument("--pairs", type=Path, nargs="+", default=[DATA / "pairs.jsonl", DATA / "cards.jsonl"])
    parser.add_argument("--judgments", type=Path, default=DATA / "judgments.jsonl")
    parser.add_argument(
        "--known", type=Path, nargs="*", default=[DATA / "known.jsonl"], help="known answers that are not trained on"
    )
    parser.add_argument("--out", type=Path, default=DELTA)
    parser.add_argument("--cache", type=Path, default=Path(platformdirs.user_cache_dir("passerelle")))
    for name, value in vars_of(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = vars(parser.parse_args())
    recipe = Recipe(**{name: arguments[name] for name in vars_of(Recipe())})

    torch.manual_seed(recipe.seed)
    console = Console(highlight=False, soft_wrap=True)
    sources = [read_pairs(path) for path in arguments["pairs"]]
    known = [pair for source in sources for pair in source]
    pairs, watched = split_pairs(known, recipe.watched)
    judgments = without_texts_of(watched, read_judgments(arguments["judgments"], known))
    encoder = TrainedEncoder(sentence_transformer_folder(PLAIN_ENCODER, arguments["cache"]))
    trained = train(encoder, pairs, judgments, watched, recipe, console)
    base = read_carrier(carrier_file()).tensors
    after = {name: trained[own].numpy() if (own := parameter_name(name)) in trained else base[name] for name in base}
    after = part_of_the_way(base, after, recipe.share)
    data = b"".join(path.read_bytes() for path in (*arguments["pairs"], arguments["judgments"]))
    made = {"base": PLAIN_ENCODER, "data_sha256": hashlib.sha256(data).hexdigest()}
    write_delta(base, after, arguments["out"], {**made, **{k: str(v) for k, v in vars_of(recipe).items()}})
    shipped = apply_delta(base, arguments["out"])
    encoder.use({own: torch.from_numpy(shipped[name]) for name in base if (own := parameter_name(name)) in trained})
    answered = [*known, *(pair for path in arguments["known"] for pair in read_pairs(path))]
    distinct = {tuple(pair.capability.values()): pair for pair in answered}
    add_solved(
        arguments["out"],
        solved_topics(encoder, sources[0], recipe.max_tokens),
        capabilities(encoder, list(distinct.values()), recipe.max_tokens),
    )
    console.print(f"wrote {arguments['out']}, {arguments['out'].stat().st_size / 1e6:.1f} MB")


def part_of_the_way(before: Mapping[str, Matrix], after: Mapping[str, Matrix], share: float) -> dict[str, Matrix]:
    """Weights between two sets of weights of the same names and shapes: the first at share 0, the second at 1."""
    return {name: np.asarray(own + share * (after[name] - own), np.float32) for name, own in before.items()}


def solved_topics(encoder: TrainedEncoder, pairs: Sequence[Pair], max_tokens: int) -> Matrix:
    """Vectors of topics and of the capabilities that answer them, for `search.expansion`: shape (2, len(pairs), dim), float32."""
    topics = _over_languages(encoder, QUERY, [pair.topic for pair in pairs], max_tokens)
    return np.stack([topics, capabilities(encoder, pairs, max_tokens)])


def capabilities(encoder: TrainedEncoder, pairs: Sequence[Pair], max_tokens: int) -> Matrix:
    """Vectors of the capabilities of pairs: shape (len(pairs), dim), float32."""
    return _over_languages(encoder, PASSAGE, [pair.capability for pair in pairs], max_tokens)


def _over_languages(
    encoder: TrainedEncoder, prompt: str, texts: Sequence[Mapping[str, str]], max_tokens: int
) -> Matrix:
    """The mean over wordings, of each of which the mean of its language was subtracted, as unit rows."""
    vectors = [encoder.encode([prompt + by_language[code] for by_language in texts], max_tokens) for code in LANGUAGES]
    centred = torch.stack([normalize(v - v.mean(dim=0), dim=-1) for v in vectors])
    return np.asarray(normalize(centred.mean(dim=0), dim=-1).cpu().numpy(), np.float32)


def vars_of(recipe: Recipe) -> dict[str, int | float]:
    """The recipe's names and values."""
    return {name: getattr(recipe, name) for name in Recipe.__dataclass_fields__}


if __name__ == "__main__":
    main()
