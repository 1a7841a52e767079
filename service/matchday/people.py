"""Who is meant by the names in the tables: buyers, and members of the directory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search import Member, Searcher, UnknownMember
from search.errors import SourceError
from search.lexical import fold

from ..security.emails import masked_member
from .hours import free_slots
from .values import Buyer, BuyerNeed, Participant, Slot, Where, Wish

__all__ = ["People", "Resolved", "buyers_of", "resolve"]

MAX_BY_NAME = 50_000
"""In a larger directory members are named by their ids: reading all names takes too long."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A wish between the number of a buyer and a member."""

    wish: Wish
    buyer: int
    member: Member


@dataclass(frozen=True, slots=True)
class People:
    """Wishes with whom they mean; what the table of participants says of members, and these members, by id."""

    wishes: tuple[Resolved, ...]
    registered: Mapping[str, Participant]
    members: Mapping[str, Member]


def buyers_of(
    needs: Sequence[BuyerNeed], participants: Iterable[Participant], slots: Sequence[Slot]
) -> tuple[Buyer, ...]:
    """The buyers, in the order of the table. What the table of participants says of languages counts before that of needs."""
    known = {_key(person.name): person for person in participants}
    names = dict.fromkeys(need.buyer for need in needs)
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(_key(name), name)
    buyers = []
    for key, name in by_key.items():
        own = tuple(number for number, need in enumerate(needs) if _key(need.buyer) == key)
        person = known.get(key)
        spoken = tuple(dict.fromkeys(code for number in own for code in needs[number].languages))
        away = person.away if person else ()
        buyers.append(Buyer(name, own, (person.languages if person else ()) or spoken, free_slots(slots, away)))
    return tuple(buyers)


def resolve(
    searcher: Searcher,
    buyers: Sequence[Buyer],
    wishes: Iterable[Wish],
    participants: Iterable[Participant],
    masked: bool = False,
) -> People:
    """Who is meant, by id or else by name; `masked` hides e-mail addresses. Raises SourceError, with file and line, for somebody unknown or a name that two bear."""
    numbers = {_key(buyer.name): number for number, buyer in enumerate(buyers)}
    members = _Members(searcher)
    shown = masked_member if masked else lambda member: member
    found = []
    for wish in wishes:
        number = numbers.get(_key(wish.buyer))
        if number is None:
            raise SourceError(
                f'{wish.where}: buyer: "{wish.buyer}" has no need; write the name as in the table of needs'
            )
        found.append(Resolved(wish, number, shown(members.find(wish.member, wish.where, "member"))))
    registered: dict[str, Participant] = {}
    coming: dict[str, Member] = {}
    for person in participants:
        if _key(person.name) not in numbers:
            member = members.find(person.name, person.where, "participant")
            registered[member.id] = person
            coming[member.id] = shown(member)
    return People(tuple(found), registered, coming)


class _Members:
    """Finds members by id or by name."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._by_name: dict[str, list[str]] | None = None

    def find(self, name: str, where: Where, field: str) -> Member:
        try:
            return self._searcher.member(name)
        except UnknownMember:
            ids = self._names().get(_key(name), [])
        if len(ids) == 1:
            return self._searcher.member(ids[0])
        if ids:
            raise SourceError(
                f'{where}: {field}: {len(ids)} members are called "{name}"; write an id: {", ".join(ids[:5])}'
            )
        hint = "write its id" if len(self._searcher) > MAX_BY_NAME else "write an id or a name of the directory"
        raise SourceError(f'{where}: {field}: no member "{name}"; {hint}')

    def _names(self) -> Mapping[str, list[str]]:
        if self._by_name is None:
            self._by_name = {}
            ids = self._searcher.languages_of_members() if len(self._searcher) <= MAX_BY_NAME else ()
            for member_id in ids:
                self._by_name.setdefault(_key(self._searcher.member(member_id).name), []).append(member_id)
        return self._by_name


def _key(name: str) -> str:
    return " ".join(fold(name).split())
