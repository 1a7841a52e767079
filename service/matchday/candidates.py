"""Members that answer the needs, by search."""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice

from indexer.progress import Progress
from search import Filters, Match, Query, Searcher
from search.lexical import fold

from ..security.emails import masked_shortlist
from .people import People
from .values import Buyer, BuyerNeed, Candidate, Invited

__all__ = ["candidates_of"]

TOGETHER = 16
Key = tuple[int, str]
"""A buyer's number and a member's id."""


def candidates_of(
    searcher: Searcher,
    needs: Sequence[BuyerNeed],
    buyers: Sequence[Buyer],
    people: People,
    invited: Invited,
    masked: bool,
    progress: Progress,
) -> tuple[tuple[Candidate, ...], Mapping[str, float]]:
    """Who could meet whom for what, buyer by buyer and the most relevant first; and the best relevance seen of each registered member.

    Those who must be met are candidates whoever is invited, for the need of the buyer that they answer best. Pairs that must never be,
    or have been, are none, and neither is a buyer that is a member itself. `masked` hides e-mail addresses.
    """
    progress.step("Matching needs with members", len(needs))
    barred = {(w.buyer, w.member.id) for w in people.wishes if w.wish.kind != "must"}
    musts = {(w.buyer, w.member.id) for w in people.wishes if w.wish.kind == "must"} - barred
    filters = Filters.from_lists({"kind": invited.kinds, "cluster": invited.clusters, "country": invited.countries})
    registered = tuple(people.registered)
    queries = [_query(need, filters, invited, registered) for need in needs]
    found = (
        _answers(searcher, queries, masked, progress)
        if registered or not invited.registered_only
        else [()] * len(needs)
    )
    seen: dict[str, float] = {}
    candidates: list[Candidate] = []
    for number, buyer in enumerate(buyers):
        own = fold(buyer.name)
        for need in buyer.needs:
            for match in found[need]:
                member_id = match.member.id
                seen[member_id] = max(seen.get(member_id, 0.0), match.relevance)
                excluded = (number, member_id) in barred | musts or fold(match.member.name) == own
                if match.relevance >= invited.min_relevance and not excluded:
                    candidates.append(_candidate(number, need, match, people))
        candidates += _musts(searcher, number, buyer, needs, musts, people, masked)
    return tuple(candidates), {member_id: seen.get(member_id, 0.0) for member_id in registered}


def _query(need: BuyerNeed, filters: Filters, invited: Invited, registered: tuple[str, ...]) -> Query:
    if invited.registered_only:
        return Query(need.text, filters, max(1, len(registered)), only=registered)
    return Query(need.text, filters, invited.per_need)


def _answers(searcher: Searcher, queries: Iterable[Query], masked: bool, progress: Progress) -> list[tuple[Match, ...]]:
    found: list[tuple[Match, ...]] = []
    rest = iter(queries)
    while batch := list(islice(rest, TOGETHER)):
        answers = searcher.answer(batch)
        found += [(masked_shortlist(answer) if masked else answer).matches for answer in answers]
        progress.advance(len(batch))
    return found


def _musts(
    searcher: Searcher,
    number: int,
    buyer: Buyer,
    needs: Sequence[BuyerNeed],
    musts: Set[Key],
    people: People,
    masked: bool,
) -> list[Candidate]:
    """Those a buyer must meet, each for the need it answers best."""
    ids = tuple(sorted(member_id for who, member_id in musts if who == number))
    if not ids:
        return []
    queries = [Query(needs[need].text, limit=len(ids), only=ids) for need in buyer.needs]
    best: dict[str, tuple[float, int, Match]] = {}
    for need, shortlist in zip(buyer.needs, searcher.answer(queries), strict=True):
        for match in masked_shortlist(shortlist) if masked else shortlist:
            if match.member.id not in best or match.relevance > best[match.member.id][0]:
                best[match.member.id] = (match.relevance, need, match)
    return [_candidate(number, need, match, people, must=True) for _, (_, need, match) in sorted(best.items())]


def _candidate(buyer: int, need: int, match: Match, people: People, must: bool = False) -> Candidate:
    member = match.member
    person = people.registered.get(member.id)
    evidence = match.evidence[0] if match.evidence else None
    spoken = (person.languages if person else ()) or member.languages
    return Candidate(buyer, need, member, match.relevance, evidence, spoken, must)
