"""Compose a consortium: needs, candidates, the best set of them, and why each is in it."""

import time
from collections.abc import Sequence

import numpy as np

from .asking import check_consortium_query
from .candidates import Answer, Candidates, found_needs, gathered, widened
from .constraints import Constraint
from .coverage import Coverage
from .feasibility import conflict, reach
from .optimiser import Problem, chosen
from .rules import SME_KINDS, Rule, Wording, check_members
from .types import (
    Alternate,
    Consortium,
    ConsortiumQuery,
    CoveredNeed,
    NeedStatus,
    Obstacle,
    Origin,
    Role,
    Seat,
    WeightedNeed,
)

__all__ = ["SEAT_COST", "composed", "problem_of", "rules_of"]

SEAT_COST = 0.01
"""A further member must add this much coverage: an improvement that nobody would notice is not worth a seat."""
ALTERNATES = 3


def composed(answer: Answer, query: ConsortiumQuery) -> Consortium:
    """The consortium asked for. answer: as `Searcher.answer`. Raises InvalidQuery."""
    started = time.perf_counter()
    check_consortium_query(query)
    needs = query.needs or found_needs(answer, query.call)
    rules = rules_of(query)
    candidates = gathered(answer, query, needs)
    problem = problem_of(query, needs, rules, candidates)
    members = chosen(problem)
    if members is None:
        candidates = widened(answer, query, needs, rules, candidates)
        problem = problem_of(query, needs, rules, candidates)
        members = chosen(problem)
    return _Composition(query, needs, rules, candidates, problem, members or ()).told(started, members is not None)


def rules_of(query: ConsortiumQuery) -> tuple[Rule, ...]:
    """The rules of the profile, and those that the bounds on SMEs amount to."""
    own = []
    if query.sme_at_least:
        says = Wording(f"At least {_smes(query.sme_at_least)}", f"Au moins {query.sme_at_least} PME")
        own.append(Rule("sme-at-least", says, kinds=SME_KINDS, at_least=query.sme_at_least))
    if query.sme_at_most is not None:
        says = Wording(f"At most {_smes(query.sme_at_most)}", f"Au plus {query.sme_at_most} PME")
        own.append(Rule("sme-at-most", says, kinds=SME_KINDS, at_most=query.sme_at_most))
    return (*(query.profile.rules if query.profile else ()), *own)


def problem_of(
    query: ConsortiumQuery, needs: Sequence[WeightedNeed], rules: Sequence[Rule], candidates: Candidates
) -> Problem:
    """What there is to choose among, for how much, and within which rules."""
    return Problem(
        Coverage.of(candidates.relevance, [need.weight for need in needs], query.threshold),
        candidates.standing,
        tuple(Constraint.of(rule, candidates.members) for rule in rules),
        query.size,
        candidates.places([*query.ours, *query.locked]),
        SEAT_COST,
    )


def _smes(count: int) -> str:
    return f"{count} SME{'' if count == 1 else 's'}"


