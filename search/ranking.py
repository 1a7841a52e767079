"""From scores of passages to an order of members."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .directory import Selection
from .diversity import POOL, diversified
from .fairness import fair_order, lucks
from .fusion import Candidates, Fusion
from .language import unit_rows
from .relevance import relevance_of
from .snapshot import Snapshot
from .types import Query

__all__ = ["Ranked", "rank"]

FIRST_DEPTH = 1_000
"""Candidates by language and signal; a ranking that must go further down takes four times as many, again and again."""

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A member's row number, its score, and the candidates it was found among."""

    position: int
    score: float
    candidates: Candidates


def rank(snapshot: Snapshot, fusion: Fusion, selection: Selection, query: Query, is_long: bool) -> list[Ranked]:
    """Members best first, at least down to the end of the page that `query` asks for; fewer where there are no more.

    A member's score is that of its best passage; ties are in order of id. Members found with more candidates come after those found with
    fewer, and diversity and fairness change the order of the first `POOL` only, so that a page never depends on how far down another page
    reaches. is_long: whether the topic was split into needs.
    """
    needed = query.offset + query.limit
    reordered = query.diversity > 0 or query.fairness > 0
    ranked = _by_score(snapshot, fusion, selection, max(needed, POOL) if reordered else needed)
    if not reordered or len(ranked) < 2:
        return ranked
    pool, rest = ranked[:POOL], ranked[POOL:]
    if query.diversity:
        scores = np.array([found.score for found in pool], np.float32)
        pool = [pool[i] for i in diversified(scores, _nearest(snapshot, pool), query.diversity)]
    if query.fairness:
        pool = _taking_turns(snapshot, fusion, pool, query, is_long)
    return pool + rest


def _by_score(snapshot: Snapshot, fusion: Fusion, selection: Selection, needed: int) -> list[Ranked]:
    passages = selection.passages
    available = snapshot.manifest.counts["passages"] if passages is None else int(np.count_nonzero(passages))
    ranked: list[Ranked] = []
    before = np.empty(0, np.int64)
    depth = FIRST_DEPTH
    while available:
        candidates = fusion.candidates(passages, depth)
        members, scores = _best_by_member(snapshot, candidates, selection)
        if len(before):
            new = ~np.isin(members, before)
            members, scores = members[new], scores[new]
        order = np.argsort(-scores, kind="stable")[: needed - len(ranked)]
        ranked.extend(Ranked(int(members[i]), float(scores[i]), candidates) for i in order)
        if len(ranked) >= needed or depth >= available:
            break
        before = np.union1d(before, members)
        depth *= 4
    return ranked


def _best_by_member(snapshot: Snapshot, candidates: Candidates, selection: Selection) -> tuple[Rows, Scores]:
    """Row numbers of the members found, ascending, and the score of the best passage of each."""
    place, members = snapshot.directory.users(candidates.rows)
    if selection.members is not None:
        kept = selection.members[members]
        place, members = place[kept], members[kept]
    order = np.argsort(members, kind="stable")
    members, scores = members[order], candidates.scores[place[order]]
    first = np.flatnonzero(np.diff(members, prepend=-1))
    return members[first], np.maximum.reduceat(scores, first) if len(first) else scores


def _nearest(snapshot: Snapshot, ranked: Sequence[Ranked]) -> Scores:
    """The vector of the passage that each member was found by: unit rows, shape (n, dim), float32."""
    rows = []
    for found in ranked:
        passages = snapshot.directory.passages(found.position)
        rows.append(passages[int(np.argmax(found.candidates.scores_of(passages)))])
    return unit_rows(snapshot.vectors.rows(np.array(rows, np.int64))[:, :-1])


def _taking_turns(
    snapshot: Snapshot, fusion: Fusion, ranked: Sequence[Ranked], query: Query, is_long: bool
) -> list[Ranked]:
    """The same members in a fair order, by the relevance that their matches will show."""
    passages = [snapshot.directory.passages(found.position) for found in ranked]
    sizes = [len(own) for own in passages]
    cosines, _ = fusion.cosines_and_needs(np.concatenate(passages))
    nearest = np.maximum.reduceat(cosines, np.cumsum([0, *sizes[:-1]]))
    relevance = [relevance_of(found.score, float(near), is_long) for found, near in zip(ranked, nearest, strict=True)]
    luck = lucks(query.topic, [snapshot.directory.id_of(found.position) for found in ranked], sizes)
    return [ranked[i] for i in fair_order(relevance, luck, query.fairness)]
