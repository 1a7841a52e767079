"""Members that are the same organisation become one, with the reasons."""

import itertools
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.types import Member

from ..progress import Progress, Silent, counted
from .comparisons import Comparisons
from .groups import Groups
from .profiles import Collection, Profile, read_profile
from .uniting import merged_ids, unite, without_false_claims
from .verdicts import NO_VERDICTS, Verdicts

__all__ = ["Merge", "Merged", "merge_members"]


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
    ids = {member.id for member in members}
    records = {member.id: [without_false_claims(member, ids)] for member in members}
    progress.step("Looking for members that may be the same", len(members))
    profiles = {id: read_profile(member) for id, (member,) in counted(sorted(records.items()), progress)}
    comparisons = Comparisons(progress)
    links: list[_Link] = []
    while True:
        found, overruled = _links(profiles, verdicts, comparisons)
        if not found:
            break
        links += found
        for kept, merges in _trees(found).items():
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
    profiles: dict[str, Profile], verdicts: Verdicts, comparisons: Comparisons
) -> tuple[list[_Link], list[tuple[str, str]]]:
    """Links that join members into groups, no more than are needed, and the verdicts that others overrule."""
    collection = Collection(profiles.values())
    now = {alias: member for member in reversed(profiles) for alias in merged_ids(profiles[member].member)}
    now |= {member: member for member in profiles}
    different = [(now[a], now[b]) for a, b in verdicts.different if a in now and b in now and now[a] != now[b]]
    groups = Groups(profiles, different, collection)
    links, overruled = [], []
    for a, b in sorted(verdicts.same):
        if a in now and b in now:
            if groups.kept_apart(now[a], now[b]):
                overruled.append((a, b))
            elif groups.join(now[a], now[b], by_verdict=True):
                links.append(_Link(now[a], now[b], 1.0, "a verdict says so"))
    alike = comparisons.alike(profiles, collection)
    for a, b in sorted(alike, key=lambda pair: (-alike[pair].score, pair)):
        if groups.join(a, b):
            links.append(_Link(a, b, alike[a, b].score, alike[a, b].reason))
    return links, overruled


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
