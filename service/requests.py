"""What is asked over HTTP, and its documentation."""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from search import Filters, Query
from search.checks import MAX_EXAMPLES, MAX_TOPIC_CHARS
from search.types import FACETS

__all__ = [
    "MAX_LIMIT",
    "MAX_OFFSET",
    "WRITTEN",
    "BatchRequest",
    "FacetValues",
    "PageLink",
    "SearchLink",
    "SearchRequest",
    "Share",
    "Written",
    "filters_of",
]

MAX_LIMIT = 1_000
MAX_OFFSET = 1_000_000
MAX_BATCH = 100

WRITTEN = r"^[^\x00]*[^\s\x00-\x20\x85\xa0][^\x00]*$"
"""Something to read, and nothing that is no text: said in the description, checked with the query."""

Written = Annotated[str, Field(json_schema_extra={"pattern": WRITTEN, "maxLength": MAX_TOPIC_CHARS})]
Examples = Annotated[list[Written], Field(max_length=MAX_EXAMPLES)]
Ids = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Values = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many matches to return.")]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET, description="How many of the best matches to skip.")]


class FacetValues(BaseModel):
    """Allowed values by facet: OR within a facet, AND across facets. An empty list does not filter; an unknown value matches nothing."""

    model_config = ConfigDict(extra="forbid")

    country: Values = Field(default=[], description="ISO 3166-1 alpha-2 codes", examples=[["FR", "BE"]])
    cluster: Values = Field(default=[], description="names of clusters", examples=[["Minalogic"]])
    kind: Values = Field(
        default=[],
        description="startup, sme, midcap, large, company, research, university, public, association",
        examples=[["sme", "startup"]],
    )
    sector: Values = Field(default=[], description="as members name them", examples=[["sensors"]])
    language: Values = Field(
        default=[], description="languages a member describes itself in, ISO 639-1", examples=[["fr"]]
    )


class Steering(BaseModel):
    """What moves the ranking besides the topic. `like` and `unlike` take ids of members, or texts."""

    model_config = ConfigDict(extra="forbid")

    like: Examples = Field(
        default=[], description="Members (ids) or texts that the answer should be like.", examples=[["MEMS foundry"]]
    )
    unlike: Examples = Field(
        default=[], description="Members (ids) or texts that the answer should not be like.", examples=[["consulting"]]
    )
    exclude: Ids = Field(default=[], description="Ids of members to leave out.", examples=[["acme"]])
    exclude_country: Values = Field(default=[], description="Countries to leave out.", examples=[["FR"]])
    only: Ids = Field(
        default=[], description="Ids of members to rank; everybody else is left out.", examples=[["acme", "lumen"]]
    )
    diversity: Share = Field(
        default=0.0, description="From 0, the best first, to 1, each as different as can be from those before."
    )
    min_relevance: Share = Field(default=0.0, description="Leave out matches with less relevance than this.")
    fairness: Share = Field(
        default=0.0,
        description="Members take turns, from topic to topic, where their relevance differs by no more than this share of it.",
    )

    def steer(self, query: Query) -> Query:
        """The query, with all this."""
        return replace(
            query,
            like=tuple(self.like),
            unlike=tuple(self.unlike),
            exclude=tuple(self.exclude),
            exclude_country=tuple(self.exclude_country),
            only=tuple(self.only),
            diversity=self.diversity,
            min_relevance=self.min_relevance,
            fairness=self.fairness,
        )


class SearchRequest(Steering):
    """A topic in French or English, what to filter by, and what else moves the ranking."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"topic": "capteurs MEMS basse consommation", "filters": {"country": ["BE", "NL"]}, "limit": 5},
                {
                    "topic": "detecting cracks in bridges from drone pictures",
                    "exclude_country": ["FR"],
                    "min_relevance": 0.35,
                    "diversity": 0.3,
                },
            ]
        },
    )

    topic: Written = Field(description="A phrase, a sentence or a whole call text, up to 32,000 characters.")
    filters: FacetValues = FacetValues()
    limit: Limit = 10
    offset: Offset = 0

    def query(self) -> Query:
        """The same, in the core's words."""
        return self.steer(Query(self.topic, filters_of(self.filters), self.limit, self.offset))


class SearchLink(Steering, FacetValues):
    """The same as the parameters of a link; a facet may be repeated."""

    q: Written = Field(description="The topic.", examples=["low-power MEMS sensors"])
    limit: Limit = 10
    offset: Offset = 0

    def query(self) -> Query:
        """The same, in the core's words."""
        return self.steer(Query(self.q, filters_of(self), self.limit, self.offset))


class BatchRequest(BaseModel):
    """Several searches, whose topics are encoded together."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"searches": [{"topic": "capteurs de gaz", "limit": 3}, {"topic": "vineyard robots", "limit": 3}]}
            ]
        },
    )

    searches: Annotated[list[SearchRequest], Field(min_length=1, max_length=MAX_BATCH)]


class PageLink(BaseModel):
    """Which part of a ranking to return."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 10
    offset: Offset = 0


def filters_of(values: FacetValues) -> Filters:
    """Filters of the core; an empty list does not filter."""
    return Filters.from_lists({name: getattr(values, name) for name in FACETS})
