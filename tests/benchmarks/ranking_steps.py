"""What each step of the ranking gains, on the demo directory and its judged topics.

usage: python -m tests.benchmarks.ranking_steps [TOPICS.jsonl]        (default data/demo/topics.jsonl)
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.build import build_snapshot
from indexer.capabilities import split_members
from indexer.encoder import DEFAULT_ENCODER, PLAIN_ENCODER, prepare
from indexer.members import read_members
from indexer.publish import install_encoder, locked
from search import open_index
from search.encoder import OpenVinoEncoder
from search.evaluation import Evaluation, JudgedTopic, evaluate, measure, read_topics
from search.language import unit_rows
from search.lexical import LexicalIndex
from search.store import Store
from tests.benchmarks.measure import CACHE

DEMO = Path(__file__).parents[2] / "data" / "demo"
Matrix = NDArray[np.float32]


class Steps:
    """Texts of the demo directory, embedded whole and in passages."""

    def __init__(self, topics: Sequence[JudgedTopic], encoder: OpenVinoEncoder) -> None:
        self.topics = topics
        split = split_members(read_members([DEMO / "members.jsonl"]).members)
        self.members = split.members
        self.whole = [
            (i, code, text) for i, member in enumerate(split.members) for code, text in member.descriptions.items()
        ]
        self.parts = [
            (c.member, split.passages[c.passage].language, split.passages[c.passage].text) for c in split.capabilities
        ]
        self.query = encoder.encode_queries([topic.text for topic in topics])
        self.vectors = {
            name: encoder.encode_passages([text for _, _, text in getattr(self, name)]) for name in ("whole", "parts")
        }
        means = encoder.means
        self.centred_query = unit_rows(self.query - np.stack([means.query[topic.language] for topic in topics]))
        self.centred = {
            name: means.shrunk_towards(v, self.languages(name)).centre_passages(v, self.languages(name))
            for name, v in self.vectors.items()
        }

    def languages(self, name: str) -> list[str]:
        """Language of each whole description, or of each passage."""
        return [code for _, code, _ in getattr(self, name)]

    def show(self, label: str, scores: Matrix, name: str) -> None:
        """Rank members by their best text; print the measures."""
        best = np.full((len(self.topics), len(self.members)), -np.inf)
        np.maximum.at(best.T, [member for member, _, _ in getattr(self, name)], scores.T)
        order = np.argsort(-best, axis=1, kind="stable")[:, :100]
        rankings = {topic.id: [self.members[i].id for i in row] for topic, row in zip(self.topics, order, strict=True)}
        languages = {member.id: member.languages for member in self.members}
        print_row(
            label,
            measure(
                self.topics, rankings, {t.id: float(b.max()) for t, b in zip(self.topics, best, strict=True)}, languages
            ),
        )


def print_row(label: str, evaluation: Evaluation) -> None:
    """One line of the table."""

    pairs = "  ".join(
        f"{evaluation.by_pair[pair]['recall@20']:.2f}"
        for pair in (("fr", "fr"), ("fr", "en"), ("en", "fr"), ("en", "en"))
    )
    print(
        f"{label:60} {evaluation.overall['nDCG@10']:.3f}  {evaluation.overall['recall@20']:.2f}   {pairs}   {evaluation.cross_to_same or 0:.2f}",
        flush=True,
    )


def reciprocal_ranks(scores: Matrix) -> Matrix:
    """1 / (60 + rank) of each column in each row."""
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)
    return np.asarray(1 / (61 + ranks), np.float32)


def main() -> None:
    """Print the table, row by row."""
    topics = [t for t in read_topics(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO / "topics.jsonl") if t.relevant]
    print(f"{'':60} nDCG10 rec20  fr-fr fr-en en-fr en-en  across/same")
    for name in (PLAIN_ENCODER, DEFAULT_ENCODER):
        print(f"{name}:")
        print_steps(topics, prepare(name, CACHE))


def print_steps(topics: Sequence[JudgedTopic], prepared: Path) -> None:
    """The rows of one encoder."""
    encoder = OpenVinoEncoder(prepared, verify=False)
    steps = Steps(topics, encoder)
    plain = steps.query @ steps.vectors["whole"].T
    steps.show("one vector a description", plain, "whole")
    lexical = LexicalIndex.build([text for _, _, text in steps.whole])
    words = np.stack([lexical.scores(topic.text) for topic in topics])
    steps.show("the same + lexical, reciprocal rank fusion", reciprocal_ranks(plain) + reciprocal_ranks(words), "whole")
    centred = {name: steps.centred_query @ vectors.T for name, vectors in steps.centred.items()}
    steps.show("language means subtracted", centred["whole"], "whole")
    steps.show("passages instead of descriptions", centred["parts"], "parts")
    row = {(member, code): i for i, (member, code, _) in enumerate(steps.whole)}
    own = [row[member, code] for member, code, _ in steps.parts]
    steps.show(
        "passages mixed with their description", 0.6 * centred["whole"][:, own] + 0.4 * centred["parts"], "parts"
    )
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        with locked(store):
            install_encoder(store, prepared, encoder.info.digest)
            build_snapshot(read_members([DEMO / "members.jsonl"]), store, encoder)
        print_row("what ships: + z-scores by language + 0.15 x n-grams", evaluate(open_index(store.path), topics))


if __name__ == "__main__":
    main()
