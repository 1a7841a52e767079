"""The page that composes a consortium: /consortium."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response

from search import Filters, InvalidQuery, Member, Searcher, UnknownMember
from search.checks import MAX_TOPIC_CHARS
from search.consortium import Consortium, WeightedNeed, named_profile, profile_names

from ..live import Live
from ..security import Masked
from ..security.emails import mask_emails, masked_consortium
from ..texts import texts_for
from .address import Address
from .asked import PARAMETERS, Asked
from .making import page_of

__all__ = ["add_consortium_page"]

COUNTRIES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class _Named:
    """A member that the address names and the answer may not show."""

    id: str
    name: str


def add_consortium_page(pages: APIRouter, live: Live) -> None:
    """Add the page to the others."""

    @pages.get("/consortium")
    def consortium_page(request: Request, masked: Masked) -> Response:
        searcher = live.searcher
        address = Address.read(request.query_params, request.headers.get("accept-language", ""), PARAMETERS)
        asked = Asked.read(address.parameters, searcher)
        found, problem = _composed(searcher, asked)
        if found is not None:
            asked = asked.with_needs(_needs(found))
            found = masked_consortium(found) if masked else found
        return page_of(
            request,
            "consortium.html",
            422 if problem else 200,
            manifest=searcher.manifest,
            address=replace(address, parameters=asked.parameters()),
            plain=replace(address, parameters=()),
            asked=asked.query,
            found=found,
            problem=texts_for(address.ui)[problem] if problem else "",
            gone=asked.gone,
            profiles=[named_profile(name) for name in profile_names()],
            countries=searcher.facets(Filters())["country"],
            shown=COUNTRIES_SHOWN,
            places={seat.member.id: place for place, seat in enumerate(found.seats, 1)} if found else {},
            banned=[_named(searcher, id, masked) for id in asked.query.banned],
            inside=[_named(searcher, id, masked) for id in (*asked.query.ours, *asked.query.locked)],
        )


def _composed(searcher: Searcher, asked: Asked) -> tuple[Consortium | None, str]:
    """The answer, or the key of the text that says why there is none, or neither where nothing is asked."""
    if not asked.query.needs and not asked.query.call.strip():
        return None, ""
    try:
        return searcher.consortium(asked.query), ""
    except InvalidQuery:
        if len(asked.query.call) > MAX_TOPIC_CHARS:
            return None, "too_long"
        return None, "unreadable" if "\0" in asked.query.call else "co_refused"


def _needs(found: Consortium) -> tuple[WeightedNeed, ...]:
    return tuple(WeightedNeed(need.text, need.weight) for need in found.needs)


def _named(searcher: Searcher, member_id: str, masked: bool) -> _Named:
    try:
        member: Member | None = searcher.member(member_id)
    except UnknownMember:
        member = None
    name = member.name if member else member_id
    return _Named(member_id, mask_emails(name) if masked else name)
