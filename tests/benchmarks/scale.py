"""How a directory of many members is built and searched.

usage: python -m tests.benchmarks.scale MEMBERS [--stand-in] [--keep FOLDER]

Members are recombined from sentences of the demo directory (seeded), each paragraph headed by the member's name, so that none is like another. Their texts are embedded by the real encoder or, with --stand-in,
by a substitute that takes the mean of the real vectors of a text's sentences and adds seeded noise: the same index, without hours of
embedding. Topics are always read by the real encoder.

Each phase runs in a process of its own. Printed: seconds by step and peak memory of a cold build and of the nights after, size on disk, time to open with and
without checking every file, memory once searched, and by filter: median search time, the first time a filter is used and after, and recall
against exact search. "passages": of the 100 passages of each language nearest to a topic by exact inner product of 32-bit vectors, those among the candidates.
"members": of the 100 best members when all candidates are found exactly and ten times as many of them, those among the 100 best.
"""

import argparse
import json
import multiprocessing
import random
import re
import resource
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import indexer.build
from indexer.encoder import DEFAULT_ENCODER, prepare
from indexer.progress import Progress
from indexer.publish import install_encoder
from indexer.reports import RunReport
from indexer.run import index_members
from search import Filters, Query, Searcher, open_index
from search.encoder import Advance, Encoder, OpenVinoEncoder
from search.fusion import Fusion
from search.language import unit_rows
from search.ranking import FIRST_DEPTH, _best_by_member
from search.snapshot import LanguageBlock
from search.splitting import Span, sentences
from search.store import Store
from search.vectors import FaissVectors
from tests.benchmarks.measure import CACHE, machine, resident_mb, topics

DEMO = Path(__file__).parents[2] / "data" / "demo"
SHARES = {"half": 0.5, "hundredth": 0.01, "thousandth": 0.001}
EXACT = "exact.npy"
Vectors = NDArray[np.float32]


def split(text: str) -> list[str]:
    """Its sentences."""
    return [span.of(text) for span in sentences(text, Span(0, len(text)))]


def demo_descriptions() -> dict[str, list[list[str]]]:
    """Sentences of each description of the demo directory, by language."""
    found: dict[str, list[list[str]]] = {"fr": [], "en": []}
    for line in (DEMO / "members.jsonl").read_text(encoding="utf-8").splitlines():
        for code, text in json.loads(line)["descriptions"].items():
            found[code].append([part for paragraph in text.split("\n\n") for part in split(paragraph)])
    return found


