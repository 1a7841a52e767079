"""Who could sit in a consortium, and how relevant each is to each need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..checks import MAX_TOPIC_CHARS
from ..types import Evidence, Filters, Match, Member, Query, Shortlist
from .coverage import Floats
from .rules import Rule
from .types import ConsortiumQuery, WeightedNeed

__all__ = ["Answer", "Candidates", "found_needs", "gathered", "widened"]

A_NEED = 20
"""Members considered for each need."""
WIDENED, BY_RULE = 1_000, 200
"""Members considered where rules cannot be held by the first: of everybody, and of those that a rule is about."""

Answer = Callable[[Sequence[Query]], list[Shortlist]]
"""What answers queries, as `Searcher.answer`."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Members in order of id. relevance: to each need, shape (n_members, n_needs), 0 where a need did not find the member;
    standing: what a member is worth beyond, shape (n_members,); evidence: by place of member and need, its words for it."""

    members: tuple[Member, ...]
    relevance: Floats
    standing: Floats
    evidence: dict[tuple[int, int], Evidence]
    languages: tuple[str, ...]
    total: int
    snapshot: str

    def places(self, ids: Sequence[str]) -> tuple[int, ...]:
        """The places of members, each once, ascending."""
        place = {member.id: i for i, member in enumerate(self.members)}
        return tuple(sorted({place[id] for id in ids}))


def found_needs(answer: Answer, call: str) -> tuple[WeightedNeed, ...]:
    """The needs found in a text, or the whole of it where it is short or has fewer than two."""
    found = answer([Query(call, limit=1)])[0].needs
    return tuple(WeightedNeed(need.text) for need in found) or (WeightedNeed(call.strip()),)


def gathered(answer: Answer, query: ConsortiumQuery, needs: Sequence[WeightedNeed]) -> Candidates:
    """The members most relevant to each need, and those already chosen."""
    inside = _inside(query)
    outside = [Query(n.text, query.filters, A_NEED, exclude=(*query.banned, *inside)) for n in needs]
    named = [Query(n.text, limit=len(inside), only=inside) for n in needs] if inside else []
    answers = answer([*outside, *named])
    shortlists, chosen = answers[: len(needs)], answers[len(needs) :]
    matches = [(i, m) for found in (shortlists, chosen) for i, shortlist in enumerate(found) for m in shortlist]
    return _collected(matches, shortlists, len(needs))


def widened(
    answer: Answer, query: ConsortiumQuery, needs: Sequence[WeightedNeed], rules: Sequence[Rule], before: Candidates
) -> Candidates:
    """The same and many more members, near to the needs as a whole, so that rules can be held by somebody who serves none of them."""
    whole = "\n\n".join(need.text for need in needs)[:MAX_TOPIC_CHARS]
    excluded = (*query.banned, *_inside(query))
    nearest = answer([Query(whole, query.filters, WIDENED, exclude=excluded)])
    if nearest[0].total > WIDENED:
        narrowed = [filters for rule in rules if (filters := _of(rule, query.filters)) is not None]
        nearest += answer([Query(whole, filters, BY_RULE, exclude=excluded) for filters in narrowed])
    more = {match.member.id: match for shortlist in nearest for match in shortlist}
    known = {member.id: i for i, member in enumerate(before.members)}
    members = sorted([*before.members, *(m.member for m in more.values() if m.member.id not in known)], key=_id)
    relevance, standing = np.zeros((len(members), len(needs))), np.zeros(len(members))
    place: dict[int, int] = {}
    for i, member in enumerate(members):
        if member.id in more:
            standing[i] = more[member.id].relevance
        if member.id in known:
            place[known[member.id]] = i
            relevance[i] = before.relevance[known[member.id]]
            standing[i] = max(standing[i], before.standing[known[member.id]])
    evidence = {(place[i], need): said for (i, need), said in before.evidence.items()}
    return Candidates(tuple(members), relevance, standing, evidence, before.languages, before.total, before.snapshot)


def _collected(matches: Sequence[tuple[int, Match]], shortlists: Sequence[Shortlist], needs: int) -> Candidates:
    members = sorted({match.member.id: match.member for _, match in matches}.values(), key=_id)
    place = {member.id: i for i, member in enumerate(members)}
    relevance = np.zeros((len(members), needs))
    evidence = {}
    for need, match in matches:
        relevance[place[match.member.id], need] = match.relevance
        evidence[place[match.member.id], need] = match.evidence[0]
    return Candidates(
        tuple(members),
        relevance,
        relevance.max(axis=1, initial=0.0),
        evidence,
        tuple(shortlist.language for shortlist in shortlists),
        shortlists[0].total,
        shortlists[0].snapshot,
    )


def _inside(query: ConsortiumQuery) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*query.ours, *query.locked)))


def _of(rule: Rule, filters: Filters) -> Filters | None:
    """Filters for those a rule is about, None where it is about everybody."""

    def both(allowed: tuple[str, ...] | None, wanted: frozenset[str] | None) -> tuple[str, ...] | None:
        if wanted is None:
            return allowed
        return tuple(sorted(wanted if allowed is None else wanted.intersection(allowed)))

    if rule.countries is None and rule.kinds is None and rule.clusters is None:
        return None
    return Filters(
        both(filters.country, rule.countries),
        both(filters.cluster, rule.clusters),
        both(filters.kind, rule.kinds),
        filters.sector,
        filters.language,
    )


def _id(member: Member) -> str:
    return member.id
