"""Who is seen over many searches.

The attention that a place on a page gets falls with its rank as 1 / log2(1 + rank), and ends with the page (Singh and Joachims 2018,
"Fairness of Exposure in Rankings"). Over a list of topics a member's exposure is the attention it gets, and what is due to it is the
same attention shared out, topic by topic, in proportion to relevance (equity of amortized attention: Biega and others 2018).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidQuery
from .searcher import Searcher
from .types import Member, Shortlist

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "GROUPINGS",
    "PAGE",
    "Exposure",
    "GroupExposure",
    "attention",
    "directory_of",
    "estimated_relevance",
    "exposure_of",
    "gini",
]

GROUPINGS = ("kind", "cluster", "country", "language")
"""Facets whose groups are reported."""
PAGE = 10

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroupExposure:
    """Members that have one value of a facet, and their shares, in 0..1: of the directory, of what is relevant, of what is seen.

    The groups of a facet share everything between them: a member of two clusters counts half in each. Languages are taken together
    ("en + fr" is a group of its own), and who does not say is in the group "".
    """

    facet: str
    group: str
    members: int
    of_directory: float
    of_relevance: float
    of_exposure: float

    @property
    def ratio(self) -> float | None:
        """Exposure for relevance: above 1 where the group is seen more than is due to it; None where nothing is due."""
        return self.of_exposure / self.of_relevance if self.of_relevance else None


@dataclass(frozen=True, slots=True)
class Exposure:
    """What members got of the attention paid to the first `depth` matches of `topics` topics.

    `gini` is that of exposure over all members: 0 where all are seen alike, near 1 where one has it all; `gini_due` is that of what is
    due. `unseen` is the share of members that no page showed, and `misplaced` the share of attention that would have to go to somebody
    else for all to get their due. `by_member` has each member's share of exposure, by id.
    """

    topics: int
    depth: int
    members: int
    gini: float
    gini_due: float
    unseen: float
    misplaced: float
    groups: tuple[GroupExposure, ...]
    by_member: Mapping[str, float]

    def of(self, facet: str) -> Iterator[GroupExposure]:
        """The groups of one facet, those with most members first."""
        return (group for group in self.groups if group.facet == facet)

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame, one row a group.

        Columns: facet, group (str), members (int), of_directory, of_relevance, of_exposure (float), ratio (float, NaN for none).
        """
        import pandas as pd

        columns = ["facet", "group", "members", "of_directory", "of_relevance", "of_exposure", "ratio"]
        rows = [
            (g.facet, g.group, g.members, g.of_directory, g.of_relevance, g.of_exposure, g.ratio) for g in self.groups
        ]
        return pd.DataFrame(rows, columns=columns).astype({"ratio": float})


def exposure_of(
    pages: Sequence[Shortlist],
    relevance: Sequence[Mapping[str, float]],
    directory: Sequence[Member],
    depth: int = PAGE,
) -> Exposure:
    """The exposure of every member of `directory` over one page a topic, of which the first `depth` matches are seen.

    pages: from the first match, of one snapshot; directory: all its members, see `directory_of`;
    relevance: by member id, of each topic in the same order, none below 0; grades of judged topics, or `estimated_relevance`. Members that
    are not in the directory count for nothing. Raises InvalidQuery where nothing is shown or nobody is relevant, a page shows somebody
    who is not in the directory, or `depth` is below 1.
    """
    if depth < 1:
        raise InvalidQuery(f"the depth of a page is {depth}, at least 1 is needed")
    row = {member.id: i for i, member in enumerate(directory)}
    seen, due = np.zeros(len(directory)), np.zeros(len(directory))
    for page, worth in zip(pages, relevance, strict=True):
        shown = [match.member.id for match in page.matches[:depth]]
        if stranger := next((member for member in shown if member not in row), None):
            raise InvalidQuery(
                f"the member {stranger!r} is shown and not in the directory; take both from one snapshot"
            )
        paid = attention(len(shown))
        for member, part in zip(shown, paid, strict=True):
            seen[row[member]] += part
        known = {row[member]: value for member, value in worth.items() if member in row and value > 0}
        total = sum(known.values())
        for i, value in known.items():
            due[i] += value / total * float(paid.sum())
    if not seen.any():
        raise InvalidQuery(f"none of the {len(pages)} topics has a match; there is no exposure to measure")
    if not due.any():
        raise InvalidQuery(f"nobody in the directory is relevant to any of the {len(pages)} topics; nothing is due")
    seen, due = seen / seen.sum(), due / due.sum()
    return Exposure(
        topics=len(pages),
        depth=depth,
        members=len(directory),
        gini=gini(seen),
        gini_due=gini(due),
        unseen=float(np.mean(seen == 0)),
        misplaced=float(np.abs(seen - due).sum() / 2),
        groups=tuple(group for facet in GROUPINGS for group in _groups(facet, directory, seen, due)),
        by_member={member.id: float(part) for member, part in zip(directory, seen, strict=True)},
    )


def attention(places: int) -> Column:
    """What each of the first places of a page gets: 1 / log2(1 + rank), shape (places,), float64."""
    return np.asarray(1 / np.log2(np.arange(places) + 2), np.float64)


def gini(values: Column) -> float:
    """Gini coefficient of values, none below 0: 0 where all are equal, (n - 1) / n where one of n has everything."""
    total = float(values.sum())
    if not total:
        return 0.0
    n = len(values)
    return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(values) / (n * total))


def estimated_relevance(shortlist: Shortlist) -> dict[str, float]:
    """The calibrated relevance of the members of a shortlist, by id: what is known of topics that nobody judged."""
    return {match.member.id: match.relevance for match in shortlist}


def directory_of(searcher: Searcher) -> list[Member]:
    """All members of a snapshot, read one by one: a second for some thousands."""
    return [searcher.member(id) for id in searcher.languages_of_members()]


def _groups(facet: str, directory: Sequence[Member], seen: Column, due: Column) -> list[GroupExposure]:
    """Those with most members first, then by name."""
    rows: dict[str, list[tuple[int, float]]] = {}
    for i, member in enumerate(directory):
        for group, part in _parts(facet, member):
            rows.setdefault(group, []).append((i, part))

    def group_of(name: str) -> GroupExposure:
        own = np.array([i for i, _ in rows[name]])
        parts = np.array([part for _, part in rows[name]])
        of_directory = float(parts.sum()) / len(directory)
        return GroupExposure(facet, name, len(own), of_directory, float(due[own] @ parts), float(seen[own] @ parts))

    return [group_of(name) for name in sorted(rows, key=lambda name: (-len(rows[name]), name))]


def _parts(facet: str, member: Member) -> list[tuple[str, float]]:
    """The groups that a member is in, and how much of it each has."""
    values = tuple(dict.fromkeys(member.facet(facet)))
    if facet == "language":
        return [(" + ".join(sorted(values)), 1.0)]
    return [(value, 1 / len(values)) for value in values] or [("", 1.0)]
