"""Pairs of members compared, round after round, none twice as long as nothing about it has changed."""

from collections.abc import Mapping

from ..progress import Progress
from .candidates import Candidates
from .likeness import Likeness, likeness
from .profiles import Collection, Profile

__all__ = ["Comparisons"]

REPORT_EVERY = 5_000


class Comparisons:
    """Finds the pairs that are one organisation in each round of merging.

    Two members that were not joined in one round are not in the next, unless one of them has become another by merging or the
    collection says something else of names, websites or texts.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._candidates = Candidates()
        self._profiles: dict[str, Profile] = {}
        self._compared: set[tuple[str, str]] = set()
        self._facts: tuple[object, ...] = ()

    def alike(self, profiles: Mapping[str, Profile], collection: Collection) -> dict[tuple[str, str], Likeness]:
        """Pairs of ids that are one organisation, the smaller id first, each pair taken by itself."""
        pairs = self._fresh(profiles, collection)
        self._progress.step("Comparing members", len(pairs))
        alike = {}
        for count, (a, b) in enumerate(pairs, 1):
            found = likeness(profiles[a], profiles[b], collection)
            if found:
                alike[a, b] = found
            if count % REPORT_EVERY == 0:
                self._progress.advance(REPORT_EVERY)
        self._progress.advance(len(pairs) % REPORT_EVERY)
        return alike

    def _fresh(self, profiles: Mapping[str, Profile], collection: Collection) -> set[tuple[str, str]]:
        """Pairs not compared before, as they and the collection are now; they count as compared from here on."""
        if collection.facts != self._facts:
            self._candidates, self._profiles, self._compared = Candidates(), {}, set()
            self._facts = collection.facts
        gone = [profile for member, profile in self._profiles.items() if profiles.get(member) is not profile]
        new = [profile for member, profile in profiles.items() if self._profiles.get(member) is not profile]
        blocks = self._candidates.replace(gone, new, collection)
        changed = {profile.member.id for profile in new}
        pairs = self._candidates.pairs(blocks, profiles)
        fresh = {pair for pair in pairs if pair not in self._compared or not changed.isdisjoint(pair)}
        self._compared |= fresh
        self._profiles = dict(profiles)
        return fresh
