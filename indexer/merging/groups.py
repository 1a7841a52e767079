"""Groups of members that are one organisation, grown pair by pair without joining what must stay apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from .likeness import names_agree
from .profiles import Collection, Profile

__all__ = ["Groups"]

MAX_COMPARISONS = 100
"""Groups with so many pairs of different records between them are not joined: no organisation is written in so many ways."""


@dataclass(slots=True)
class _Group:
    """Ids of its members, what they say they are, and the ids that verdicts keep out."""

    ids: list[str]
    countries: set[str]
    site_names: set[str]
    records: dict[tuple[object, ...], Profile]
    foes: set[str]
    by_verdict: bool = False


class Groups:
    """Every member of `profiles` alone at first; `join` unites the groups of two."""

    def __init__(
        self, profiles: Mapping[str, Profile], different: Iterable[tuple[str, str]], collection: Collection
    ) -> None:
        self._profiles, self._collection = profiles, collection
        self._of: dict[str, _Group] = {}
        for a, b in different:
            self._group(a).foes.add(b)
            self._group(b).foes.add(a)

    def _group(self, member: str) -> _Group:
        """The group of a member, which is made when first asked for: most members are never joined."""
        if member not in self._of:
            profile = self._profiles[member]
            self._of[member] = _Group(
                [member],
                {profile.member.country} if profile.member.country else set(),
                {profile.site_name} if self._collection.site(profile) else set(),
                {(*(name.key for name in profile.names), profile.town): profile},
                set(),
            )
        return self._of[member]

    def join(self, a: str, b: str, by_verdict: bool = False) -> bool:
        """Unite the groups of two members. False where they are one already, or where something keeps them apart: a verdict, or,
        unless this is itself `by_verdict`, countries, websites or names of members further off."""
        one, other = self._group(a), self._group(b)
        if one is other or self.kept_apart(a, b) or not (by_verdict or _agree(one, other)):
            return False
        larger, smaller = (one, other) if len(one.ids) >= len(other.ids) else (other, one)
        larger.ids += smaller.ids
        larger.countries |= smaller.countries
        larger.site_names |= smaller.site_names
        larger.records |= smaller.records
        larger.foes |= smaller.foes
        larger.by_verdict |= smaller.by_verdict or by_verdict
        for member in smaller.ids:
            self._of[member] = larger
        return True

    def kept_apart(self, a: str, b: str) -> bool:
        """Whether a verdict says that some member of one group is not one of the other."""
        one, other = self._group(a), self._group(b)
        return any(self._group(foe) is other for foe in one.foes)


def _agree(one: _Group, other: _Group) -> bool:
    if one.countries and other.countries and not one.countries & other.countries:
        return False
    if one.site_names and other.site_names and not one.site_names & other.site_names:
        return False
    if len(one.records) * len(other.records) > MAX_COMPARISONS:
        return False
    agreeing = (names_agree(a, b) for a, b in product(one.records.values(), other.records.values()))
    return any(agreeing) if one.by_verdict or other.by_verdict else all(agreeing)
