"""Mask e-mail addresses in what members wrote, so that a directory is not a mailing list.

A masked text is as long as it was, so that every place in it (evidence, marks) stays where it is.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from search import Evidence, Match, Member, Shortlist
from search.consortium import Alternate, Consortium, Role, Seat

__all__ = ["mask_emails", "masked_consortium", "masked_member", "masked_shortlist"]

KEPT_TEXTS, KEPT_CHARS = 10_000, 2_000
"""Masked texts that are kept, since the same members are shown again and again; longer ones are masked anew."""

# An address is found by its @ and its domain, and its local part by walking back from there: time grows with the text alone.
_ADDRESS = re.compile(
    r"""
    (?: (?P<sign> [@＠﹫] ) | %40 | &\#0*64; | &\#x0*40; | &commat; | [(\[{<] \s? (?:at|@|arr?obase) \s? [)\]}>] )
    (?P<gap> \s{0,2} )
    (?: [^\s.．。,;:@＠﹫%&\#/\\<>()\[\]{}"'?=]{1,63} (?: [.．。] | \s? [(\[{<] \s? (?:dot|point) \s? [)\]}>] \s? ) ){1,12}
    [^\W\d_]{2}
    |
    \s (?: at (?= \s [\w-]{1,63} \s dot \s [a-z]{2} ) | arr?obase (?= \s [\w-]{1,63} \s point \s [a-z]{2} ) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENDS_A_LOCAL_PART = frozenset('()<>[],;:\\"@＠﹫')
_MAY_BEGIN_ONE = re.compile(r".*[/'=?&#|{}](?=[^/'=?&#|{}])", re.DOTALL)


def mask_emails(text: str) -> str:
    """The text with the part before the @ of every address replaced by *, but for its first letter where it has three; as long as before.

    Addresses written for people ("jean (at) acme.fr", "jean at acme dot fr") or for the web ("jean%40acme.fr") count too.
    """
    return _masked_before(text) if len(text) <= KEPT_CHARS else _masked_text(text)


def _masked_text(text: str) -> str:
    pieces, done = [], 0
    for found in _ADDRESS.finditer(text):
        start, end = _local_part(text, done, found)
        local = text[start:end]
        pieces += [text[done:start], local[0] + "*" * (len(local) - 1) if len(local) > 2 else "*" * len(local)]
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


_masked_before = lru_cache(maxsize=KEPT_TEXTS)(_masked_text)


def _local_part(text: str, floor: int, found: re.Match[str]) -> tuple[int, int]:
    """Where the part before the @ stands, from `floor` on; an empty place where the @ is that of a name in a network (@acme.fr)."""
    end = found.start()
    while end > floor and found.start() - end < 2 and text[end - 1].isspace():
        end -= 1
    if found["sign"] and not found["gap"] and (end < found.start() or text[end - 1 : end] == "/"):
        return end, end
    if text[end - 1 : end] == '"' and (opening := text.rfind('"', max(floor, end - 66), end - 1)) >= 0:
        return opening + 1, end - 1
    start = end
    while start > floor and not text[start - 1].isspace() and text[start - 1] not in _ENDS_A_LOCAL_PART:
        start -= 1
    before = _MAY_BEGIN_ONE.match(text, start, end)
    return before.end() if before else start, end


def masked_member(member: Member) -> Member:
    """The member with addresses masked in all it says. Its id, clusters and sectors are names to ask by and stay."""
    return replace(
        member,
        name=mask_emails(member.name),
        city=member.city and mask_emails(member.city),
        website=member.website and mask_emails(member.website),
        descriptions={code: mask_emails(text) for code, text in member.descriptions.items()},
        extra={mask_emails(key): _masked(value) for key, value in member.extra.items()},
    )


def masked_shortlist(shortlist: Shortlist) -> Shortlist:
    """The shortlist with addresses masked in its members and evidence; every place in a text stays valid."""
    return replace(shortlist, matches=tuple(_masked_match(match) for match in shortlist.matches))


def masked_consortium(consortium: Consortium) -> Consortium:
    """The consortium with addresses masked in its members and what they say; needs are the caller's own words and stay."""
    return replace(
        consortium,
        seats=tuple(_masked_seat(seat) for seat in consortium.seats),
        needs=tuple(replace(need, nearest=need.nearest and masked_member(need.nearest)) for need in consortium.needs),
    )


def _masked_seat(seat: Seat) -> Seat:
    member = masked_member(seat.member)
    alternates = tuple(_masked_alternate(alternate) for alternate in seat.alternates)
    return replace(seat, member=member, roles=_masked_roles(seat.roles, member), alternates=alternates)


def _masked_alternate(alternate: Alternate) -> Alternate:
    member = masked_member(alternate.member)
    return replace(alternate, member=member, roles=_masked_roles(alternate.roles, member))


def _masked_roles(roles: tuple[Role, ...], member: Member) -> tuple[Role, ...]:
    return tuple(replace(role, evidence=_quoted(role.evidence, member)) for role in roles)


def _masked_match(match: Match) -> Match:
    member = masked_member(match.member)
    return replace(match, member=member, evidence=tuple(_quoted(evidence, member) for evidence in match.evidence))


def _quoted(evidence: Evidence, member: Member) -> Evidence:
    """Quoted again from the masked description, since a passage may begin or end within an address."""
    return replace(evidence, text=member.descriptions[evidence.description][evidence.start : evidence.end])


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask_emails(value)
    if isinstance(value, Mapping):
        return {mask_emails(key): _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    return value
