"""How long it takes to find the same organisation twice among many members.

usage: python -m tests.benchmarks.merging [N]

N members (100,000 unless given) are made of the demo directory by seeded variation: organisations get a first word of their own, a
third of them a second record as another cluster would write it. Printed: members, pairs compared, merges, how many of the second
records were found, how many merges were of other organisations, seconds, peak memory.
"""

import random
import resource
import sys
import time
from collections.abc import Iterator
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
TRADES = ["", "", " Systems", " Photonics", " Robotics", " Sensors", " Energy", " Medical"]


class Compared:
    """Counts the pairs that are compared."""

    pairs = 0

    def step(self, description: str, total: int | None = None) -> None:
        """See `Progress.step`."""

    def advance(self, done: int) -> None:
        """See `Progress.advance`."""
        self.pairs += done


def records(count: int, seed: int = 1) -> Iterator[Member]:
    """`count` members; those of one organisation have ids that differ in the last letter only."""
    rng = random.Random(seed)  # noqa: S311 - a benchmark, not a secret
    demo = read_members([DEMO / "members.jsonl"]).members
    made = 0
    taken: set[str] = set()
    while made < count:
        first = "".join(rng.choices(SYLLABLES, k=rng.choice([3, 4, 4]))).title()
        if first in taken:
            continue
        taken.add(first)
        name = first + rng.choice(TRADES)
        like = rng.choice(demo)
        website = rng.choice([None, f"https://www.{first.lower()}-{made}.example"])
        employees = rng.choice([None, rng.randint(1, 500)])
        member = replace(like, id=f"{made:07d}a", name=name, website=website, employees=employees)
        made += 1
        yield member
        if made < count and rng.random() < 1 / 3:
            made += 1
            yield replace(
                member,
                id=f"{member.id[:-1]}b",
                name=(name.upper() if rng.random() < 0.3 else name) + rng.choice(ENDINGS),
                website=rng.choice([None, website and f"{website}/en"]),
                city=rng.choice([None, member.city, member.city]),
                clusters=("Another cluster",),
            )


def main() -> None:
    """Make the members, merge them, print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    members = list(records(count))
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
