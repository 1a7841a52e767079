"""Which pairs of members are worth comparing: those that share something rare. Their number grows with that of the members."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .profiles import Collection, Profile

__all__ = ["candidate_pairs"]

MAX_BLOCK = 12
"""All pairs are compared of so many members that share something; of more, those whose names are neighbours in the alphabet."""
NEIGHBOURS = 6
RARE_WORDS = 2
"""So many of the rarest words of a name are looked up."""
ENDS = 4
"""Letters at either end of a word, one of which most typing errors leave as it is."""

Pairs = NDArray[np.int64]


def candidate_pairs(profiles: Sequence[Profile], collection: Collection) -> Pairs:
    """Pairs of places in `profiles`, the smaller first, each once, in order: shape (n_pairs, 2)."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, profile in enumerate(profiles):
        for key in _keys(profile, collection):
            blocks[key].append(place)
    codes = array("q")
    for block in blocks.values():
        if len(block) > 1:
            for one, other in _pairs_within(block, profiles):
                codes.append(min(one, other) * len(profiles) + max(one, other))
    found = np.unique(np.frombuffer(codes, np.int64)) if codes else np.empty(0, np.int64)
    return np.stack(np.divmod(found, max(1, len(profiles))), axis=1)


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


def _pairs_within(block: list[int], profiles: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    """All pairs of a small block; of a large one the neighbours by name, in the whole block and in each town."""
    if len(block) <= MAX_BLOCK:
        yield from ((one, other) for i, one in enumerate(block) for other in block[i + 1 :])
        return
    in_order = sorted(block, key=lambda place: (profiles[place].names[0].key, place))
    yield from _neighbours(in_order)
    towns: dict[str, list[int]] = defaultdict(list)
    for place in in_order:
        for town in profiles[place].town:
            towns[town].append(place)
    for within in towns.values():
        yield from _neighbours(within)


def _neighbours(in_order: list[int]) -> Iterator[tuple[int, int]]:
    for step in range(1, NEIGHBOURS + 1):
        yield from zip(in_order, in_order[step:], strict=False)
