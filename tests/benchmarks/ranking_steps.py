"""What each step of the ranking gains, on the demo directory and its judged topics.

usage: python -m tests.benchmarks.ranking_steps [TOPICS.jsonl]        (default data/demo/topics.jsonl)
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.capabilities import split_members
from indexer.encoder import DEFAULT_ENCODER, PLAIN_ENCODER, prepare
from indexer.members import read_members
from indexer.run import Options, index_members
from search import Searcher
from search.comparison import compare, intervals
from search.encoder import Encoder, OpenVinoEncoder
from search.evaluation import Evaluation, JudgedTopic, evaluate, measure, read_topics
from search.expansion import SolvedTopics
from search.language import unit_rows
from search.lexical import LexicalIndex
from search.needs import NeedClassifier
from search.snapshot import Snapshot
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
            name: means.shrunk_towards(self.sums(name)).centre_passages(v, self.languages(name))
            for name, v in self.vectors.items()
        }

    def languages(self, name: str) -> list[str]:
        """Language of each whole description, or of each passage."""
        return [code for _, code, _ in getattr(self, name)]

    def sums(self, name: str) -> dict[str, tuple[Matrix, int]]:
        """Sum of vectors and their number by language."""
        codes, vectors = np.array(self.languages(name)), self.vectors[name]
        return {code: (vectors[codes == code].sum(axis=0), int((codes == code).sum())) for code in set(codes.tolist())}

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


def without_sectors(line: str) -> str:
    """A member's line, its sectors left out."""
    return json.dumps({**json.loads(line), "sectors": []}) + "\n"


class Without:
    """An encoder that lacks some of what it brings along."""

    def __init__(self, encoder: OpenVinoEncoder, solved: SolvedTopics, needs: bool) -> None:
        self.info, self.means, self.solved = encoder.info, encoder.means, solved
        self.encode_queries, self.encode_passages = encoder.encode_queries, encoder.encode_passages
        self.needs = encoder.needs if needs else NeedClassifier(np.zeros(encoder.info.dimension, np.float32), -50.0)


class HoldingNothingBack(SolvedTopics):
    """Solved topics that expand, and find no passage crowded."""

    def crowding(self, vectors: Matrix) -> Matrix:
        return np.zeros(len(vectors), np.float32)


def build(members: Path, encoder: Encoder, store: Store) -> Snapshot:
    """A directory indexed with an encoder, opened. What the store has embedded before is not embedded again."""
    index_members([members], store, lambda *_: encoder, Options(force=True))
    return Snapshot.open(store.snapshot_path(store.current()))


def main() -> None:
    """Print the table, row by row."""
    topics = read_topics(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO / "topics.jsonl")
    print(f"{'':60} nDCG10 rec20  fr-fr fr-en en-fr en-en  across/same")
    for name in (PLAIN_ENCODER, DEFAULT_ENCODER):
        print(f"{name}:")
        print_steps([topic for topic in topics if topic.relevant], prepare(name, CACHE))


def print_steps(topics: Sequence[JudgedTopic], prepared: Path) -> None:
    """The rows of one encoder."""
    encoder = OpenVinoEncoder(prepared, verify=False)
    steps = Steps(topics, encoder)
    plain = steps.query @ steps.vectors["whole"].T
    steps.show("one vector a description", plain, "whole")
    lexical = LexicalIndex.build([text for _, _, text in steps.whole])
    words = np.stack([lexical.query(topic.text).scores(np.arange(len(lexical))) for topic in topics])
    steps.show("the same + lexical, reciprocal rank fusion", reciprocal_ranks(plain) + reciprocal_ranks(words), "whole")
    centred = {name: steps.centred_query @ vectors.T for name, vectors in steps.centred.items()}
    steps.show("language means subtracted", centred["whole"], "whole")
    steps.show("passages instead of descriptions", centred["parts"], "parts")
    row = {(member, code): i for i, (member, code, _) in enumerate(steps.whole)}
    own = [row[member, code] for member, code, _ in steps.parts]
    steps.show(
        "passages mixed with their description", 0.6 * centred["whole"][:, own] + 0.4 * centred["parts"], "parts"
    )
    print_product_steps(topics, encoder)


def print_product_steps(topics: Sequence[JudgedTopic], encoder: OpenVinoEncoder) -> None:
    """What the product does, with and without its last steps, each compared with the one before."""
    solved, none = encoder.solved, np.empty((0, encoder.info.dimension), np.float32)
    nothing = SolvedTopics(none, none, none)
    before = None
    with tempfile.TemporaryDirectory() as folder:
        whole, bare = DEMO / "members.jsonl", Path(folder) / "without-sectors.jsonl"
        bare.write_text("".join(without_sectors(line) for line in whole.open(encoding="utf-8")), encoding="utf-8")
        expanding = HoldingNothingBack(solved.topics, solved.answers, solved.elsewhere)
        rows = [
            ("+ z-scores within each language + 0.1 x character n-grams", bare, nothing, nothing, False),
            ("+ long topics split into needs", bare, nothing, nothing, True),
            ("+ topics expanded by solved ones", bare, nothing, solved, True),
            ("+ passages expanded, too", bare, expanding, solved, True),
            ("+ crowded passages held back", bare, solved, solved, True),
            ("+ members' sectors mixed in", whole, solved, solved, True),
        ]
        for label, members, of_passages, of_topics, needs in rows if len(solved.topics) else (*rows[:2], rows[-1]):
            snapshot = build(members, Without(encoder, of_passages, True), Store(Path(folder) / "store"))
            evaluation = evaluate(Searcher(snapshot, Without(encoder, of_topics, needs)), topics)
            print_row(label, evaluation)
            if before is not None:
                gain = compare(evaluation, before)["nDCG@10"]
                print(
                    f"{'':60} {gain.mean:+.3f}, 95 % {gain.interval.low:+.3f} to {gain.interval.high:+.3f}, p {gain.p_value:.3f}"
                )
            before = evaluation
    if before is not None:
        bounds = intervals(before)
        shown = ", ".join(
            f"{name} {bounds[name].low:.3f} to {bounds[name].high:.3f}" for name in ("nDCG@10", "recall@20")
        )
        styles = ", ".join(f"{style} {scores['nDCG@10']:.3f}" for style, scores in before.by_style.items())
        languages = ", ".join(f"{code} {scores['nDCG@10']:.3f}" for code, scores in before.by_language.items())
        print(f"95 %: {shown}; nDCG@10 by style: {styles}; by language: {languages}")


if __name__ == "__main__":
    main()
