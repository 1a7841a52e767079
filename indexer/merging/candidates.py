"""Which members are worth comparing: those that share something rare. Their pairs grow in number with the members, not with their square."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from .profiles import Collection, Profile

__all__ = ["Candidates"]

MAX_BLOCK = 12
"""All pairs are compared of so many members that share something; of more, those whose names are neighbours in the alphabet."""
NEIGHBOURS = 4
RARE_WORDS = 2
"""So many of the rarest words of a name are looked up."""
ENDS = 4
"""Letters at either end of a word, one of which most typing errors leave as it is."""


class Candidates:
    """Blocks of members that share something, by what they share."""

    def __init__(self) -> None:
        self._blocks: dict[str, set[str]] = defaultdict(set)

    def replace(self, gone: Iterable[Profile], new: Iterable[Profile], collection: Collection) -> set[str]:
        """Take members out and put others in; the blocks that this changes."""
        changed = set()
        for profile in gone:
            for key in _keys(profile, collection):
                self._blocks[key].discard(profile.member.id)
                changed.add(key)
        for profile in new:
            for key in _keys(profile, collection):
                self._blocks[key].add(profile.member.id)
                changed.add(key)
        return changed

    def pairs(self, blocks: Iterable[str], profiles: Mapping[str, Profile]) -> set[tuple[str, str]]:
        """Pairs of ids within some blocks, the smaller id first."""
        found: set[tuple[str, str]] = set()
        for key in blocks:
            if len(self._blocks[key]) > 1:
                found.update((min(pair), max(pair)) for pair in _pairs_within(self._blocks[key], profiles))
        return found


def _keys(profile: Profile, collection: Collection) -> set[str]:
    """What members that might be one organisation have in common."""
    keys = {f"site {site}"} if (site := collection.site(profile)) else set()
    for name in profile.names:
        keys |= {f"name {name.key}", f"run {name.run_together}"}
        rare = sorted((-collection.rarity(word), word) for word in set(name.words))
        keys |= {f"word {word}" for rarity, word in rare[:RARE_WORDS] if rarity < -0.2}
        keys |= {f"acronym {acronym}" for acronym in (name.acronyms | name.initials | {name.as_acronym}) - {""}}
        for _, word in rare[:1]:
            keys |= {f"letters {''.join(sorted(word))}", f"sound {_consonants(word)}"}
            keys |= {f"{end} in {town}" for end in (f"{word[:ENDS]}-", f"-{word[-ENDS:]}") for town in profile.town}
    return keys


def _consonants(word: str) -> str:
    """The consonants, doubles once; the word itself where it has hardly any."""
    letters = [letter for letter in word if letter not in "aeiouy"]
    once = "".join(letter for i, letter in enumerate(letters) if i == 0 or letters[i - 1] != letter)
    return once if len(once) >= 3 else word


def _pairs_within(block: set[str], profiles: Mapping[str, Profile]) -> Iterator[tuple[str, str]]:
    """All pairs of a small block; of a large one the neighbours by name, in the whole block and in each town."""
    in_order = sorted(block)
    if len(block) <= MAX_BLOCK:
        yield from ((one, other) for i, one in enumerate(in_order) for other in in_order[i + 1 :])
        return
    in_order.sort(key=lambda member: profiles[member].names[0].key)
    yield from _neighbours(in_order)
    towns: dict[str, list[str]] = defaultdict(list)
    for member in in_order:
        for town in profiles[member].town:
            towns[town].append(member)
    for within in towns.values():
        yield from _neighbours(within)


def _neighbours(in_order: list[str]) -> Iterator[tuple[str, str]]:
    for step in range(1, NEIGHBOURS + 1):
        yield from zip(in_order, in_order[step:], strict=False)
