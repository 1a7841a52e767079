"""How long it takes to find the same organisation twice among many members.

usage: python -m tests.benchmarks.merging [N]

N members (100,000 unless given) are made of the demo directory by seeded variation: an invented word and a trade for a name (short
words recur, so there are homonyms), a demo member's town, four sentences of the directory, every tenth a unit of a university on one website. A third get a
second record as another cluster would write it: capitals, translated trade, two letters swapped, legal form, no town, no website,
half the text and another sentence. Printed: members, pairs compared, merges, how many of the second records were found, how many merges were of other
organisations, seconds, peak memory.
"""

import itertools
import random
import re
import resource
import sys
import time
from dataclasses import replace

from indexer.members import read_members
from indexer.merging import merge_members
from search.types import Member
from tests.benchmarks.measure import machine
from tests.conftest import DEMO

SYLLABLES = [
    a + b
    for a in ("b", "br", "c", "d", "f", "gr", "k", "l", "m", "n", "p", "s", "t", "tr", "v", "z")
    for b in ("a", "el", "in", "o", "ur")
]
ENDINGS = ["", " SAS", " GmbH", " BV", " Ltd", " S.p.A.", " AB"]
TRADES = {"": "", " Systems": " Systèmes", " Photonics": " Photonique", " Robotics": " Robotik", " Sensors": " Capteurs", " Energy": " Énergie"}  # fmt: skip
UNITS = [
    "Laboratory of Optics",
    "Laboratory of Chemistry",
    "Department of Physics",
    "Robotics Group",
    "School of Design",
]
DIRECTORY = read_members([DEMO / "members.jsonl"]).members
SENTENCES = [s for m in DIRECTORY for s in re.split(r"(?<=[.!?])\s+", m.descriptions.get("en", "")) if len(s) > 40]


class Compared:
    """Counts the pairs that are compared."""

    pairs = 0

    def step(self, description: str, total: int | None = None) -> None:
        """See `Progress.step`."""

    def advance(self, done: int) -> None:
        """See `Progress.advance`."""
        self.pairs += done


def records(count: int, seed: int = 1) -> list[Member]:
    """`count` members; the two records of one organisation have ids that differ in the last letter only."""
    rng = random.Random(seed)  # noqa: S311 - a benchmark, not a secret
    made = itertools.chain.from_iterable(_organisation(number, rng) for number in itertools.count())
    return list(itertools.islice(made, count))


def _organisation(number: int, rng: random.Random) -> list[Member]:
    """One record, or two; every tenth organisation is a unit of one of a hundred universities."""
    like = rng.choice(DIRECTORY)
    first = "".join(rng.choices(SYLLABLES, k=rng.choice([2, 3, 3, 4]))).title()
    trade = rng.choice(list(TRADES))
    site = f"https://www.{first.lower()}-{number}.example"
    name = first + trade
    if number % 10 == 0:
        university = f"University of {SYLLABLES[number // 10 % 80].title()}{SYLLABLES[number // 800 % 2]}"
        name, site = f"{university} - {rng.choice(UNITS)} {number}", f"https://{university[14:].lower()}.example"
    one = replace(
        like,
        id=f"{number:07d}a",
        name=name,
        website=rng.choice([None, site]),
        employees=rng.choice([None, rng.randint(1, 500)]),
        descriptions={"en": " ".join(rng.sample(SENTENCES, 4))},
    )
    if rng.random() > 1 / 3:
        return [one]
    swapped = name[:2] + name[3] + name[2] + name[4:]
    other = rng.choice([name, name.upper(), name.replace(trade, TRADES[trade]), swapped])
    kept = one.descriptions["en"][: len(one.descriptions["en"]) // 2]
    return [one, replace(
        one,
        id=f"{number:07d}b",
        name=other + rng.choice(ENDINGS),
        website=rng.choice([None, f"{site}/en"]),
        city=rng.choice([None, like.city, like.city]),
        descriptions={"en": f"{kept} {rng.choice(SENTENCES)}"},
        clusters=("Another cluster",),
    )]  # fmt: skip


def main() -> None:
    """Make the members, merge them, print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    members = records(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    compared = Compared()
    started = time.perf_counter()
    merged = merge_members(members, progress=compared)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    right = sum(merge.kept[:-1] == merge.merged[:-1] for merge in merged.merges)
    second = sum(member.id.endswith("b") for member in members)
    print(machine())
    print(f"{count:,} members, {compared.pairs:,} comparisons of {count * (count - 1) // 2:,} possible pairs")
    print(
        f"{len(merged.merges):,} merges; {right:,} of {second:,} second records found, {len(merged.merges) - right:,} merges of others"
    )
    print(f"{seconds:.1f} s; peak memory {peak:.0f} MB, {peak - before:.0f} MB of it for merging")


if __name__ == "__main__":
    main()
