"""Whether two members are one organisation: a few signals, each with its points, added up."""

import math
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from .names import Comparison, Name, compare
from .profiles import Collection, Profile
from .words import COUNTRY_WORDS, UNITS

__all__ = ["Likeness", "likeness", "names_agree"]

ENOUGH = 4.0
"""Points at which two members are taken for one; the score is then 0.5."""
MOST_OF_TEXT = 1.5
"""The most that texts can add."""
ALIKE, RELATED, UNRELATED = 0.4, 0.2, 0.1
"""Parts of the telling words of the shorter text that occur in the other: at least, at least, less than."""
OTHER_SIZE, SAME_SIZE = 5.0, 1.5
"""Ratios of numbers of employees: from, up to."""

_SORT_OF_KIND = {
    "startup": "company", "sme": "company", "midcap": "company", "large": "company", "company": "company",
    "research": "science", "university": "science", "public": "public", "association": "public",
}  # fmt: skip


class _Signal(NamedTuple):
    points: float
    saying: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How sure it is that two members are one organisation (0.5 is just enough, 1 is certain), and why, in words."""

    score: float
    reason: str


def likeness(a: Profile, b: Profile, collection: Collection) -> Likeness | None:
    """None where two members are not one organisation, or nothing says enough that they are.

    Another country, the website of another organisation, or a name that differs in more than spelling, translation, word order,
    a legal form, an acronym or a descriptive word rules it out.
    """
    if a.member.country and b.member.country and a.member.country != b.member.country:
        return None
    site_a, site_b = collection.site(a), collection.site(b)
    if site_a and site_b and a.site_name != b.site_name:
        return None
    named = _best_name(a, b, collection)
    if named is None:
        return None
    site = _Signal(0)
    if site_a and site_b:
        same = site_a == site_b
        site = _Signal(2.5, f"same website {site_a}") if same else _Signal(1, f"websites {site_a} and {site_b}")
    signals = [named, site, _towns(a, b), _countries(a, b), _kinds(a, b), _sizes(a, b)]
    if sum(signal.points for signal in signals) + MOST_OF_TEXT < ENOUGH:
        return None
    signals.append(_texts(a, b, collection))
    points = sum(signal.points for signal in signals)
    if points < ENOUGH or not any(signal.points > 0 for signal in signals[1:]):
        return None
    return Likeness(_score(points), "; ".join(signal.saying for signal in signals if signal.saying))


def _score(points: float) -> float:
    return round(1 / (1 + math.exp(ENOUGH - points)), 3)


def names_agree(a: Profile, b: Profile) -> bool:
    """Whether no name of one is plainly another organisation's than a name of the other."""
    related = [
        compare(one, other, _own_towns(a, b)).relation != "different" for one, other in product(a.names, b.names)
    ]
    return all(related) if a.of_one_kind and b.of_one_kind else any(related)


def _best_name(a: Profile, b: Profile, collection: Collection) -> _Signal | None:
    """What the names that are most alike say; None where names are those of two organisations."""
    if (len(a.names) > 1 or len(b.names) > 1) and not names_agree(a, b):
        return None
    said = [_named(a, one, b, other, collection) for one, other in product(a.names, b.names)]
    return max(filter(None, said), default=None)


def _named(a: Profile, one: Name, b: Profile, other: Name, collection: Collection) -> _Signal | None:
    """What one name of each says; None where they are those of two organisations."""
    own_towns = _own_towns(a, b)
    names = compare(one, other, own_towns)
    telling = min(1.0, sum(collection.rarity(word, word in own_towns) for word in names.shared))
    if names.relation == "same":
        return _Signal(2 + 3 * telling, "same name" if telling > 0.5 else "same name, of common words")
    if names.relation == "spelling":
        return _Signal(2.5 * telling + 1 - names.misspelled, "name spelled a little differently")
    if names.relation == "acronym":
        (acronym,) = names.shared
        confirmed = acronym in {a.site_name, b.site_name} | one.acronyms | other.acronyms
        return _Signal(
            0.5 + (len(acronym) >= 4) + 1.5 * confirmed, f"{acronym.upper()} is the acronym of the other's name"
        )
    if names.relation == "short":
        longer = max(one, other, key=lambda name: (len(name.words), name.key))
        if collection.site(a) and a.site == b.site and a.site_name == longer.run_together:
            return _Signal(1.5 + 2 * telling, "short form of the name that the website has")
        return _longer(names, longer, telling, a.member.country or b.member.country, collection)
    return None


def _longer(
    names: Comparison, longer: Name, telling: float, country: str | None, collection: Collection
) -> _Signal | None:
    """What words that only one name has say; None where they make it a department or a subsidiary."""
    if {"university", "fachhochschule"} & set(longer.words):
        return None
    if any(COUNTRY_WORDS.get(word, country) != country for word in names.extra):
        return None
    points = 0.5 + 2 * telling - (names.misspelled > 0)
    for word in names.extra:
        if word in UNITS:
            points -= 3
        elif word in COUNTRY_WORDS:
            points -= 1
        else:
            points -= 0.5 if collection.rarity(word) < 0.3 else 2
    return _Signal(points, f"same name but for {' '.join(names.extra)!r}")


def _own_towns(a: Profile, b: Profile) -> frozenset[str]:
    """Words of the town that both may be in: they may be missing from a name."""
    return a.town | b.town if _same_town(a, b) or not (a.town and b.town) else frozenset()


def _same_town(a: Profile, b: Profile) -> bool:
    return bool(a.town and b.town) and (a.town <= b.town or b.town <= a.town)


def _towns(a: Profile, b: Profile) -> _Signal:
    if not (a.town and b.town):
        return _Signal(0)
    if _same_town(a, b):
        return _Signal(1, "same town")
    return _Signal(-1.5, f"towns {a.member.city} and {b.member.city}")


def _countries(a: Profile, b: Profile) -> _Signal:
    return _Signal(0) if a.member.country and b.member.country else _Signal(-0.3, "country not always given")


def _kinds(a: Profile, b: Profile) -> _Signal:
    one, other = _SORT_OF_KIND.get(a.member.kind or ""), _SORT_OF_KIND.get(b.member.kind or "")
    if not (one and other) or one == other:
        return _Signal(0)
    return _Signal(-1, f"kinds {a.member.kind} and {b.member.kind}")


def _sizes(a: Profile, b: Profile) -> _Signal:
    one, other = a.member.employees, b.member.employees
    if not (one and other):
        return _Signal(0)
    ratio = max(one, other) / min(one, other)
    if ratio >= OTHER_SIZE:
        return _Signal(-1.5, f"{one:,} and {other:,} employees")
    return _Signal(0.5, "like number of employees") if ratio <= SAME_SIZE and min(one, other) >= 20 else _Signal(0)


def _texts(a: Profile, b: Profile, collection: Collection) -> _Signal:
    one, other = collection.telling(a), collection.telling(b)
    fewer = min(len(one), len(other))
    if fewer < 3:
        return _Signal(0)
    common = len(one & other)
    saying = f"texts share {common} of {fewer} telling words"
    if common >= 2 and common >= RELATED * fewer:
        return _Signal(MOST_OF_TEXT if common >= ALIKE * fewer else MOST_OF_TEXT / 2, saying)
    if a.member.descriptions.keys() & b.member.descriptions.keys() and common < UNRELATED * fewer:
        return _Signal(-1.5 if fewer >= 6 else -0.75, saying)
    return _Signal(0)
