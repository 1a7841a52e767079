"""What moves a search besides its topic and filters, as a visitor chooses it: in words, not in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from search import Filters, Searcher

from .address import Address
from .names import country_name

__all__ = ["CHOICES", "LEVELS", "Choice", "Refinement", "choice_label", "refinement"]

LEVELS = ((0.6, "high"), (0.35, "good"), (0.12, "some"))
"""From which relevance on which word is said."""
CHOICES: Mapping[str, Mapping[str, str]] = {
    "min_relevance": {"": "least_any", **{f"{least:g}": f"least_{name}" for least, name in reversed(LEVELS)}},
    "diversity": {"": "mix_none", "0.3": "mix_some", "0.6": "mix_much"},
}
"""By parameter, its values with the keys of their texts."""

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to choose: as it is asked for, as it is read, whether it is chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Refinement:
    """The choices there are, by parameter, and whether one was made."""

    min_relevance: tuple[Choice, ...]
    diversity: tuple[Choice, ...]
    countries: tuple[Choice, ...]
    in_use: bool


def refinement(searcher: Searcher, address: Address, texts: Texts) -> Refinement:
    """The choices for a search; `countries` are those that are not left out yet, by name."""
    left_out = address.values("exclude_country")
    countries = [
        Choice(code, country_name(code, address.ui), False)
        for code in searcher.facets(Filters())["country"]
        if code not in left_out
    ]
    return Refinement(
        _choices("min_relevance", address, texts),
        _choices("diversity", address, texts),
        tuple(sorted(countries, key=lambda choice: choice.label)),
        bool(left_out or any(address.values(name) for name in CHOICES)),
    )


def choice_label(name: str, value: str, texts: Texts) -> str:
    """A value in words; one that is not offered as a share."""
    key = CHOICES[name].get(value)
    return texts[key] if key else texts[f"chip_{name}"].format(name=value)


def _choices(name: str, address: Address, texts: Texts) -> tuple[Choice, ...]:
    """Those offered, and the one in the address where that is another."""
    chosen = f"{share:g}" if (share := address.share(name)) else ""
    offered = dict.fromkeys([*CHOICES[name], chosen])
    return tuple(Choice(value, choice_label(name, value, texts), value == chosen) for value in offered)