class _Composition:
    """A chosen set, and what is to be told of it."""

    def __init__(
        self,
        query: ConsortiumQuery,
        needs: Sequence[WeightedNeed],
        rules: Sequence[Rule],
        candidates: Candidates,
        problem: Problem,
        members: tuple[int, ...],
    ) -> None:
        self._query = query
        self._needs = needs
        self._rules = rules
        self._candidates = candidates
        self._problem = problem
        self._members = members
        self._coverage = problem.coverage

    def told(self, started: float, is_feasible: bool) -> Consortium:
        """The consortium; where it is not feasible, what stands in the way."""
        query, candidates = self._query, self._candidates
        seats = tuple(sorted((self._seat(m) for m in self._members), key=_seat_order))
        ours = candidates.places(query.ours)
        return Consortium(
            snapshot=candidates.snapshot,
            needs=tuple(self._covered(i) for i in range(len(self._needs))),
            seats=seats,
            coverage=_shown(self._coverage.value(self._members)),
            of_ours=_shown(self._coverage.value(ours)),
            threshold=query.threshold,
            size=query.size,
            outcomes=check_members([seat.member for seat in seats], self._rules).outcomes if is_feasible else (),
            obstacles=() if is_feasible else self._obstacles(),
            questions=query.profile.questions if query.profile else (),
            considered=len(candidates.members),
            total=candidates.total + len(self._problem.fixed),
            took_ms=round((time.perf_counter() - started) * 1e3, 2),
        )

    def _seat(self, member: int) -> Seat:
        rest = tuple(m for m in self._members if m != member)
        id = self._candidates.members[member].id
        origin: Origin = "ours" if id in self._query.ours else "locked" if id in self._query.locked else "chosen"
        constraints = self._problem.constraints
        return Seat(
            self._candidates.members[member],
            origin,
            self._roles(member, self._members, range(len(self._needs))),
            _shown(self._coverage.value(self._members) - self._coverage.value(rest)),
            tuple(r.id for r, c in zip(self._rules, constraints, strict=True) if c.broken_by(rest)),
            self._alternates(member, rest) if origin == "chosen" else (),
        )

    def _roles(self, member: int, members: Sequence[int], needs: Sequence[int]) -> tuple[Role, ...]:
        """What a member serves among some needs, and where it leads the members."""
        own = self._coverage.relevance[member]
        first = {need: min(members, key=lambda m: (-self._coverage.relevance[m, need], m)) for need in needs}
        return tuple(
            Role(need, float(own[need]), self._candidates.evidence[member, need], first[need] == member)
            for need in needs
            if own[need] > 0
        )

    def _alternates(self, member: int, rest: tuple[int, ...]) -> tuple[Alternate, ...]:
        """Who could take the member's place, best first, with the rules still held."""
        roles = self._roles(member, self._members, range(len(self._needs)))
        needs = [role.need for role in roles if role.leads] or [role.need for role in roles]
        values = np.round(self._coverage.values_with(rest), 9)
        missed = sum((c.broken_with(rest) for c in self._problem.constraints), np.zeros(len(values), np.int64))
        found = [
            int(other)
            for other in np.lexsort((np.arange(len(values)), -self._problem.standing, -values))
            if int(other) not in self._members and not missed[other] and self._coverage.relevance[other, needs].any()
        ]
        return tuple(
            Alternate(
                self._candidates.members[other],
                self._roles(other, (*rest, other), needs),
                _shown(float(values[other])),
            )
            for other in found[:ALTERNATES]
        )

    def _covered(self, need: int) -> CoveredNeed:
        served = sorted((-float(self._coverage.relevance[m, need]), m) for m in self._members)
        by = [m for relevance, m in served if relevance < 0]
        estimated = self._candidates.relevance[:, need].copy()
        estimated[list(self._members)] = 0
        nearest = int(np.argmax(estimated)) if len(estimated) else 0
        is_near = bool(len(estimated) and estimated[nearest] > 0)
        status: NeedStatus = "covered" if by else "left" if self._coverage.relevance[:, need].any() else "nobody"
        return CoveredNeed(
            self._needs[need].text,
            self._needs[need].weight,
            self._candidates.languages[need],
            status,
            float(self._coverage.relevance[by[0], need]) if by else 0.0,
            tuple(self._candidates.members[m].id for m in by),
            self._candidates.members[nearest] if is_near else None,
            float(estimated[nearest]) if is_near else 0.0,
        )

    def _obstacles(self) -> tuple[Obstacle, ...]:
        problem = self._problem
        places = conflict(problem.constraints, len(self._candidates.members), problem.size, problem.fixed)
        return tuple(
            Obstacle(self._rules[i], reach(problem.constraints[i], problem.size, problem.fixed)) for i in places
        )


def _seat_order(seat: Seat) -> tuple[int, float, str]:
    """Ours first, then whom the consortium would miss most."""
    return ("ours", "locked", "chosen").index(seat.origin), -seat.gain, seat.member.id


def _shown(value: float) -> float:
    return round(value, 4)
