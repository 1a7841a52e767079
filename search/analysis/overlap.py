"""Who does what others do: how often the members of two groups are neighbours, against chance."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..searcher import Searcher
from .members import largest_groups, member_vectors, nearest

__all__ = ["Groups", "Overlap", "groups_of_members", "overlap"]

NEIGHBOURS = 10
MOST = 14
"""Groups shown, the largest: more cannot be read in one table."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Members by the values of a facet. belongs: shape (n_members, n_values), bool; a member may be in several groups, or in none."""

    facet: str
    values: tuple[str, ...]
    belongs: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Overlap:
    """lift: groups by groups, symmetric; how many times more often their members are neighbours than chance would have it. 1 is chance,
    the diagonal says how alike the members of one group are. NaN where chance expects no neighbours at all.

    pairs: one row a pair of different groups, the largest lift first: first, second, lift, neighbours (int), expected, and the names of
    the two members nearest to each other with their cosine: member_of_first, member_of_second, cosine.
    """

    facet: str
    lift: pd.DataFrame
    pairs: pd.DataFrame


def groups_of_members(partners: Searcher, facet: str = "cluster", at_most: int = MOST) -> Groups:
    """The `at_most` largest groups of a facet, in alphabetical order. Raises InvalidQuery where there is no such facet."""
    directory = partners.snapshot.directory
    values = largest_groups(partners, facet, at_most)
    belongs = np.zeros((directory.size, len(values)), np.bool_)
    for position in range(directory.size):
        own = directory.member(position).facet(facet)
        belongs[position] = [value in own for value in values]
    return Groups(facet, values, belongs)


def overlap(partners: Searcher, facet: str = "cluster", at_most: int = MOST) -> Overlap:
    """Compare the groups of a facet two by two.

    Each member has ten neighbours, the members whose capabilities are nearest to its own. The lift of two groups A and B is the number of
    neighbours that members of A have in B, and members of B in A, over the number expected if neighbours were drawn at random. It does
    not favour large groups, nor those who write the same language: language means are subtracted. Raises InvalidQuery where there is no
    such facet.
    """
    groups = groups_of_members(partners, facet, at_most)
    vectors = member_vectors(partners)
    found = nearest(vectors, NEIGHBOURS)
    belongs = groups.belongs.astype(np.float64)
    count, k = found.shape
    by_group = belongs[found].sum(axis=1)  # of each member: neighbours by group
    links = belongs.T @ by_group
    possible = belongs.T @ (belongs.sum(axis=0) - belongs)  # of each pair of groups: ordered pairs of different members
    expected = k * possible / max(count - 1, 1)
    links, expected = links + links.T, expected + expected.T
    lift = np.divide(links, expected, out=np.full_like(links, np.nan), where=expected > 0)
    names = [partners.snapshot.directory.member(position).name for position in range(count)]
    rows = []
    for a, b in combinations(range(len(groups.values)), 2):
        first, second, cosine = _closest(vectors, groups.belongs[:, a], groups.belongs[:, b])
        rows.append((
            groups.values[a], groups.values[b], lift[a, b], int(links[a, b]), expected[a, b],
            names[first] if first >= 0 else "", names[second] if second >= 0 else "", cosine,
        ))  # fmt: skip
    columns = ["first", "second", "lift", "neighbours", "expected", "member_of_first", "member_of_second", "cosine"]
    pairs = pd.DataFrame(rows, columns=columns).sort_values(["lift", "first", "second"], ascending=[False, True, True])
    labels = pd.Index(groups.values, name=facet)
    return Overlap(facet, pd.DataFrame(lift, index=labels, columns=labels), pairs.reset_index(drop=True))


def _closest(
    vectors: NDArray[np.float32], first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> tuple[int, int, float]:
    """Rows of the two different members nearest to each other, one of each group, none of both groups; -1 where there are none."""
    rows, columns = np.flatnonzero(first & ~second), np.flatnonzero(second & ~first)
    if not (len(rows) and len(columns)):
        return -1, -1, float("nan")
    likeness = vectors[rows] @ vectors[columns].T
    i, j = np.unravel_index(int(likeness.argmax()), likeness.shape)
    return int(rows[i]), int(columns[j]), float(likeness[i, j])
