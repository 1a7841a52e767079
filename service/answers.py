"""Answers as JSON bytes, in the shape that `schemas` documents.

Written straight from the core's values: building and validating a model of each answer took longer than finding it. Members are written
once and kept, since the same ones answer again and again.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import orjson
from cachetools import LRUCache, cached

from search import Match, Member, Shortlist

from .schemas import MemberOut
from .security.emails import mask_emails, masked_member

__all__ = ["answer_json", "answers_json", "member_json", "member_out"]

KEPT_BYTES = 16_000_000


def answer_json(shortlist: Shortlist, masked: bool = True) -> bytes:
    """A `schemas.SearchResponse`; masked: without the e-mail addresses in what members say."""
    return orjson.dumps(_answer(shortlist, masked))


def answers_json(shortlists: Sequence[Shortlist], masked: bool = True) -> bytes:
    """A `schemas.BatchResponse`."""
    return orjson.dumps({"answers": [_answer(shortlist, masked) for shortlist in shortlists]})


def member_json(member: Member, masked: bool = True) -> bytes:
    """A `schemas.MemberOut`; by way of the model, since a source's unknown keys may hold numbers that are beyond 64 bits."""
    return member_out(member, masked).model_dump_json().encode()


def member_out(member: Member, masked: bool = True) -> MemberOut:
    """A member as a model; masked: without the e-mail addresses in what it says."""
    if masked:
        member = masked_member(member)
    known = {
        "id": member.id,
        "name": member.name,
        "clusters": list(member.clusters),
        "country": member.country,
        "city": member.city,
        "kind": member.kind,
        "employees": member.employees,
        "website": member.website,
        "sectors": list(member.sectors),
        "languages": list(member.languages),
        "descriptions": dict(member.descriptions),
        "updated": member.updated,
        "extra": dict(member.extra),
    }
    return MemberOut.model_validate({**member.extra, **known})


def _answer(shortlist: Shortlist, masked: bool) -> dict[str, Any]:
    return {
        "topic": shortlist.topic,
        "language": shortlist.language,
        "snapshot": shortlist.snapshot,
        "took_ms": shortlist.took_ms,
        "total": shortlist.total,
        "answerable": shortlist.answerable,
        "matches": [_match(match, shortlist.snapshot, masked) for match in shortlist],
        "facets": shortlist.facets,
        "needs": [
            {"text": need.text, "start": need.start, "end": need.end, "probability": need.probability}
            for need in shortlist.needs
        ],
    }


def _match(match: Match, snapshot: str, masked: bool) -> dict[str, Any]:
    said = match.member.descriptions
    return {
        "rank": match.rank,
        "score": match.score,
        "relevance": match.relevance,
        "member": orjson.Fragment(_kept_member_json(match.member, snapshot, masked)),
        "evidence": [
            {
                # Quoted from the masked description: a passage may begin or end within an address.
                "text": mask_emails(said[e.description])[e.start : e.end] if masked else e.text,
                "language": e.language,
                "score": e.score,
                "description": e.description,
                "start": e.start,
                "end": e.end,
                "marks": e.marks,
            }
            for e in match.evidence
        ],
        "needs": match.needs,
    }


@cached(
    LRUCache(KEPT_BYTES, getsizeof=len),
    key=lambda member, snapshot, masked: (snapshot, member.id, masked),
    lock=Lock(),
)
def _kept_member_json(member: Member, snapshot: str, masked: bool) -> bytes:
    return member_json(member, masked)
