"""One training step's texts, and which of them answers which."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from .pairs import LANGUAGES, Judgments, Pair

__all__ = ["PASSAGE", "QUERY", "Batch", "answer_loss", "make_batch", "ranking_loss"]

QUERY, PASSAGE = "query: ", "passage: "
POSITIVE = 2
"""Capabilities judged this grade or better are to be found; those below are wrong answers."""


@dataclass(frozen=True, slots=True)
class Batch:
    """topics: those of each pair in the first language, then in the second; documents: capabilities and near-misses, each once.

    grades: shape (n_pairs, n_documents), float32. told: the same shape, bool, where somebody said so; elsewhere grade 0 is a guess, and
    unknown, likewise, marks where it is not even that.
    first_language: shape (n_documents,), bool, the documents in the first of the two languages.
    """

    topics: list[str]
    documents: list[str]
    grades: torch.Tensor
    told: torch.Tensor
    unknown: torch.Tensor
    first_language: torch.Tensor


def make_batch(
    pairs: Sequence[Pair], judgments: Judgments, language_of: Mapping[str, str], judged: int, order: random.Random
) -> Batch:
    """Collect the texts of `pairs`, and for each pair up to `judged` of its judged capabilities, half of them good ones where there are."""
    row: dict[str, int] = {}
    for pair in pairs:
        for text in (*pair.capability.values(), *pair.near_misses):
            row.setdefault(text, len(row))
        for text in _sampled(judgments.get(pair.group, {}), judged, order):
            row.setdefault(text, len(row))
    grades = torch.zeros(len(pairs), len(row))
    told = torch.zeros(len(pairs), len(row), dtype=torch.bool)
    unknown = torch.zeros_like(told)
    for i, pair in enumerate(pairs):
        for other in pairs:
            if other.group == pair.group:
                unknown[i, [row[text] for text in other.capability.values()]] = True
        judged_here = {text: grade for text, grade in judgments.get(pair.group, {}).items() if text in row}
        told[i, [row[text] for text in pair.near_misses]] = True
        for text, grade in (judged_here | dict.fromkeys(pair.capability.values(), 3)).items():
            grades[i, row[text]] = grade
            told[i, row[text]] = True
    unknown &= ~told
    return Batch(
        topics=[QUERY + pair.topic[code] for code in LANGUAGES for pair in pairs],
        documents=[PASSAGE + text for text in row],
        grades=grades,
        told=told,
        unknown=unknown,
        first_language=torch.tensor([language_of[text] == LANGUAGES[0] for text in row]),
    )


def ranking_loss(scores: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Mean cross entropy of finding each good document among the bad ones; topics and documents of both languages weigh the same.

    scores: shape (n_topics, n_documents), float32, of all topics of the batch. A document of grade 2 weighs half one of grade 3.
    """
    wordings = len(LANGUAGES)
    grades, unknown = batch.grades.repeat(wordings, 1), batch.unknown.repeat(wordings, 1)
    wrong = torch.logsumexp(scores.masked_fill((grades >= POSITIVE) | unknown, -1e4), dim=1, keepdim=True)
    missed = torch.logaddexp(scores, wrong) - scores
    weight = (grades - 1).clamp(min=0) / 2
    loss = torch.zeros(())
    for documents in (batch.first_language, ~batch.first_language):
        share = weight * documents
        loss = loss + ((missed * share).sum(dim=1) / share.sum(dim=1).clamp(min=1e-6)).mean() / 2
    return loss


def answer_loss(cosines: torch.Tensor, batch: Batch, line: torch.Tensor) -> torch.Tensor:
    """Cross entropy of saying for each topic and document alone whether it answers: what makes cosines of different topics comparable
    (Zhai and others 2023, "Sigmoid Loss for Language Image Pre-Training").

    cosines: shape (n_topics, n_documents), float32; line: slope and offset from cosine to log odds, shape (2,). Right, wrong as told and
    wrong as guessed weigh 2 : 1 : 1.
    """
    wordings = len(LANGUAGES)
    right = (batch.grades >= POSITIVE).repeat(wordings, 1)
    told, unknown = batch.told.repeat(wordings, 1), batch.unknown.repeat(wordings, 1)
    surprise = binary_cross_entropy_with_logits(line[0] * cosines + line[1], right.float(), reduction="none")
    shares = ((0.5, right), (0.25, told & ~right), (0.25, ~told & ~unknown))
    return torch.stack([share * surprise[chosen].mean() for share, chosen in shares if chosen.any()]).sum()


def _sampled(grades: Mapping[str, int], wanted: int, order: random.Random) -> list[str]:
    good = [text for text, grade in grades.items() if grade >= POSITIVE]
    bad = [text for text, grade in grades.items() if grade < POSITIVE]
    chosen = order.sample(good, min(len(good), wanted // 2))
    return chosen + order.sample(bad, min(len(bad), wanted - len(chosen)))
