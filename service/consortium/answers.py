"""What is answered over HTTP about consortia."""

from dataclasses import asdict

from pydantic import BaseModel, ConfigDict

from search.consortium import Alternate, Checked, Consortium, Outcome, Profile, Role, Rule, Seat, Wording
from search.consortium.rules import Status
from search.consortium.types import NeedStatus, Origin

from ..answers import member_out
from ..schemas import EvidenceOut, MemberOut
from ..security.emails import masked_consortium
from . import examples

__all__ = [
    "CheckResponse",
    "ConsortiumResponse",
    "ProfilesResponse",
    "check_response",
    "consortium_response",
    "profiles_response",
]


class WordingOut(BaseModel):
    """A sentence in both languages."""

    en: str
    fr: str


class RuleOut(BaseModel):
    """At least or at most so many members, or different countries or clusters of members."""

    id: str
    says: WordingOut
    at_least: int | None
    at_most: int | None


class OutcomeOut(RuleOut):
    """What became of a rule: `found` surely count, `possible` if all that is unknown does; `unknown` are the ids it is unknown of."""

    status: Status
    found: int
    possible: int
    members: list[str]
    unknown: list[str]


class ObstacleOut(RuleOut):
    """A rule that cannot hold together with the other obstacles; `reach` is the best count where it is alone."""

    reach: int


class NearestOut(BaseModel):
    """The most relevant member that has no seat."""

    id: str
    name: str
    relevance: float


class CoveredNeedOut(BaseModel):
    """A need: "covered" by `members`, best first; "left" where somebody could but has no seat; or served by "nobody"."""

    text: str
    weight: float
    language: str
    status: NeedStatus
    relevance: float
    members: list[str]
    nearest: NearestOut | None


class RoleOut(BaseModel):
    """A need, by its place in `needs` from 0, that a member serves, and the member's own words for it."""

    need: int
    relevance: float
    leads: bool
    evidence: EvidenceOut


class AlternateOut(BaseModel):
    """Who could take the place, what it would serve of the same needs, and the coverage then."""

    member: MemberOut
    coverage: float
    roles: list[RoleOut]


class SeatOut(BaseModel):
    """A member of the consortium. `gain` is the coverage lost without it, `rules` are the ids of those that hold because of it."""

    member: MemberOut
    origin: Origin
    gain: float
    rules: list[str]
    roles: list[RoleOut]
    alternates: list[AlternateOut]


class ConsortiumResponse(BaseModel):
    """Members who together cover the needs.

    `coverage` is the mean over needs, by weight, of the best relevance among the members, 0 below `threshold`; `of_ours` that of `ours` alone.
    Where there are `obstacles`, no composition of the `considered` members holds all rules, and there are no seats. `questions` are
    rules that no data can show. Relevance is calibrated for whole topics: for a need it orders, and is an estimate of less certainty.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CONSORTIUM]})

    snapshot: str
    took_ms: float
    coverage: float
    of_ours: float
    threshold: float
    size: int
    considered: int
    total: int
    needs: list[CoveredNeedOut]
    seats: list[SeatOut]
    rules: list[OutcomeOut]
    obstacles: list[ObstacleOut]
    questions: list[WordingOut]


class CheckResponse(BaseModel):
    """`status` is the worst of the rules'; "unclear" where the directory says too little. `questions` are rules that no data can show."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CHECKED]})

    profile: str
    status: Status
    rules: list[OutcomeOut]
    questions: list[WordingOut]


class GroupOut(BaseModel):
    """A list of countries that a profile refers to, where it comes from and the day it was true."""

    name: str
    title: WordingOut
    source: str
    date: str
    codes: list[str]


class ProfileOut(BaseModel):
    """The rules of a programme, where they are published and the day they were such."""

    name: str
    title: WordingOut
    source: str
    date: str
    rules: list[RuleOut]
    questions: list[WordingOut]
    groups: list[GroupOut]


