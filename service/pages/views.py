"""What the templates show of an answer, as values: filters, chips, pieces of text, reasons."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from search import Evidence, Match, Member, Searcher, Shortlist, UnknownMember
from search.types import FACETS, Filters

from ..texts import LANGUAGES
from .address import Address
from .names import country_name, language_name
from .refine import CHOICES, choice_label

__all__ = [
    "Chip",
    "Facet",
    "FacetValue",
    "Kept",
    "KeptList",
    "bank",
    "chips",
    "deck",
    "facets",
    "reasons",
    "website",
]

VALUES_SHOWN = 7
VALUES_LISTED = 40
WORDS_QUOTED = 8
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value to filter by: as it is asked for, as it is read, how many members have it, whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with the values shown at once, and the rest."""

    name: str
    shown: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """Something applied to a search, and the address of the search without it."""

    label: str
    without: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A member of a shortlist with what speaks for it; `relevance` is None where no topic is asked about."""

    member: Member
    evidence: tuple[Evidence, ...]
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class KeptList:
    """A shortlist: its members, the ids that nobody has any more, and the topic they are ranked for, with its language, if any.

    `answerable` is false where nobody among them seems to answer the topic.
    """

    members: tuple[Kept, ...] = ()
    gone: tuple[str, ...] = ()
    topic: str = ""
    near: str = ""
    answerable: bool = True


def facets(searcher: Searcher, shortlist: Shortlist, address: Address, texts: Texts) -> tuple[Facet, ...]:
    """Facets that have values; chosen values first, and always listed.

    A facet that is filtered counts what its other values would add, so that a second one can be chosen.
    """
    chosen = {name: address.values(name) for name in FACETS}
    found = []
    for name in FACETS:
        others = {facet: values for facet, values in chosen.items() if facet != name}
        counts = searcher.facets(Filters.from_lists(others))[name] if chosen[name] else shortlist.facets[name]
        rest = [value for value in counts if value not in chosen[name]][:VALUES_LISTED]
        values = tuple(
            FacetValue(value, _label(name, value, address.ui, texts), counts.get(value, 0), value in chosen[name])
            for value in (*chosen[name], *rest)
        )
        shown = max(VALUES_SHOWN, len(chosen[name]))
        if values:
            found.append(Facet(name, values[:shown], values[shown:]))
    return tuple(found)


def chips(searcher: Searcher, address: Address, texts: Texts) -> tuple[Chip, ...]:
    """Everything applied to a search, in the order it was asked for."""
    return tuple(
        Chip(_chip_label(searcher, name, value, address.ui, texts), address.without((name, value)))
        for name, value in dict.fromkeys(address.parameters)
        if name != "q" and value
    )


def _chip_label(searcher: Searcher, name: str, value: str, ui: str, texts: Texts) -> str:
    if name in FACETS:
        return _label(name, value, ui, texts)
    if name == "exclude_country":
        shown = country_name(value, ui)
    elif name in CHOICES:
        return choice_label(name, value, texts)
    elif name == "fairness":
        shown = value
    else:
        try:
            shown = searcher.member(value).name
        except UnknownMember:
            shown = value
    return texts[f"chip_{name}"].format(name=shown if len(shown) <= 60 else shown[:59] + "…")


def _label(facet: str, value: str, ui: str, texts: Texts) -> str:
    if facet == "country":
        return country_name(value, ui)
    if facet == "language":
        return language_name(value, ui)
    return texts.get(f"kind_{value}", value) if facet == "kind" else value


def bank(language: str) -> str:
    """The side of the river a text stands on: "fr", "en" or "other"."""
    return language if language in LANGUAGES else "other"


def website(member: Member) -> tuple[str, str] | None:
    """A member's website as an address and as its host; None where it is no web address."""
    if not member.website:
        return None
    try:
        parts = urlsplit(member.website)
        host = parts.hostname
    except ValueError:
        return None
    return (member.website, host.removeprefix("www.")) if parts.scheme in ("http", "https") and host else None


def deck(shortlist: Shortlist, ui: str, texts: Texts) -> str:
    """How many of the matches speak first in which language, in words."""
    counted = Counter(match.evidence[0].language for match in shortlist if match.evidence)
    parts = [
        texts["deck_part"].format(n=n, language=language_name(language, ui)) for language, n in counted.most_common()
    ]
    return texts["deck"].format(parts=", ".join(parts))


def reasons(match: Match, shortlist: Shortlist, ui: str, texts: Texts) -> tuple[str, ...]:
    """Why a member is among the matches, in sentences."""
    words = dict.fromkeys(text.casefold() for e in match.evidence for text, marked in e.segments() if marked)
    found = [texts["why_words"].format(words=", ".join([*words][:WORDS_QUOTED])) if words else texts["why_meaning"]]
    if match.evidence and match.evidence[0].language != shortlist.language:
        found.append(
            texts["why_crossing"].format(
                topic=language_name(shortlist.language, ui), text=language_name(match.evidence[0].language, ui)
            )
        )
    if match.needs:
        found.append(texts["why_needs"].format(needs=", ".join(str(need + 1) for need in match.needs)))
    percent = texts["percent"].format(n=f"{100 * match.relevance:.0f}")
    found.append(texts["why_relevance"].format(percent=percent))
    return tuple(found)
