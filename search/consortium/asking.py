"""Whether a consortium can be composed as asked, and needs as people edit them."""

from collections.abc import Collection, Sequence
from math import isfinite

from ..checks import check_query
from ..errors import InvalidQuery
from ..needs import MAX_SENTENCES
from ..types import Query
from .types import ConsortiumQuery, WeightedNeed

__all__ = ["MAX_NAMED", "MAX_NEEDS", "MAX_NEED_CHARS", "MAX_SIZE", "MAX_WEIGHT", "check_consortium_query", "merged"]

MAX_NEEDS = MAX_SENTENCES
MAX_NEED_CHARS = 2_000
MAX_SIZE = 20
MAX_WEIGHT = 10.0
MAX_NAMED = 1_000
"""Members banned."""


def check_consortium_query(query: ConsortiumQuery) -> None:
    """Raises InvalidQuery where needs, size, members or bounds cannot be used."""
    if query.needs:
        _check_needs(query.needs)
    else:
        check_query(Query(query.call))
    if not 1 <= query.size <= MAX_SIZE:
        raise InvalidQuery(f"the size is {query.size}, a number from 1 to {MAX_SIZE} is needed")
    if not 0 < query.threshold <= 1:
        raise InvalidQuery(f"the threshold is {query.threshold:g}, a number above 0, up to 1, is needed")
    inside = {*query.ours, *query.locked}
    if len(inside) > query.size:
        raise InvalidQuery(f"{len(inside)} members are already chosen and the size is {query.size}; ask for more seats")
    if both := sorted(inside & set(query.banned)):
        raise InvalidQuery(f"{both[0][:200]!r} is both chosen and banned; take it out of one")
    if len(query.banned) > MAX_NAMED:
        raise InvalidQuery(f"{len(query.banned):,} members are banned, at most {MAX_NAMED:,} can be; use filters")
    for name, bound in (("sme_at_least", query.sme_at_least), ("sme_at_most", query.sme_at_most)):
        if bound is not None and not 0 <= bound <= MAX_SIZE:
            raise InvalidQuery(f"{name} is {bound}, a number from 0 to {MAX_SIZE} is needed")


def merged(needs: Sequence[WeightedNeed], joined: Collection[int]) -> tuple[WeightedNeed, ...]:
    """Needs without empty ones; each whose number is in `joined` becomes part of the one before it, with the larger weight of the two."""
    found: list[WeightedNeed] = []
    for number, need in enumerate(needs):
        text = need.text.strip()
        if not text:
            continue
        if number in joined and found:
            before = found.pop()
            found.append(WeightedNeed(f"{before.text} {text}", max(before.weight, need.weight)))
        else:
            found.append(WeightedNeed(text, need.weight))
    return tuple(found)


def _check_needs(needs: Sequence[WeightedNeed]) -> None:
    if len(needs) > MAX_NEEDS:
        raise InvalidQuery(f"there are {len(needs)} needs, at most {MAX_NEEDS} are accepted; merge some")
    for number, need in enumerate(needs, 1):
        if len(need.text) > MAX_NEED_CHARS:
            raise InvalidQuery(
                f"need {number} has {len(need.text):,} characters, at most {MAX_NEED_CHARS:,} are accepted; split it"
            )
        try:
            check_query(Query(need.text))
        except InvalidQuery as error:
            raise InvalidQuery(f"need {number}: {error}") from error
        if not (isfinite(need.weight) and 0 < need.weight <= MAX_WEIGHT):
            raise InvalidQuery(
                f"need {number} has the weight {need.weight:g}, a number above 0, up to {MAX_WEIGHT:g}, is needed"
            )
