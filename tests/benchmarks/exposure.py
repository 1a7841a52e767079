"""Who is seen on the demo directory's judged topics, and what each way of taking turns changes and costs: the tables of docs/fairness.md.

usage: python -m tests.benchmarks.exposure [STORE]        (default var/store, where the demo directory is indexed)
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from search import Member, Searcher, Shortlist, open_index
from search.comparison import compare
from search.evaluation import Evaluation, JudgedTopic, measure, read_topics
from search.exposure import PAGE, Exposure, attention, directory_of, exposure_of
from search.fairness import fair_order, lucks
from tests.benchmarks.measure import machine, median_ms, topics

DEMO = Path(__file__).parents[2] / "data" / "demo"
FILES = ("topics.jsonl", "topics_fit.jsonl")
WORDINGS = 10
"""How often each topic is drawn for, as if asked in so many ways that find the same members."""
SHARES = (0.2, 0.35, 0.5)
SMALL = ("startup", "sme")

Luck = Callable[[str, Shortlist], Sequence[float]]
"""From a topic and its shortlist to the luck of each member in it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file's answerable topics, what is found for them, the directory, and how many passages each member has."""

    topics: Sequence[JudgedTopic]
    found: Sequence[Shortlist]
    directory: Sequence[Member]
    languages: Mapping[str, tuple[str, ...]]
    passages: Mapping[str, int]

    @property
    def relevance(self) -> list[Mapping[str, float]]:
        """The grades of each topic."""
        return [topic.relevant for topic in self.topics]

    def exposure(self, pages: Sequence[Shortlist]) -> Exposure:
        """Over all topics, once or several times."""
        return exposure_of(pages, self.relevance * (len(pages) // len(self.topics)), self.directory)

    def evaluation(self, pages: Sequence[Shortlist]) -> Evaluation:
        """Over all topics, once."""
        rankings = {
            topic.id: [match.member.id for match in page] for topic, page in zip(self.topics, pages, strict=True)
        }
        return measure(self.topics, rankings, {}, self.languages)


class Memory:
    """Luck of those who got less than was due to them so far: what a service that stores exposure could do (Biega and others 2018)."""

    def __init__(self, fairness: float) -> None:
        self._fairness = fairness
        self._balance: Counter[str] = Counter()

    def __call__(self, _: str, found: Shortlist) -> Sequence[float]:
        luck = by_rank([self._balance[match.member.id] for match in found])
        relevance = [match.relevance for match in found]
        for place, part in zip(fair_order(relevance, luck, self._fairness), attention(PAGE), strict=False):
            self._balance[found[place].member.id] += part
        for match in found:
            self._balance[match.member.id] -= match.relevance / sum(relevance) * attention(PAGE).sum()
        return luck


def by_rank(values: Sequence[float]) -> list[float]:
    """1 for the lowest, less for each after it."""
    return [float(x) for x in 1 - np.argsort(np.argsort(values, kind="stable")) / len(values)]


def reordered(judged: Judged, fairness: float, luck: Luck, wording: int) -> list[Shortlist]:
    """Each topic's shortlist, ranked again."""
    pages = []
    for topic, found in zip(judged.topics, judged.found, strict=True):
        own = luck(f"{wording} {topic.text}", found)
        order = fair_order([match.relevance for match in found], own, fairness)
        pages.append(replace(found, matches=tuple(found[i] for i in order)))
    return pages


def print_way(label: str, judged: Judged, wordings: Sequence[Sequence[Shortlist]]) -> None:
    """One row: each topic asked once (mean over the wordings), then all wordings together."""
    plain = judged.evaluation(judged.found)
    measured = [judged.evaluation(pages) for pages in wordings]
    mean = {
        topic: {name: float(np.mean([one.by_topic[topic][name] for one in measured])) for name in scores}
        for topic, scores in plain.by_topic.items()
    }
    differences = compare(replace(plain, by_topic=mean), plain)
    cost, deep = differences["nDCG@10"], differences["recall@20"]
    once = [judged.exposure(pages) for pages in wordings]
    often = judged.exposure([page for pages in wordings for page in pages])
    small = sum(group.of_exposure for group in often.of("kind") if group.group in SMALL)
    price = f"{cost.mean:+.3f} ({cost.interval.low:+.3f} to {cost.interval.high:+.3f}) | {deep.mean:+.3f}"
    print(
        f"| {label} | {np.mean([e.gini for e in once]):.3f} | {often.gini:.3f} | {np.mean([e.unseen for e in once]):.1%} | "
        f"{often.unseen:.1%} | {often.misplaced:.1%} | {small:.1%} | {' | ' if wordings[0] is judged.found else price} |",
        flush=True,
    )


def print_groups(judged: Judged, fairness: float) -> None:
    """Shares of each group before and after."""
    fair = judged.exposure([page for w in range(WORDINGS) for page in reordered(judged, fairness, drawn(judged), w)])
    after = {(group.facet, group.group): group for group in fair.groups}
    print(f"\n| | members | directory | relevance | exposure | fairness {fairness:g} |\n|---|---|---|---|---|---|")
    for group in judged.exposure(judged.found).groups:
        print(
            f"| {group.facet}: {group.group or 'not said'} | {group.members} | {group.of_directory:.1%} | {group.of_relevance:.1%} | "
            f"{group.of_exposure:.1%} | {after[group.facet, group.group].of_exposure:.1%} |"
        )


def drawn(judged: Judged) -> Luck:
    """What the product does."""

    def luck(topic: str, found: Shortlist) -> Sequence[float]:
        ids = [match.member.id for match in found]
        return lucks(topic, ids, [judged.passages[id] for id in ids])

    return luck


def evenly(topic: str, found: Shortlist) -> Sequence[float]:
    """The same without regard to how much a member says."""
    return lucks(topic, [match.member.id for match in found], [1] * len(found))


def small_first(_: str, found: Shortlist) -> Sequence[float]:
    """Luck for small companies alone."""
    return [float(match.member.kind in SMALL) for match in found]


def seldom_first(exposure: Exposure) -> Luck:
    """Luck for those who were seldom seen on other topics."""
    return lambda _, found: by_rank([exposure.by_member[match.member.id] for match in found])


def print_file(judged: Judged, elsewhere: Exposure) -> None:
    """The rows of one file, then its groups."""
    print("| | Gini once | Gini often | unseen once | unseen often | misplaced | startup, sme | nDCG@10 | recall@20 |")
    print("|---|---|---|---|---|---|---|---|---|")
    print_way("as it is", judged, [judged.found])
    for share in SHARES:
        pages = [reordered(judged, share, drawn(judged), wording) for wording in range(WORDINGS)]
        print_way(f"turns, {share:g}", judged, pages)
    most = SHARES[-1]
    pages = [reordered(judged, most, evenly, wording) for wording in range(WORDINGS)]
    print_way(f"turns whatever is said, {most:g}", judged, pages)
    print_way(f"small companies first, {most:g}", judged, [reordered(judged, most, small_first, 0)])
    print_way(f"seldom seen elsewhere first, {most:g}", judged, [reordered(judged, most, seldom_first(elsewhere), 0)])
    print_way(f"with a memory, {most:g}", judged, [reordered(judged, most, Memory(most), 0)])
    due = judged.exposure(judged.found)
    small = sum(group.of_relevance for group in due.of("kind") if group.group in SMALL)
    print(f"{due.topics} topics; Gini of what is due {due.gini_due:.3f}; due to startup and sme {small:.1%}")
    print_groups(judged, most)


def read(searcher: Searcher, name: str) -> Judged:
    """A file's answerable topics, searched."""
    asked = [topic for topic in read_topics(DEMO / name) if topic.relevant]
    directory = directory_of(searcher)
    return Judged(
        asked,
        searcher.search_many([topic.text for topic in asked], k=100),
        directory,
        searcher.languages_of_members(),
        {member.id: len(searcher.capabilities(member.id)) for member in directory},
    )


def main() -> None:
    """Print the tables of both files, then what a fair search takes."""
    print(machine())
    searcher = open_index(sys.argv[1] if len(sys.argv) > 1 else "var/store")
    files = [read(searcher, name) for name in FILES]
    seen = [judged.exposure(judged.found) for judged in files]
    for name, judged, elsewhere in zip(FILES, files, reversed(seen), strict=True):
        print(f"\n{name}")
        print_file(judged, elsewhere)
    searcher.search_many(topics())  # what follows finds their vectors at hand
    for fairness in (0.0, SHARES[-1]):
        took = median_ms(partial(searcher.search, fairness=fairness), topics())
        print(f"ranking with fairness {fairness:g}: {took:.1f} ms")


if __name__ == "__main__":
    main()
