"""What the address of the consortium page asks for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from search import Filters, Searcher, UnknownMember
from search.consortium import ConsortiumQuery, WeightedNeed, named_profile, profile_names
from search.consortium.asking import MAX_NAMED, MAX_SIZE, MAX_WEIGHT, merged

__all__ = ["PARAMETERS", "Asked"]

PARAMETERS = (
    "q",
    "need",
    "weight",
    "join",
    "size",
    "profile",
    "sme_min",
    "sme_max",
    "covers",
    "ours",
    "lock",
    "ban",
    "swap",
    "country",
)
DEFAULT = ConsortiumQuery()


@dataclass(frozen=True, slots=True)
class Asked:
    """A consortium to compose, and ids in the address that no member has any more."""

    query: ConsortiumQuery
    gone: tuple[str, ...]

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]], searcher: Searcher) -> "Asked":
        """As far as it can be understood: broken numbers are left out, members in and out at once are in, seats are enough for those in.

        `need` and `weight` come in pairs; `join` is the number of a need, from 0, that becomes part of the one before. `covers` is the
        threshold in percent. `swap` is two
        ids with a tab between them: out, in.
        """
        pairs = list(parameters)

        def values(name: str) -> list[str]:
            return [value for key, value in pairs if key == name]

        def last(name: str) -> str:
            return next(iter(reversed(values(name))), "")

        out, _, into = last("swap").partition("\t")
        ours = _ids(values("ours"))
        locked = tuple(id for id in _ids([*values("lock"), into]) if id not in ours and id != out)
        known, gone = _known(searcher, (*ours, *locked))
        inside = [id for id in (*ours, *locked) if id in known]
        countries = tuple(dict.fromkeys(value for value in values("country") if value))
        profile = last("profile")
        needs = _needs(values("need"), values("weight"), values("join"))
        covers = _number(last("covers"), 1, 100)
        query = ConsortiumQuery(
            call="" if needs else last("q"),
            needs=needs,
            size=max(_number(last("size"), 1, MAX_SIZE) or DEFAULT.size, min(len(inside), MAX_SIZE)),
            ours=tuple(id for id in ours if id in known)[:MAX_SIZE],
            locked=tuple(id for id in locked if id in known)[: max(0, MAX_SIZE - len(ours))],
            banned=tuple(id for id in _ids([*values("ban"), out]) if id not in inside)[:MAX_NAMED],
            filters=Filters(country=countries or None),
            sme_at_least=_number(last("sme_min"), 0, MAX_SIZE) or 0,
            sme_at_most=_number(last("sme_max"), 0, MAX_SIZE),
            profile=named_profile(profile) if profile in profile_names() else None,
            threshold=covers / 100 if covers else DEFAULT.threshold,
        )
        return cls(query, gone)

    def with_needs(self, needs: tuple[WeightedNeed, ...]) -> "Asked":
        """The same, for these needs instead of a text."""
        return replace(self, query=replace(self.query, call="", needs=needs))

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """What an address must say to ask for this again."""
        query = self.query
        pairs = [("q", query.call)] if query.call else []
        for need in query.needs:
            pairs += [("need", need.text), ("weight", f"{need.weight:g}")]
        pairs += [("size", str(query.size))] if query.size != DEFAULT.size else []
        pairs += [("profile", query.profile.name)] if query.profile else []
        pairs += [("sme_min", str(query.sme_at_least))] if query.sme_at_least else []
        pairs += [("sme_max", str(query.sme_at_most))] if query.sme_at_most is not None else []
        pairs += [("covers", f"{100 * query.threshold:.0f}")] if query.threshold != DEFAULT.threshold else []
        for name, ids in (("ours", query.ours), ("lock", query.locked), ("ban", query.banned)):
            pairs += [(name, id) for id in ids]
        return (*pairs, *(("country", code) for code in query.filters.country or ()))


def _needs(texts: list[str], weights: list[str], joined: list[str]) -> tuple[WeightedNeed, ...]:
    needs = [
        WeightedNeed(text, _weight(weights[number] if number < len(weights) else ""))
        for number, text in enumerate(texts)
    ]
    return merged(
        needs, {int(number) for number in joined if number.isascii() and number.isdigit() and len(number) < 4}
    )


def _weight(written: str) -> float:
    try:
        weight = float(written.replace(",", "."))
    except ValueError:
        return 1.0
    return weight if 0 < weight <= MAX_WEIGHT else 1.0


def _number(written: str, low: int, high: int) -> int | None:
    if not (written.isascii() and written.isdigit() and len(written) < 4):
        return None
    return min(max(int(written), low), high)


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _known(searcher: Searcher, ids: Iterable[str]) -> tuple[set[str], tuple[str, ...]]:
    known, gone = set(), []
    for member_id in ids:
        try:
            known.add(searcher.member(member_id).id)
        except UnknownMember:
            gone.append(member_id)
    return known, tuple(gone)
