"""What each step of the ranking gains, on the demo directory and its judged topics.

usage: python -m tests.benchmarks.ranking_steps [TOPICS.jsonl...]        (default: both files in data/demo)
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
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
from search.lexical import LexicalIndex, LexicalQuery
from search.needs import NeedClassifier
from search.snapshot import Snapshot
from search.store import Store
from tests.benchmarks.measure import CACHE

DEMO = Path(__file__).parents[2] / "data" / "demo"
Matrix = NDArray[np.float32]


class Texts:
    """What the demo directory's members say, embedded whole and in passages."""

    def __init__(self, encoder: Encoder) -> None:
        split = split_members(read_members([DEMO / "members.jsonl"]).members)
        self.members = split.members
        self.whole = [
            (i, code, text) for i, member in enumerate(split.members) for code, text in member.descriptions.items()
        ]
        self.parts = [
            (c.member, split.passages[c.passage].language, split.passages[c.passage].text) for c in split.capabilities
        ]
        self.vectors = {
            name: encoder.encode_passages([text for _, _, text in getattr(self, name)]) for name in ("whole", "parts")
        }
        self.centred = {
            name: encoder.means.shrunk_towards(self.sums(name)).centre_passages(v, self.languages(name))
            for name, v in self.vectors.items()
        }
        self.lexical = LexicalIndex.build([text for _, _, text in self.whole])

    def languages(self, name: str) -> list[str]:
        """Language of each whole description, or of each passage."""
        return [code for _, code, _ in getattr(self, name)]

    def sums(self, name: str) -> dict[str, tuple[Matrix, int]]:
        """Sum of vectors and their number by language."""
        codes, vectors = np.array(self.languages(name)), self.vectors[name]
        return {code: (vectors[codes == code].sum(axis=0), int((codes == code).sum())) for code in set(codes.tolist())}

    def show(self, label: str, topics: Sequence[JudgedTopic], scores: Matrix, name: str) -> None:
        """Rank members by their best text; print the measures."""
        best = np.full((len(topics), len(self.members)), -np.inf)
        np.maximum.at(best.T, [member for member, _, _ in getattr(self, name)], scores.T)
        order = np.argsort(-best, axis=1, kind="stable")[:, :100]
        rankings = {topic.id: [self.members[i].id for i in row] for topic, row in zip(topics, order, strict=True)}
        languages = {member.id: member.languages for member in self.members}
        highest = {topic.id: float(own.max()) for topic, own in zip(topics, best, strict=True)}
        print_row(label, measure(topics, rankings, highest, languages))


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


class Remembering:
    """An encoder that keeps the vectors of queries: every step asks for the same ones."""

    def __init__(self, encoder: OpenVinoEncoder) -> None:
        self.info, self.means, self.solved, self.needs = encoder.info, encoder.means, encoder.solved, encoder.needs
        self.encode_passages = encoder.encode_passages
        self._encode = encoder.encode_queries
        self._known: dict[str, Matrix] = {}

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(missing, self._encode(missing), strict=True))
        return np.array([self._known[text] for text in texts], np.float32).reshape(len(texts), self.info.dimension)


class Without:
    """An encoder that lacks some of what it brings along."""

    def __init__(self, encoder: Encoder, solved: SolvedTopics, needs: bool) -> None:
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


class Untranslated(Snapshot):
    """One where the words of a topic are sought as they are in passages of every language."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Untranslated":
        """The same otherwise."""
        return cls(**{field.name: getattr(snapshot, field.name) for field in fields(snapshot)})

    def words_of(self, topic: str, language: str) -> dict[str, LexicalQuery]:
        return dict.fromkeys((block.language for block in self.blocks), self.lexical.query(topic))


def main() -> None:
    """Print the table, row by row."""
    paths = [Path(path) for path in sys.argv[1:]] or [DEMO / "topics.jsonl", DEMO / "topics_fit.jsonl"]
    judged = {path.name: [topic for topic in read_topics(path) if topic.relevant] for path in paths}
    for name in (PLAIN_ENCODER, DEFAULT_ENCODER):
        encoder = Remembering(OpenVinoEncoder(prepare(name, CACHE), verify=False))
        texts = Texts(encoder)
        with tempfile.TemporaryDirectory() as folder:
            searchers = product_steps(encoder, Path(folder))
            for file, topics in judged.items():
                print(f"{f'{name}, {file}':60} nDCG10 rec20  fr-fr fr-en en-fr en-en  across/same")
                print_first_steps(texts, topics, encoder)
                print_product_steps(searchers, topics)


def print_first_steps(texts: Texts, topics: Sequence[JudgedTopic], encoder: Encoder) -> None:
    """From the usual stack to vectors compared across languages."""
    queries = encoder.encode_queries([topic.text for topic in topics])
    plain = queries @ texts.vectors["whole"].T
    texts.show("one vector a description", topics, plain, "whole")
    rows = np.arange(len(texts.lexical))
    words = np.stack([texts.lexical.query(topic.text).scores(rows) for topic in topics])
    fused = reciprocal_ranks(plain) + reciprocal_ranks(words)
    texts.show("the same + lexical, reciprocal rank fusion", topics, fused, "whole")
    centred_queries = unit_rows(queries - np.stack([encoder.means.query[topic.language] for topic in topics]))
    centred = {name: centred_queries @ vectors.T for name, vectors in texts.centred.items()}
    texts.show("language means subtracted", topics, centred["whole"], "whole")
    texts.show("passages instead of descriptions", topics, centred["parts"], "parts")
    row = {(member, code): i for i, (member, code, _) in enumerate(texts.whole)}
    own = [row[member, code] for member, code, _ in texts.parts]
    mixed = 0.6 * centred["whole"][:, own] + 0.4 * centred["parts"]
    texts.show("passages mixed with their description", topics, mixed, "parts")


def product_steps(encoder: Encoder, folder: Path) -> Mapping[str, Searcher]:
    """What the product does, without its last steps and with each of them in turn."""
    solved, none = encoder.solved, np.empty((0, encoder.info.dimension), np.float32)
    nothing = SolvedTopics(none, none, none)
    whole, bare = DEMO / "members.jsonl", folder / "without-sectors.jsonl"
    bare.write_text("".join(without_sectors(line) for line in whole.open(encoding="utf-8")), encoding="utf-8")
    expanding = HoldingNothingBack(solved.topics, solved.answers, solved.elsewhere)
    store = Store(folder / "store")
    rows = [
        ("+ z-scores within each language + 0.15 x character n-grams", bare, nothing, nothing, False),
        ("+ long topics split into needs", bare, nothing, nothing, True),
        ("+ topics expanded by solved ones", bare, nothing, solved, True),
        ("+ passages expanded, too", bare, expanding, solved, True),
        ("+ crowded passages held back", bare, solved, solved, True),
        ("+ members' sectors mixed in", whole, solved, solved, True),
    ]
    searchers = {}
    for label, members, of_passages, of_topics, needs in rows if len(solved.topics) else (*rows[:2], rows[-1]):
        snapshot = build(members, Without(encoder, of_passages, True), store)
        searchers[label] = Searcher(Untranslated.of(snapshot), Without(encoder, of_topics, needs))
    return searchers | {"+ words translated": Searcher(snapshot, encoder)}


def print_product_steps(searchers: Mapping[str, Searcher], topics: Sequence[JudgedTopic]) -> None:
    """Each step, compared with the one before."""
    before = None
    for label, searcher in searchers.items():
        evaluation = evaluate(searcher, topics)
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
        print(f"95 %: {shown}; nDCG@10 by style: {styles}; by language: {languages}", flush=True)


if __name__ == "__main__":
    main()
