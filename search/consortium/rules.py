"""Rules about who is in a consortium, as a check of a finished list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..types import Member

__all__ = ["SME_KINDS", "Checked", "Distinct", "Outcome", "Rule", "Status", "Wording", "check_members", "verdict"]

SME_KINDS = frozenset({"sme", "startup"})
"""Kinds that count as small or medium-sized."""
UNSIZED = frozenset({None, "company"})
"""Kinds that do not say how large an organisation is."""

Distinct = Literal["member", "country", "cluster"]
Status = Literal["holds", "broken", "unclear"]


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence in both languages."""

    en: str
    fr: str


@dataclass(frozen=True, slots=True)
class Rule:
    """At least or at most so many members, or different countries or clusters of members, among those of some countries, kinds, clusters.

    `countries`, `kinds` and `clusters` are None where anybody counts. What a member does not say is unknown, neither a yes nor a no.
    """

    id: str
    says: Wording
    countries: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    clusters: frozenset[str] | None = None
    distinct: Distinct = "member"
    at_least: int | None = None
    at_most: int | None = None

    def counts(self, member: Member) -> bool | None:
        """Whether a member is among those meant; None where what the directory says of it does not tell."""
        answers = [
            _is_among(member.country, self.countries),
            None if self.kinds is not None and _hides_size(member, self.kinds) else _is_among(member.kind, self.kinds),
            _is_any_among(member.clusters, self.clusters),
        ]
        if False in answers:
            return False
        return None if None in answers else True

    def values(self, member: Member) -> tuple[str, ...]:
        """What is counted once for all members that share it; a member that does not say stands for itself."""
        if self.distinct == "country":
            found: tuple[str, ...] = (member.country,) if member.country else ()
        elif self.distinct == "cluster":
            found = tuple(c for c in member.clusters if self.clusters is None or c in self.clusters)
        else:
            found = ()
        return found or (f"\0{member.id}",)

    def is_sure(self, member: Member) -> bool:
        """Whether a member counts beyond doubt, with values that are known."""
        known = {"country": bool(member.country), "cluster": bool(member.clusters), "member": True}[self.distinct]
        return known and self.counts(member) is True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a rule. found: how many surely count; possible: how many do where everything unknown is a yes.

    `members` are the ids of those that surely count, `unknown` of those about whom the directory says too little.
    """

    rule: Rule
    status: Status
    found: int
    possible: int
    members: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished list held against rules. `status` is the worst of the outcomes; `questions` are what no data can show."""

    status: Status
    outcomes: tuple[Outcome, ...]
    questions: tuple[Wording, ...]


def check_members(members: Sequence[Member], rules: Iterable[Rule], questions: Sequence[Wording] = ()) -> Checked:
    """Hold a list of members, no two alike, against rules."""
    outcomes = tuple(_outcome(rule, members) for rule in rules)
    return Checked(verdict(outcomes), outcomes, tuple(questions))


def verdict(outcomes: Iterable[Outcome]) -> Status:
    """The worst that happened to any rule."""
    found = {outcome.status for outcome in outcomes}
    return "broken" if "broken" in found else "unclear" if "unclear" in found else "holds"


def _outcome(rule: Rule, members: Sequence[Member]) -> Outcome:
    sure = [member for member in members if rule.is_sure(member)]
    unknown = [member for member in members if not rule.is_sure(member) and rule.counts(member) is not False]
    found = len({value for member in sure for value in rule.values(member)})
    possible = len({value for member in (*sure, *unknown) for value in rule.values(member)})
    is_broken = (rule.at_least is not None and possible < rule.at_least) or (
        rule.at_most is not None and found > rule.at_most
    )
    holds = (rule.at_least is None or found >= rule.at_least) and (rule.at_most is None or possible <= rule.at_most)
    status: Status = "broken" if is_broken else "holds" if holds else "unclear"
    return Outcome(rule, status, found, possible, tuple(m.id for m in sure), tuple(m.id for m in unknown))


def _is_among(value: str | None, allowed: frozenset[str] | None) -> bool | None:
    if allowed is None:
        return True
    return None if value is None else value in allowed


def _is_any_among(values: Sequence[str], allowed: frozenset[str] | None) -> bool | None:
    if allowed is None:
        return True
    return any(value in allowed for value in values) if values else None


def _hides_size(member: Member, kinds: frozenset[str]) -> bool:
    """Whether a rule asks for companies of a size that the member does not tell."""
    return member.kind in UNSIZED and member.kind not in kinds and bool(kinds & {*SME_KINDS, "midcap", "large"})