def write_members(path: Path, count: int) -> None:
    """Members whose descriptions mix sentences of four to six of the demo directory."""
    rng = random.Random(7)  # noqa: S311
    pool = demo_descriptions()
    with path.open("w", encoding="utf-8") as file:
        for i in range(count):
            languages = rng.choices([("en",), ("fr",), ("fr", "en")], [228, 88, 44])[0]
            descriptions = {}
            for code in languages:
                mixed = [
                    sentence for own in rng.sample(pool[code], 2) for sentence in rng.sample(own, max(1, len(own) // 2))
                ]
                middle = max(1, len(mixed) // 2)
                paragraphs = (" ".join(mixed[:middle]), " ".join(mixed[middle:]))
                descriptions[code] = "\n\n".join(f"Organisation {i}: {text}" for text in paragraphs if text)
            sectors = [name for name, share in SHARES.items() if rng.random() < share]
            record = {
                "id": f"m{i:07d}", "name": f"Organisation {i}", "clusters": [f"Cluster {i % 12}"],
                "country": rng.choice(["FR", "DE", "BE", "NL", "IT", "ES", "AT", "PT"]), "kind": rng.choice(["sme", "startup", "large", "research"]),
                "sectors": sectors, "descriptions": descriptions,
            }  # fmt: skip
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


class StandIn:
    """The real encoder for topics; for passages the mean of their sentences' real vectors, with noise seeded by the text."""

    def __init__(self, encoder: OpenVinoEncoder) -> None:
        self.info, self.means, self.needs, self.solved = encoder.info, encoder.means, encoder.needs, encoder.solved
        self.encode_queries = encoder.encode_queries
        known = sorted({sentence for own in demo_descriptions().values() for texts in own for sentence in texts})
        self._known = dict(zip(known, encoder.encode_passages(known), strict=True))

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Vectors:
        """See the class."""
        vectors = np.empty((len(texts), self.info.dimension), np.float32)
        for i, text in enumerate(texts):
            noise = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.info.dimension, np.float32)
            sentences_of = split(re.sub(r"^Organisation \d+: ", "", text))
            own = [self._known[sentence] for sentence in sentences_of if sentence in self._known]
            vectors[i] = unit_rows(np.mean(own, axis=0) if own else noise) + 0.1 * unit_rows(noise)
            if advance and i % 1000 == 999:
                advance(1000)
        return unit_rows(vectors)


def change(path: Path) -> None:
    """Rewrite the descriptions of one member in a hundred."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for i in range(50, len(lines), 100):
        record = json.loads(lines[i])
        texts = record["descriptions"]
        record["descriptions"] = {
            code: f"{text}\n\nUpdated in {code}, {record['name']}." for code, text in texts.items()
        }
        lines[i] = json.dumps(record, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def build(connection: Connection, folder: Path, stand_in: bool, record: bool) -> None:
    """Index the members in `folder`; sends the report and peak megabytes. With `record`, keeps the vectors as embedded."""

    class Recorded(FaissVectors):
        @classmethod
        def build(cls, vectors: Vectors, blocks: Sequence[range]) -> FaissVectors:
            np.save(folder / EXACT, vectors)
            return FaissVectors.build(vectors, blocks)

    if record:
        indexer.build.FaissVectors = Recorded  # type: ignore[attr-defined]

    def load(store: Store, progress: Progress) -> Encoder:
        prepared = prepare(DEFAULT_ENCODER, CACHE)
        encoder = OpenVinoEncoder(prepared, verify=False)
        install_encoder(store, prepared, encoder.info.digest)
        return StandIn(encoder) if stand_in else encoder

    report = index_members([folder / "members.jsonl"], Store(folder / "store"), load)
    connection.send((report, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3))


class Exact:
    """Vectors as they were embedded, compared one by one."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def candidates(
        self, queries: Vectors, depth: int, block: range, allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """See `search.vectors.VectorIndex.candidates`."""
        scores = queries @ self._vectors[block.start : block.stop].T
        if allowed is not None:
            scores[:, ~allowed[block.start : block.stop]] = -np.inf
        count = len(block) if allowed is None else int(np.count_nonzero(allowed[block.start : block.stop]))
        best = (
            np.argpartition(-scores, min(depth, count) - 1, axis=1)[:, : min(depth, count)]
            if count
            else np.empty((1, 0), int)
        )
        return np.asarray(block.start + np.unique(best), np.int64)

    def rows(self, ids: NDArray[np.int64]) -> Vectors:
        """See `search.vectors.VectorIndex.rows`."""
        return np.asarray(self._vectors[ids], np.float32)


def median(values: Sequence[float]) -> float:
    """In milliseconds, of seconds."""
    return float(np.median(values)) * 1e3


def timed(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def look(connection: Connection, folder: Path, count: int) -> None:
    """Open and search; sends what was measured."""
    unchecked = timed(lambda: open_index(folder / "store", verify=False))
    checked = timed(lambda: open_index(folder / "store"))
    searcher = open_index(folder / "store", verify=False)
    known = topics(6 * count)
    warming, asked = known[count:], known[:count]
    rows = []
    for name in ("", *SHARES):
        filters = Filters(sector=(name,)) if name else Filters()
        first = timed(lambda filters=filters: searcher.facets(filters))  # type: ignore[misc]
        searcher.answer([Query(topic, filters) for topic in warming])
        times = [timed(lambda t=topic, f=filters: searcher.answer([Query(t, f)])) for topic in asked]  # type: ignore[misc]
        rows.append((name or "all", searcher.facets(filters)["kind"], first * 1e3, median(times)))
    memory = resident_mb()
    exact = recalls(searcher, np.load(folder / EXACT, mmap_mode="r"), asked[:20])
    connection.send((unchecked, checked, memory, rows, exact, searcher.manifest.counts))


def recalls(searcher: Searcher, vectors: Vectors, asked: Sequence[str]) -> dict[str, tuple[float, float]]:
    """By filter: recall of passages and of members, as described above."""
    snapshot = searcher._snapshot
    exact = Exact(vectors)
    reference = Searcher(replace(snapshot, vectors=exact), searcher._reader._encoder)
    found = {}
    for name in ("", *SHARES):
        filters = Filters(sector=(name,)) if name else Filters()
        selection = snapshot.directory.select(Query("", filters))
        passages, members = [], []
        for topic in searcher._reader.read(asked):
            for block in snapshot.blocks:
                best = best_rows(exact, topic.whole, block, selection.passages)
                mine = snapshot.vectors.candidates(topic.whole[None], FIRST_DEPTH, block.rows, selection.passages)
                passages.append(np.isin(best, mine).mean() if len(best) else 1.0)
            words = snapshot.words_of(topic.text, topic.language)
            likely = np.empty(0, np.float32)
            deep = Fusion(reference._snapshot, topic.whole, topic.by_need[:0], likely, words).candidates(
                selection.passages, 20_000
            )
            ids, scores = _best_by_member(reference._snapshot, deep, selection)
            best_members = ids[np.argsort(-scores, kind="stable")[:100]]
            answers = searcher.answer([Query(topic.text, filters, 100)])[0]
            mine = np.array([snapshot.directory.position(match.member.id) for match in answers])
            members.append(np.isin(best_members, mine).mean())
        found[name or "all"] = (float(np.mean(passages)), float(np.mean(members)))
    return found


def best_rows(
    exact: Exact, query: Vectors, block: LanguageBlock, allowed: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """The 100 best of a language."""
    return exact.candidates(query[None], 100, block.rows, allowed)


def run(label: str, folder: Path, stand_in: bool, record: bool = False) -> None:
    """Index in a fresh process and print what it took."""
    report, peak = in_process(build, folder, stand_in, record)
    assert isinstance(report, RunReport)
    steps = ", ".join(f"{step.name} {step.seconds:.1f}" for step in report.steps if step.seconds >= 0.05)
    counts = report.counts
    print(
        f"{label}: {report.status} in {report.seconds:.1f} s, peak {peak:,.0f} MB; {counts.embedded:,} of {counts.texts:,} texts embedded; {steps}",
        flush=True,
    )


def in_process(target: Callable[..., None], *arguments: object) -> tuple[object, ...]:
    """What `target` sends from a fresh process. Ends the run where it fails."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(sender, *arguments))
    process.start()
    sender.close()
    try:
        return tuple(receiver.recv())
    except EOFError:
        raise SystemExit(f"{target.__name__} failed") from None
    finally:
        process.join()


def main() -> None:
    """Build, open, search, print."""
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("\n")[2].removeprefix("usage: "))
    parser.add_argument("members", type=int)
    parser.add_argument("--stand-in", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    print(machine())
    folder = options.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not (folder / "store" / "CURRENT").exists():
            write_members(folder / "members.jsonl", options.members)
            run("cold", folder, options.stand_in, record=True)
        size = sum(path.stat().st_size for path in (folder / "store" / "snapshots").rglob("*") if path.is_file())
        unchecked, checked, memory, rows, exact, counts = in_process(look, folder, 60)
        print(
            f"{counts}; {size / 1e6:,.0f} MB on disk; opened in {unchecked:.1f} s, every file checked in {checked:.1f} s; {memory:,.0f} MB resident once searched"
        )
        for name, kinds, first, search in rows:  # type: ignore[attr-defined]
            passages, members = exact[name]  # type: ignore[index]
            print(
                f"{name:11} {sum(kinds.values()):>9,} members  first use {first:6.1f} ms  search {search:6.1f} ms  recall@100 passages {passages:.3f} members {members:.3f}"
            )
        change(folder / "members.jsonl")
        run("a night with 1 % changed", folder, options.stand_in)
        run("a night with nothing changed", folder, options.stand_in)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
