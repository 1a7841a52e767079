"""How far a directory moved since the last snapshot: a source that came empty or in the wrong language shows here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.directory import Directory
from search.types import Member, Query

__all__ = ["Shape", "drift", "shape_of", "shape_of_snapshot"]

MAX_FALL = 0.10
"""Share of the members that may go in one night."""
MAX_SHIFT = 0.10
"""How far the share of members with a language may move in one night."""
CLUSTERS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """A directory in figures: members, and how many of them each cluster and each language has."""

    members: int
    clusters: Mapping[str, int]
    languages: Mapping[str, int]

    def share(self, language: str) -> float:
        """Share of the members that describe themselves in a language."""
        return self.languages.get(language, 0) / max(self.members, 1)


def shape_of(members: Sequence[Member]) -> Shape:
    """The shape of split members."""
    return Shape(
        len(members),
        Counter(cluster for member in members for cluster in member.clusters),
        Counter(language for member in members for language in member.languages),
    )


def shape_of_snapshot(directory: Directory) -> Shape:
    """The shape of a snapshot's members."""
    counted = directory.select(Query("")).facets
    return Shape(directory.size, counted["cluster"], counted["language"])


def drift(before: Shape, after: Shape) -> tuple[str, ...]:
    """What moved further than a night explains, each with its figures; empty where nothing did."""
    return (*_fall(before, after), *_vanished(before, after), *_shifts(before, after))


def _fall(before: Shape, after: Shape) -> list[str]:
    fall = 1 - after.members / max(before.members, 1)
    if fall <= MAX_FALL:
        return []
    return [
        f"members fell from {before.members:,} to {after.members:,} ({fall:.1%}, at most {MAX_FALL:.0%} is expected)"
    ]


def _vanished(before: Shape, after: Shape) -> list[str]:
    gone = [cluster for cluster in before.clusters if not after.clusters.get(cluster)]
    said = [f"cluster {cluster!r} vanished (it had {before.clusters[cluster]:,} members)" for cluster in gone]
    more = len(said) - CLUSTERS_NAMED
    return said if more <= 0 else [*said[:CLUSTERS_NAMED], f"{more:,} more clusters vanished"]


def _shifts(before: Shape, after: Shape) -> list[str]:
    moved = [
        (code, before.share(code), after.share(code))
        for code in sorted(before.languages.keys() | after.languages.keys())
    ]
    return [
        f"members with text in {code} went from {was:.1%} to {now:.1%} (at most {100 * MAX_SHIFT:.0f} points are expected)"
        for code, was, now in moved
        if abs(now - was) > MAX_SHIFT
    ]
