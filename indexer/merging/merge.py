"""Members that are the same organisation become one, with the reasons."""

import itertools
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from search.types import Member

from ..progress import Progress, Silent
from .candidates import candidate_pairs
from .groups import Groups
from .likeness import Likeness, likeness
from .profiles import Collection, Profile, read_profile
from .uniting import merged_ids, unite
from .verdicts import NO_VERDICTS, Verdicts

__all__ = ["Merge", "Merged", "merge_members"]

REPORT_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Merge:
    """One record folded into another: the id that stays, the id that goes, how sure (0.5 is just enough, 1 certain), and why."""

    kept: str
    merged: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Merged:
    """Members in order of id, and what was merged, in order of (kept, merged).

    `unknown` are ids that verdicts name and no record has; `overruled` pairs said to be the same that other verdicts keep apart.
    """

    members: tuple[Member, ...]
    merges: tuple[Merge, ...]
    unknown: tuple[str, ...] = ()
    overruled: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Link:
    """Why the records `a` and `b` are one organisation."""

    a: str
    b: str
    score: float
    reason: str


def merge_members(
    members: Sequence[Member], verdicts: Verdicts = NO_VERDICTS, progress: Progress | None = None
) -> Merged:
    """Merge the records of one organisation; ids must be unique. The order of `members` does not matter, and merging again what
    came out changes nothing: merged records are compared anew until nothing more is found."""
    progress = progress or Silent()
    records = {member.id: [member] for member in members}
    profiles = {id: read_profile(member) for id, (member,) in sorted(records.items())}
    links: list[_Link] = []
    new: set[str] | None = None
    while True:
        found, overruled = _links(list(profiles.values()), new, verdicts, progress)
        if not found and new is None:
            break
        links += found
        joined = _trees(found)
        new = set(joined) or None
        for kept, merges in joined.items():
            for merge in merges:
                records[kept] += records.pop(merge.merged)
                del profiles[merge.merged]
            profiles[kept] = read_profile(unite(records[kept]))
    merged = tuple(profile.member for profile in profiles.values())
    known = {id for member in merged for id in merged_ids(member)}
    return Merged(
        merged,
        tuple(sorted(itertools.chain(*_trees(links).values()), key=lambda merge: (merge.kept, merge.merged))),
        tuple(sorted(verdicts.ids - known)),
        tuple(overruled),
    )


def _links(
    profiles: Sequence[Profile], new: Set[str] | None, verdicts: Verdicts, progress: Progress
) -> tuple[list[_Link], list[tuple[str, str]]]:
    """Links that join members into groups, no more than are needed, and the verdicts that others overrule.

    Only members of the ids `new` are compared with others, unless that is None: then all are.
    """
    members = [profile.member for profile in profiles]
    collection = Collection(profiles)
    place_of = {alias: place for place, member in enumerate(members) for alias in merged_ids(member)}
    place_of |= {member.id: place for place, member in enumerate(members)}

    def placed(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[tuple[str, str], int, int]]:
        known = (pair for pair in sorted(pairs) if place_of.keys() >= set(pair))
        return ((pair, place_of[pair[0]], place_of[pair[1]]) for pair in known)

    groups = Groups(profiles, [(a, b) for _, a, b in placed(verdicts.different) if a != b], collection)
    links, overruled = [], []
    for pair, a, b in placed(verdicts.same):
        if groups.kept_apart(a, b):
            overruled.append(pair)
        elif groups.join(a, b, by_verdict=True):
            links.append(_Link(members[a].id, members[b].id, 1.0, "a verdict says so"))
    alike = _alike(profiles, new, collection, progress)
    for a, b in sorted(alike, key=lambda pair: (-alike[pair].score, pair)):
        if groups.join(a, b):
            links.append(_Link(members[a].id, members[b].id, alike[a, b].score, alike[a, b].reason))
    return links, overruled


def _alike(
    profiles: Sequence[Profile], new: Set[str] | None, collection: Collection, progress: Progress
) -> dict[tuple[int, int], Likeness]:
    """Pairs of places that are one organisation, taken by themselves; with one of `new` in each, unless that is None."""
    pairs = candidate_pairs(profiles, collection)
    if new is not None:
        is_new = np.array([profile.member.id in new for profile in profiles])
        pairs = pairs[is_new[pairs].any(axis=1)]
    progress.step("Comparing members", len(pairs))
    alike: dict[tuple[int, int], Likeness] = {}
    for start in range(0, len(pairs), REPORT_EVERY):
        some = pairs[start : start + REPORT_EVERY].tolist()
        for a, b in some:
            found = likeness(profiles[a], profiles[b], collection)
            if found:
                alike[a, b] = found
        progress.advance(len(some))
    return alike


def _trees(links: Iterable[_Link]) -> dict[str, list[Merge]]:
    """By the smallest id of each group, how the others hang on it: over a third record, the reason names it and the weakest link counts."""
    neighbours: dict[str, list[_Link]] = defaultdict(list)
    for link in links:
        neighbours[link.a].append(link)
        neighbours[link.b].append(link)
    seen: set[str] = set()
    trees: dict[str, list[Merge]] = {}
    for kept in sorted(neighbours):
        if kept in seen:
            continue
        seen.add(kept)
        merges = trees[kept] = []
        queue = deque([(kept, 1.0)])
        while queue:
            record, score = queue.popleft()
            for link in neighbours[record]:
                other = link.b if link.a == record else link.a
                if other not in seen:
                    seen.add(other)
                    reason = link.reason if record == kept else f"like {record}: {link.reason}"
                    weakest = min(score, link.score)
                    merges.append(Merge(kept, other, weakest, reason))
                    queue.append((other, weakest))
    return trees
