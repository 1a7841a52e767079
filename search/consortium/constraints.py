"""Rules as constraints on sets of members, known by their place among the candidates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import Member
from .rules import Rule

__all__ = ["Constraint"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule for some candidates. What is unknown of a member counts against it: not towards `at_least`, but towards `at_most`.

    sure, possible: whether a member surely, or perhaps, brings a value; shape (n_members, n_values).
    """

    sure: Flags
    possible: Flags
    at_least: int
    at_most: int | None

    @classmethod
    def of(cls, rule: Rule, members: Sequence[Member]) -> "Constraint":
        """The rule for these candidates, in their order."""
        counting = [rule.values(member) if rule.counts(member) is not False else () for member in members]
        column = {value: i for i, value in enumerate(dict.fromkeys(value for own in counting for value in own))}
        possible = np.zeros((len(members), len(column)), np.bool_)
        for row, own in enumerate(counting):
            possible[row, [column[value] for value in own]] = True
        is_sure = np.array([rule.is_sure(member) for member in members], np.bool_)
        return cls(possible & is_sure[:, None], possible, rule.at_least or 0, rule.at_most)

    def broken_by(self, members: Sequence[int]) -> int:
        """By how much these members miss the rule; 0 where it holds."""
        chosen = list(members)
        return int(self._missed(self.sure[chosen].any(axis=0).sum(), self.possible[chosen].any(axis=0).sum()))

    def broken_with(self, members: Sequence[int]) -> NDArray[np.int64]:
        """The same for these members and one more, for each candidate: shape (n_members,)."""
        chosen = list(members)
        sure = (self.sure | self.sure[chosen].any(axis=0)).sum(axis=1)
        if self.at_most is None:
            return np.asarray(np.maximum(0, self.at_least - sure), np.int64)
        possible = (self.possible | self.possible[chosen].any(axis=0)).sum(axis=1)
        return np.asarray(self._missed(sure, possible), np.int64)

    def _missed(self, sure: np.int64 | NDArray[np.int64], possible: np.int64 | NDArray[np.int64]) -> NDArray[np.int64]:
        too_many = 0 if self.at_most is None else np.maximum(0, possible - self.at_most)
        return np.asarray(np.maximum(0, self.at_least - sure) + too_many)
