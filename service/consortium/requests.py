"""What is asked over HTTP about consortia."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from search.consortium import ConsortiumQuery, WeightedNeed, named_profile
from search.consortium.asking import MAX_NAMED, MAX_NEED_CHARS, MAX_NEEDS, MAX_SIZE, MAX_WEIGHT

from ..requests import WRITTEN, FacetValues, Written, filters_of
from . import examples

__all__ = ["CheckRequest", "ConsortiumRequest", "ProfileName"]

ProfileName = Literal["eurostars", "horizon-europe"]
Id = Annotated[str, Field(max_length=200)]
Inside = Annotated[list[Id], Field(max_length=MAX_SIZE)]
Bound = Annotated[int, Field(ge=0, le=MAX_SIZE)]


class NeedIn(BaseModel):
    """One thing that the consortium must be able to do, and how much it counts beside the others."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(json_schema_extra={"pattern": WRITTEN, "maxLength": MAX_NEED_CHARS})]
    weight: Annotated[float, Field(gt=0, le=MAX_WEIGHT, allow_inf_nan=False)] = 1.0


class ConsortiumRequest(BaseModel):
    """A call text or its needs, and whom the consortium may hold."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [examples.REQUEST], "anyOf": [{"required": ["call"]}, {"required": ["needs"]}]},
    )

    call: Written = Field(default="", description="The text of a call. Its needs are found in it where none are given.")
    needs: list[NeedIn] = Field(default=[], min_length=1, max_length=MAX_NEEDS, description="Come before the call's.")
    size: Annotated[int, Field(ge=1, le=MAX_SIZE)] = Field(
        default=6, description="At most so many members, all counted."
    )
    ours: Inside = Field(default=[], description="Ids of members who ask: in, and the others complement them.")
    locked: Inside = Field(default=[], description="Ids of other members who are in already.")
    banned: Annotated[list[Id], Field(max_length=MAX_NAMED)] = Field(
        default=[], description="Ids of members to leave out."
    )
    filters: FacetValues = Field(default=FacetValues(), description="Who may be chosen.")
    sme_at_least: Bound = Field(default=0, description="Members of kind sme or startup.")
    sme_at_most: Bound | None = Field(default=None, description="Members who may be an SME count.")
    profile: ProfileName | None = Field(
        default=None, description="Rules to hold; GET /v1/consortium/profiles tells them."
    )
    threshold: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = Field(
        default=0.4, description="The relevance from which on a member is said to serve a need."
    )

    def query(self) -> ConsortiumQuery:
        """The same, in the core's words."""
        return ConsortiumQuery(
            call=self.call,
            needs=tuple(WeightedNeed(need.text, need.weight) for need in self.needs),
            size=self.size,
            ours=tuple(self.ours),
            locked=tuple(self.locked),
            banned=tuple(self.banned),
            filters=filters_of(self.filters),
            sme_at_least=self.sme_at_least,
            sme_at_most=self.sme_at_most,
            profile=named_profile(self.profile) if self.profile else None,
            threshold=self.threshold,
        )


class CheckRequest(BaseModel):
    """A finished list of members, and the profile to hold it against."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.CHECK]})

    members: Annotated[list[Id], Field(min_length=1, max_length=100)]
    profile: ProfileName
