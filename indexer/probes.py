"""Members of a snapshot about to be published must find themselves by their own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from search.errors import RunRefused
from search.searcher import MAX_TOPIC_CHARS, Searcher
from search.types import Filters, Query, Shortlist

from .capabilities import Split

__all__ = ["Probe", "check", "choose_probes"]

PROBES = 20
DEPTH, AT_LEAST, AT_MOST = 0.05, 20, 1_000
"""Among this share of the members, and so many, a member must be found: its words may be as generic as those of others, while in a
broken index it would be anywhere."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Probe:
    """A member's longest passage, and the country to search in where the member has one."""

    member: str
    passage: str
    country: str | None

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


def choose_probes(split: Split) -> list[Probe]:
    """Members spread evenly over the directory; those without a single letter in their texts cannot be asked for."""
    wanted = set(np.linspace(0, len(split.members) - 1, min(PROBES, len(split.members))).astype(int).tolist())
    probes = []
    for position, capabilities in groupby(split.capabilities, key=lambda capability: capability.member):
        if position in wanted:
            member = split.members[position]
            passage = max((split.passages[capability.passage].text for capability in capabilities), key=len)
            if any(letter.isalpha() for letter in passage):
                probes.append(Probe(member.id, passage, member.country))
    return probes


def check(searcher: Searcher, probes: Sequence[Probe]) -> None:
    """Ask every probe. Raises RunRefused naming members that do not find themselves."""
    depth = min(max(int(DEPTH * len(searcher)), AT_LEAST), AT_MOST)
    lost = _lost(searcher, _lost(searcher, probes, AT_LEAST), depth)  # nearly all are first, and deep answers are slow
    if lost:
        named = ", ".join(repr(probe.member) for probe in lost[:SHOWN]) + (", ..." if len(lost) > SHOWN else "")
        raise RunRefused(
            f"{len(lost)} of {len(probes)} members tried are not among the first {depth} answers to their own words ({named}); "
            "expected all of them; nothing was published; index again with --force, and if it stays so, report it"
        )


def _lost(searcher: Searcher, probes: Sequence[Probe], depth: int) -> list[Probe]:
    answers = searcher.answer([probe.query(depth) for probe in probes])
    return [probe for probe, found in zip(probes, answers, strict=True) if not probe.is_found(found)]
