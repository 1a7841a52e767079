"""What is compared of each member, and what the collection as a whole says about names, websites and texts."""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from search.types import Member

from .folding import folded, words
from .names import Name, compare, read_name
from .uniting import other_names
from .words import GENERIC, PAGE_HOSTS, PLACES, SMALL_WORDS

__all__ = ["Collection", "Profile", "read_profile"]

MAX_NAMES = 20
"""Of a member's names so many are compared."""
MAX_TEXT_CHARS = 4_000
"""Of each description this much is compared."""
NAMES_A_PARAGRAPH = 3
"""A paragraph under more names than this says nothing of who wrote it: a project's abstract, a template."""
NAMES_A_SITE = 20
"""A website under more names than this is a host or a campus."""
COMMON = 5
"""A word in more names than this begins to lose its worth."""
STEM = 5
"""Letters that two forms of a word share, and often a French and an English word of one origin: "photonique", "photonics"."""

_MEANINGS = frozenset(GENERIC.values())
_PLACES = frozenset(PLACES.values())
_BREAK = re.compile(r"\n\s*\n")
_TOWN_NOISE = SMALL_WORDS | {"cedex", "city", "ville"}


@dataclass(frozen=True)
class Profile:
    """A member as it is compared. `names` are its name and, of one merged before, the others; `site` the registered domain of its
    website, empty where it has none of its own; `town` the words of its town, under one of the town's names."""

    member: Member
    names: tuple[Name, ...]
    site: str
    town: frozenset[str]

    @cached_property
    def of_one_kind(self) -> bool:
        """Whether its names are forms of one name; a verdict may have joined others."""
        return all(compare(a, b).relation != "different" for a, b in combinations(self.names, 2))

    @cached_property
    def site_name(self) -> str:
        """The domain without suffix and hyphens: "waldhornphotonics"."""
        return folded(self.site.split(".")[0]).replace("-", "")

    @property
    def paragraphs(self) -> list[str]:
        """Those of all descriptions, as far as they are compared."""
        texts = [text[:MAX_TEXT_CHARS] for _, text in sorted(self.member.descriptions.items())]
        return [part for text in texts for part in (_BREAK.split(text) if "\n" in text else [text]) if part.strip()]


def read_profile(member: Member) -> Profile:
    """The Profile of a member."""
    names: dict[str, Name] = {}
    for name in map(read_name, (member.name, *other_names(member)[: MAX_NAMES - 1])):
        names.setdefault(name.key, name)
    return Profile(member, tuple(names.values()), _site(member.website or ""), _town(member.city or ""))


class Collection:
    """What only the whole collection can say: how rare a word is in names, which websites and paragraphs are shared."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        in_order = sorted(profiles, key=lambda profile: profile.names[0].key)
        names = {name.key: name for profile in in_order for name in profile.names}
        self._frequency = Counter(word for name in names.values() for word in set(name.words))
        sites = _names_each((profile.names[0].key, profile.site) for profile in in_order)
        self._shared_sites = {site for site, count in sites.items() if count > NAMES_A_SITE}
        paragraphs = _names_each((p.names[0].key, paragraph) for p in in_order for paragraph in p.paragraphs)
        self._shared_paragraphs = {text for text, count in paragraphs.items() if count > NAMES_A_PARAGRAPH}
        self._telling: dict[str, frozenset[str]] = {}

    @property
    def facts(self) -> tuple[object, ...]:
        """Equal for collections in which any two members compare alike."""
        return self._frequency, self._shared_sites, self._shared_paragraphs

    def site(self, profile: Profile) -> str:
        """The site of a member, empty where many others have the same."""
        return "" if profile.site in self._shared_sites else profile.site

    def rarity(self, word: str, own_town: bool = False) -> float:
        """How much, in 0..1, a word of a name says about whose it is; `own_town`: the word is the member's own town."""
        if word in _PLACES or own_town:
            return 0.5 if own_town else 0.25
        if word in _MEANINGS:
            return 0.15
        by_length = 0.2 if len(word) < 3 and word.isascii() else 0.5 if len(word) == 3 else 1.0
        return by_length * min(1.0, COMMON / max(1, self._frequency[word]))

    def telling(self, profile: Profile) -> frozenset[str]:
        """Stems of the longer words, and the numbers, of a member's own text; what many others wrote too is left out."""
        found = self._telling.get(profile.member.id)
        if found is None:
            own = (text for text in profile.paragraphs if text not in self._shared_paragraphs)
            found = frozenset(stem for text in own for word in words(text) if (stem := _stem(word)))
            self._telling[profile.member.id] = found = found - {
                _stem(word) for name in profile.names for word in name.spelled
            }
        return found


def _names_each(named: Iterable[tuple[str, str]]) -> Counter[str]:
    """Under how many names each thing occurs; `named` is in order of name."""
    last: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for name, thing in named:
        if last.get(thing) != name:
            last[thing] = name
            counts[thing] += 1
    return counts


def _stem(word: str) -> str:
    if len(word) >= STEM:
        return sys.intern(word[:STEM])
    return word if len(word) > 1 and any(map(str.isdigit, word)) else ""


def _town(city: str) -> frozenset[str]:
    plain = [word for word in words(city) if not any(map(str.isdigit, word))]
    return frozenset(PLACES.get(word, word) for word in plain if word not in _TOWN_NOISE)


_ICANN = PublicSuffixList(only_icann=True)
_ALL = PublicSuffixList()


@lru_cache(200_000)
def _site(website: str) -> str:
    """The registered domain, unless it belongs to a host of other people's pages."""
    try:
        host = (urlsplit(website).hostname or "").strip(".")
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:
        return ""
    domain = _ICANN.privatesuffix(host) or ""
    hosted = domain in PAGE_HOSTS or _ICANN.publicsuffix(host) != _ALL.publicsuffix(host)
    return "" if hosted else domain
