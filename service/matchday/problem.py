"""A timetable to be made, as numbers: what the solver is asked and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Effort", "Pair", "Placed", "Problem", "Refused", "Solution"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A meeting that could be: numbers of buyer, member and need, and what it is worth (above 0). `must` pairs stand once."""

    buyer: int
    member: int
    need: int
    value: int
    must: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Slots are numbered from 0. Free slots and caps are by number of buyer and of member; `wanted` caps meetings by need, where it says.

    Two pairs of one buyer and member, for different needs, are alternatives. Pairs that must never be are not among them.
    """

    slots: int
    tables: int
    pairs: tuple[Pair, ...]
    buyer_free: tuple[frozenset[int], ...]
    member_free: tuple[frozenset[int], ...]
    buyer_caps: tuple[int, ...]
    member_caps: tuple[int, ...]
    wanted: Mapping[int, int] = field(default_factory=dict)

    def common(self, pair: Pair) -> list[int]:
        """Slots in which both are free, in order."""
        return sorted(self.buyer_free[pair.buyer] & self.member_free[pair.member])


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to try. `work` is in the solver's own units (about a second each on one core), which end at the same point of the search on
    every machine; `seconds` of the clock end it all the same, at the price of a result that may differ next time."""

    seed: int = 0
    work: float = 10.0
    seconds: float = 50.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A pair, by its number in the problem, in a slot."""

    pair: int
    slot: int


@dataclass(frozen=True, slots=True)
class Solution:
    """Placed pairs, in order of slot; the must pairs left out, with the numbers of those they are at odds with and the limits at work.

    `best` is true where no choice and no order is better, `in_time` false where the clock ended the work.
    """

    placed: tuple[Placed, ...]
    refused: tuple["Refused", ...] = ()
    gaps: int = 0
    best: bool = True
    in_time: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """A must pair that cannot be kept. `limits` are tuples of a kind and a number: ("buyer cap", 3), ("member away", 7), ("tables", 0)."""

    pair: int
    beside: tuple[int, ...]
    limits: tuple[tuple[str, int], ...]
