"""Rules of programmes, read from TOML: those that come with Passerelle by name, a cluster's own by path."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, cast, get_args

from ..errors import InvalidQuery
from .rules import Distinct, Rule, Wording

__all__ = ["CountryGroup", "Profile", "country_groups", "named_profile", "profile_names", "read_profile"]

MAX_BYTES = 100_000
MAX_RULES = 30
MAX_COUNT = 1_000
COUNTRIES = "countries"
KEYS = {"title", "source", "date", "rules", "questions"}
RULE_KEYS = {"id", "says", "among", "distinct", "at_least", "at_most"}
AMONG_KEYS = {"country", "kind", "cluster"}


@dataclass(frozen=True, slots=True)
class CountryGroup:
    """Countries by ISO code, where the list comes from, and the day it was true."""

    name: str
    title: Wording
    source: str
    date: date
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one programme, where they are published and the day they were such. `questions` are rules that no data can show.

    `groups` are the lists of countries it refers to.
    """

    name: str
    title: Wording
    source: str
    date: date
    rules: tuple[Rule, ...]
    questions: tuple[Wording, ...]
    groups: tuple[CountryGroup, ...]


def profile_names() -> tuple[str, ...]:
    """The profiles that come with Passerelle."""
    names = (Path(entry.name) for entry in resources.files(__package__).joinpath("programmes").iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix == ".toml" and name.stem != COUNTRIES))


@cache
def named_profile(name: str) -> Profile:
    """A profile that comes with Passerelle. Raises InvalidQuery where there is none of that name."""
    if name not in profile_names():
        raise InvalidQuery(f"no profile is named {name[:100]!r}; there are {', '.join(profile_names())}")
    return _profile(name, _packaged(name), f"profile {name}")


def read_profile(path: Path) -> Profile:
    """A profile of one's own, from a TOML file. Raises InvalidQuery where it cannot be read or does not say what it must."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidQuery(f"cannot read the profile {path}: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise InvalidQuery(f"the profile {path} is larger than {MAX_BYTES:,} bytes; a profile is a few rules")
    try:
        parsed = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidQuery(f"the profile {path} is not TOML: {error}") from error
    return _profile(path.stem, parsed, f"profile {path}")


@lru_cache(maxsize=1)
def country_groups() -> Mapping[str, CountryGroup]:
    """Lists of countries by name."""
    return {
        name: CountryGroup(
            name, Wording(**stored["title"]), stored["source"], stored["date"], frozenset(stored["codes"])
        )
        for name, stored in _packaged(COUNTRIES).items()
    }


def _packaged(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath("programmes", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _profile(name: str, parsed: Mapping[str, Any], where: str) -> Profile:
    _only(parsed, KEYS, where)
    groups: dict[str, CountryGroup] = {}
    rules = parsed.get("rules", [])
    if not isinstance(rules, list) or not 0 < len(rules) <= MAX_RULES:
        raise InvalidQuery(f"{where}: write 1 to {MAX_RULES} [[rules]]")
    read = tuple(_rule(rule, f"{where}, rule {i}", groups) for i, rule in enumerate(rules, 1))
    if len({rule.id for rule in read}) < len(read):
        raise InvalidQuery(f"{where}: two rules have the same id; give each its own")
    questions = parsed.get("questions", [])
    if not isinstance(questions, list) or len(questions) > MAX_RULES:
        raise InvalidQuery(f"{where}: write at most {MAX_RULES} [[questions]], each with en and fr")
    day = parsed.get("date")
    if not isinstance(day, date):
        raise InvalidQuery(f"{where}: date is missing; write the day the rules were such, as date = 2026-01-31")
    return Profile(
        name,
        _wording(parsed.get("title"), f"{where}, title"),
        _text(parsed.get("source"), f"{where}, source"),
        day,
        read,
        tuple(_wording(question, f"{where}, question {i}") for i, question in enumerate(questions, 1)),
        tuple(groups.values()),
    )


def _rule(parsed: object, where: str, groups: dict[str, CountryGroup]) -> Rule:
    rule = _table(parsed, where)
    _only(rule, RULE_KEYS, where)
    among = _table(rule.get("among", {}), f"{where}, among")
    _only(among, AMONG_KEYS, f"{where}, among")
    distinct = rule.get("distinct", "member")
    if distinct not in get_args(Distinct):
        raise InvalidQuery(f"{where}: distinct is {distinct!r}; write one of {', '.join(get_args(Distinct))}")
    if "at_least" not in rule and "at_most" not in rule:
        raise InvalidQuery(f"{where}: write at_least or at_most, a whole number")
    countries = _values(among, "country", where)
    return Rule(
        _text(rule.get("id"), f"{where}, id"),
        _wording(rule.get("says"), f"{where}, says"),
        None if countries is None else _countries(countries, where, groups),
        _values(among, "kind", where),
        _values(among, "cluster", where),
        cast(Distinct, distinct),
        _count(rule, "at_least", where),
        _count(rule, "at_most", where),
    )


def _countries(values: frozenset[str], where: str, groups: dict[str, CountryGroup]) -> frozenset[str]:
    """Codes, those of groups written "@name" among them; the groups used are added to `groups`."""
    known = country_groups()
    for value in sorted(values):
        if value.startswith("@"):
            if value[1:] not in known:
                raise InvalidQuery(f"{where}: no group of countries is named {value}; there are @{', @'.join(known)}")
            groups[value[1:]] = known[value[1:]]
    own = frozenset(value for value in values if not value.startswith("@"))
    return own.union(*(known[value[1:]].codes for value in values if value.startswith("@")))


def _only(parsed: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(parsed) - known):
        raise InvalidQuery(f"{where}: {unknown[0]!r} is not known here; there are {', '.join(sorted(known))}")


def _table(parsed: object, where: str) -> Mapping[str, Any]:
    if not isinstance(parsed, dict):
        raise InvalidQuery(f"{where}: a table is needed, found {str(parsed)[:60]!r}")
    return parsed


def _text(parsed: object, where: str) -> str:
    if not isinstance(parsed, str) or not parsed.strip():
        raise InvalidQuery(f"{where}: some text is needed, found {str(parsed)[:60]!r}")
    return parsed


def _wording(parsed: object, where: str) -> Wording:
    table = _table(parsed, where)
    return Wording(_text(table.get("en"), f"{where}, en"), _text(table.get("fr"), f"{where}, fr"))


def _values(among: Mapping[str, Any], key: str, where: str) -> frozenset[str] | None:
    if key not in among:
        return None
    values = among[key]
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise InvalidQuery(f"{where}: among.{key} is {str(values)[:60]!r}; write a list of texts")
    return frozenset(values)


def _count(rule: Mapping[str, Any], key: str, where: str) -> int | None:
    count = rule.get(key)
    if count is not None and (type(count) is not int or not 0 <= count <= MAX_COUNT):
        raise InvalidQuery(f"{where}: {key} is {str(count)[:60]!r}; write a whole number from 0 to {MAX_COUNT}")
    return count
