"""Members of a snapshot about to be published must find themselves by their own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from search.checks import MAX_TOPIC_CHARS
from search.encoder import Encoder
from search.errors import RunRefused
from search.searcher import Searcher
from search.snapshot import Snapshot
from search.types import Filters, Query, Shortlist

from .capabilities import Split

__all__ = ["Probe", "check", "choose_probes"]

PROBES = 20
DEPTH, AT_LEAST, AT_MOST = 0.05, 20, 1_000
"""Among this share of the members, and so many, a member must be found: its words may be as generic as those of others, while in a
broken index it would be anywhere."""
TOLERANCE = 0.3
"""How far, of its length, a vector read back may be from the one indexed: indexes may keep them coarsely."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Probe:
    """A member's longest passage, and the country to search in where the member has one.

    `position`, `capability` and `row` are where member, capability and passage must stand in the snapshot; `vector` is the passage's,
    shape (dim + 1,), float32.
    """

    member: str
    passage: str
    country: str | None
    position: int
    capability: int
    row: int
    vector: NDArray[np.float32]

    def query(self, depth: int) -> Query:
        """What is asked for `depth` answers."""
        filters = Filters(country=(self.country,)) if self.country else Filters()
        return Query(self.passage[:MAX_TOPIC_CHARS], filters, limit=depth)

    def is_found(self, shortlist: Shortlist) -> bool:
        """Whether the member is among the answers, or another one with the same passage."""
        return any(
            match.member.id == self.member or any(evidence.text == self.passage for evidence in match.evidence)
            for match in shortlist
        )

    def is_held(self, snapshot: Snapshot) -> bool:
        """Whether the snapshot has the member, its capability and the passage's vector where they must be."""
        directory = snapshot.directory
        vector = snapshot.vectors.rows(np.array([self.row], np.int64))[0]
        return bool(
            directory.member(self.position).id == self.member
            and directory.member_of[self.capability] == self.position
            and directory.passage_of[self.capability] == self.row
            and np.linalg.norm(vector - self.vector) < TOLERANCE * np.linalg.norm(self.vector)
        )


def choose_probes(split: Split, vectors: NDArray[np.float32]) -> list[Probe]:
    """Members spread evenly over the directory; those without a single letter in their texts cannot be asked for.

    vectors: those of the passages, shape (n_passages, dim + 1), float32.
    """
    wanted = set(np.linspace(0, len(split.members) - 1, min(PROBES, len(split.members))).astype(int).tolist())
    probes = []
    for position, capabilities in groupby(enumerate(split.capabilities), key=lambda numbered: numbered[1].member):
        if position in wanted:
            member = split.members[position]
            number, row = max(
                ((number, capability.passage) for number, capability in capabilities),
                key=lambda numbers: len(split.passages[numbers[1]].text),
            )
            text = split.passages[row].text
            if any(letter.isalpha() for letter in text):
                probes.append(Probe(member.id, text, member.country, position, number, row, vectors[row]))
    return probes


def check(snapshot: Snapshot, encoder: Encoder, probes: Sequence[Probe]) -> list[str]:
    """Ask every probe with the searcher that the service uses.

    Returns the ids of members that were not found though the snapshot holds them as it must: texts so alike that no ranking tells
    them apart. Raises RunRefused naming members that it does not hold so.
    """
    searcher = Searcher(snapshot, encoder)
    depth = min(max(int(DEPTH * len(searcher)), AT_LEAST), AT_MOST)
    lost = _lost(searcher, _lost(searcher, probes, AT_LEAST), depth)  # nearly all are first, and deep answers are slow
    wrong = [probe for probe in lost if not probe.is_held(snapshot)]
    if wrong:
        named = ", ".join(repr(probe.member) for probe in wrong[:SHOWN]) + (", ..." if len(wrong) > SHOWN else "")
        raise RunRefused(
            f"{len(wrong)} of {len(probes)} members tried are not among the first {depth} answers to their own words ({named}); "
            "expected all of them; nothing was published; index again with --force, and if it stays so, report it"
        )
    return [probe.member for probe in lost]


def _lost(searcher: Searcher, probes: Sequence[Probe], depth: int) -> list[Probe]:
    answers = searcher.answer([probe.query(depth) for probe in probes])
    return [probe for probe, found in zip(probes, answers, strict=True) if not probe.is_found(found)]