class ProfilesResponse(BaseModel):
    """The profiles that can be asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROFILES]})

    profiles: list[ProfileOut]


def consortium_response(consortium: Consortium, masked: bool = True) -> ConsortiumResponse:
    """A consortium as JSON; masked: without the e-mail addresses in what members say."""
    found = masked_consortium(consortium) if masked else consortium
    return ConsortiumResponse(
        snapshot=found.snapshot,
        took_ms=found.took_ms,
        coverage=found.coverage,
        of_ours=found.of_ours,
        threshold=found.threshold,
        size=found.size,
        considered=found.considered,
        total=found.total,
        needs=[
            CoveredNeedOut(
                text=need.text,
                weight=need.weight,
                language=need.language,
                status=need.status,
                relevance=need.relevance,
                members=list(need.members),
                nearest=need.nearest
                and NearestOut(id=need.nearest.id, name=need.nearest.name, relevance=need.nearest_relevance),
            )
            for need in found.needs
        ],
        seats=[_seat_out(seat) for seat in found.seats],
        rules=[_outcome_out(outcome) for outcome in found.outcomes],
        obstacles=[
            ObstacleOut(**_rule_out(obstacle.rule).model_dump(), reach=obstacle.reach) for obstacle in found.obstacles
        ],
        questions=_questions(found.questions),
    )


def check_response(profile: Profile, checked: Checked) -> CheckResponse:
    """A check as JSON."""
    return CheckResponse(
        profile=profile.name,
        status=checked.status,
        rules=[_outcome_out(outcome) for outcome in checked.outcomes],
        questions=_questions(checked.questions),
    )


def profiles_response(profiles: tuple[Profile, ...]) -> ProfilesResponse:
    """Profiles as JSON."""
    return ProfilesResponse(
        profiles=[
            ProfileOut(
                name=profile.name,
                title=_wording(profile.title),
                source=profile.source,
                date=profile.date.isoformat(),
                rules=[_rule_out(rule) for rule in profile.rules],
                questions=_questions(profile.questions),
                groups=[
                    GroupOut(
                        name=group.name,
                        title=_wording(group.title),
                        source=group.source,
                        date=group.date.isoformat(),
                        codes=sorted(group.codes),
                    )
                    for group in profile.groups
                ],
            )
            for profile in profiles
        ]
    )


def _seat_out(seat: Seat) -> SeatOut:
    return SeatOut(
        member=member_out(seat.member, masked=False),
        origin=seat.origin,
        gain=seat.gain,
        rules=list(seat.rules),
        roles=_roles_out(seat.roles),
        alternates=[_alternate_out(alternate) for alternate in seat.alternates],
    )


def _alternate_out(alternate: Alternate) -> AlternateOut:
    return AlternateOut(
        member=member_out(alternate.member, masked=False),
        coverage=alternate.coverage,
        roles=_roles_out(alternate.roles),
    )


def _roles_out(roles: tuple[Role, ...]) -> list[RoleOut]:
    return [
        RoleOut(
            need=role.need,
            relevance=role.relevance,
            leads=role.leads,
            evidence=EvidenceOut.model_validate(asdict(role.evidence)),
        )
        for role in roles
    ]


def _rule_out(rule: Rule) -> RuleOut:
    return RuleOut(id=rule.id, says=_wording(rule.says), at_least=rule.at_least, at_most=rule.at_most)


def _outcome_out(outcome: Outcome) -> OutcomeOut:
    return OutcomeOut(
        **_rule_out(outcome.rule).model_dump(),
        status=outcome.status,
        found=outcome.found,
        possible=outcome.possible,
        members=list(outcome.members),
        unknown=list(outcome.unknown),
    )


def _questions(questions: tuple[Wording, ...]) -> list[WordingOut]:
    return [_wording(question) for question in questions]


def _wording(wording: Wording) -> WordingOut:
    return WordingOut(en=wording.en, fr=wording.fr)
