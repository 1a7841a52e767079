"""JSON under /v1/consortium."""

from fastapi import APIRouter

from search.consortium import check_members, named_profile, profile_names

from ..live import Live
from ..problems import RESPONSES, described
from ..security import Masked
from .answers import (
    CheckResponse,
    ConsortiumResponse,
    ProfilesResponse,
    check_response,
    consortium_response,
    profiles_response,
)
from .requests import CheckRequest, ConsortiumRequest

__all__ = ["consortium_api"]

UNKNOWN = described(404, "One of the ids is no member's.", "no member has the id 'acme'")


def consortium_api(live: Live) -> APIRouter:
    """The routes, answering from whatever snapshot is live, each in a thread of its own."""
    api = APIRouter(prefix="/v1/consortium", tags=["consortium"], responses=RESPONSES)

    @api.post("", summary="Compose a consortium for a call", responses=UNKNOWN)
    def compose(request: ConsortiumRequest, masked: Masked) -> ConsortiumResponse:
        """Members who together cover the needs, each with its own words for what it serves, and what nobody covers."""
        return consortium_response(live.searcher.consortium(request.query()), masked)

    @api.post("/check", summary="Hold a finished list against the rules of a programme", responses=UNKNOWN)
    def check(request: CheckRequest, _: Masked) -> CheckResponse:  # so that /docs can send a key
        """What holds, what is broken, what the directory does not tell, and what no data can show."""
        searcher, profile = live.searcher, named_profile(request.profile)
        members = [searcher.member(member_id) for member_id in dict.fromkeys(request.members)]
        return check_response(profile, check_members(members, profile.rules, profile.questions))

    @api.get("/profiles", summary="The rules that can be asked for")
    def profiles(_: Masked) -> ProfilesResponse:
        return profiles_response(tuple(named_profile(name) for name in profile_names()))

    return api
