"""Names of organisations, reduced to what tells one from another."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rapidfuzz.distance import OSA, Prefix

from .folding import folded, words
from .words import GENERIC, LEGAL_FORMS, LEGAL_PHRASES, NUMERALS, PHRASES, PLACES, SMALL_WORDS

__all__ = ["Comparison", "Name", "Relation", "compare", "read_name"]

MAX_NAME_WORDS = 30
_DOTTED = re.compile(r"\b(?:\w\.\s?){2,}(?:\w\b)?")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^][]*)\]")
_DASH = re.compile(r"\s[-–—|/]\s|:\s")
_LEGAL_SEQUENCES = tuple(tuple(phrase.split()) for phrase in LEGAL_PHRASES)


@dataclass(frozen=True)
class Name:
    """What is compared of a name: its `words` (folded, in order, small words and legal forms left out, those of `GENERIC` as their
    English), the `spelled` words before that, and the `acronyms` that it gives for itself."""

    words: tuple[str, ...]
    spelled: tuple[str, ...]
    acronyms: frozenset[str]

    @cached_property
    def key(self) -> str:
        """Equal for names that differ in nothing that counts, the order of words included."""
        return " ".join(sorted(self.words))

    @cached_property
    def run_together(self) -> str:
        """The name as it is spelled, without spaces."""
        return "".join(self.spelled)

    @cached_property
    def initials(self) -> frozenset[str]:
        """Acronyms that could be made of the name: of its words, and of its small words too."""
        return frozenset(
            "".join(word[0] for word in chosen) for chosen in (self.spelled, self._content) if 3 <= len(chosen) <= 8
        )

    @cached_property
    def _content(self) -> tuple[str, ...]:
        return tuple(word for word in self.spelled if word not in SMALL_WORDS)

    @cached_property
    def as_acronym(self) -> str:
        """The name itself, where it is one short word that could be an acronym; else empty."""
        return self.words[0] if len(self.words) == 1 and 3 <= len(self.words[0]) <= 8 else ""


def read_name(text: str) -> Name:
    """The Name that `text` writes: "ARA - Arrasate Research Alliance S.L." has the acronym "ara" and three words."""
    main, acronyms = _without_acronym(text)
    joined = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found.group()) + " ", main)
    plain = " ".join(words(joined))
    for phrase, meaning in PHRASES:
        plain = plain.replace(phrase, meaning)
    spelled = _without_legal_form(plain.split()[:MAX_NAME_WORDS])
    content = [word for word in spelled if word not in SMALL_WORDS] or spelled
    meant = tuple(PLACES.get(word) or GENERIC.get(word) or NUMERALS.get(word) or word for word in content)
    return Name(meant, tuple(spelled), frozenset(acronyms))


def _without_acronym(text: str) -> tuple[str, set[str]]:
    """The name without an acronym in brackets or set off by a dash, and the acronym."""
    acronyms = set()
    inner = [found.group(1) or found.group(2) or "" for found in _BRACKETS.finditer(text)]
    outer = _BRACKETS.sub(" ", text).strip()
    for part in inner:
        if _abbreviates(part, outer):
            acronyms.add(folded(part.strip()))
        elif outer and not any(map(str.isascii, outer.replace(" ", ""))) and any(map(str.isascii, part)):
            outer = part
        else:
            outer = f"{outer} {part}"
    first, *rest = _DASH.split(outer, maxsplit=1)
    if rest and _abbreviates(first, rest[0]):
        return rest[0], acronyms | {folded(first.strip())}
    if rest and _abbreviates(rest[0], first):
        return first, acronyms | {folded(rest[0].strip())}
    return outer, acronyms


def _abbreviates(short: str, name: str) -> bool:
    """Whether `short` is one word made of letters of `name`: its initials in any order, or letters in order from an initial on."""
    letters, plain = folded(short.strip()), words(name)
    if not (2 <= len(letters) <= 8 and letters.isalpha() and len(plain) >= 2) or letters in plain:
        return False
    initials = Counter(word[0] for word in plain)
    if Counter(letters) <= initials:
        return True
    start = next((i for i, word in enumerate(plain) if word[0] == letters[0]), None)
    rest = iter("" if start is None else "".join(plain[start:]))
    return all(letter in rest for letter in letters)


def _without_legal_form(plain: Sequence[str]) -> list[str]:
    """Without legal forms at either end; a name of nothing else stays as it is."""
    left = list(plain)
    while left:
        phrase = next((p for p in _LEGAL_SEQUENCES if tuple(left[-len(p) :]) == p), None)
        if phrase:
            del left[-len(phrase) :]
        elif left[-1] in LEGAL_FORMS:
            del left[-1]
        elif left[0] in LEGAL_FORMS:
            del left[0]
        else:
            return left
    return list(plain)


Relation = Literal["same", "spelling", "short", "acronym", "different"]
"""How two names relate: "same", "spelling", "short" (one has words more), "acronym" or "different"."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two names relate, the words they share, those only one has, and how many of the shared are spelled differently."""

    relation: Relation
    shared: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    misspelled: int = 0


DIFFERENT = Comparison("different")


def compare(a: Name, b: Name, neutral: frozenset[str] = frozenset()) -> Comparison:
    """How two names relate; `neutral` words (the town, the country) may be missing from either."""
    if a.key == b.key or a.run_together == b.run_together:
        return Comparison("same", a.words)
    acronym = _acronym_of(a, b) or _acronym_of(b, a)
    if acronym:
        return Comparison("acronym", (acronym,))
    shared, left, right = _exact(a.words, b.words)
    misspelled = 0
    for mine in list(left):
        for other in right:
            alike = _alike(mine, other)
            if alike is not None:
                left.remove(mine)
                right.remove(other)
                shared.append(max(mine, other, key=len))
                misspelled += alike
                break
    left, right = ([word for word in side if word not in neutral] for side in (left, right))
    if left and right:
        together, apart = "".join(left), "".join(right)
        distance = _misspelling(together, apart)
        if distance is None:
            return DIFFERENT
        shared += left if together == apart else [together]
        misspelled += int(distance > 0)
        left = right = []
    extra = tuple(left or right)
    if not shared:
        return DIFFERENT
    relation: Relation = "short" if extra else "spelling" if misspelled else "same"
    return Comparison(relation, tuple(shared), extra, misspelled)


def _acronym_of(short: Name, long: Name) -> str:
    name = short.as_acronym
    return name if name and (name in long.acronyms or name in long.initials) else ""


def _exact(a: Sequence[str], b: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Words of both, then those of each that the other lacks."""
    right = list(b)
    shared, left = [], []
    for word in a:
        if word in right:
            right.remove(word)
            shared.append(word)
        else:
            left.append(word)
    return shared, left, right


def _alike(a: str, b: str) -> int | None:
    """0 where two words are forms of one generic word, 1 where they are one word spelled differently, else None."""
    if (a in _MEANINGS or b in _MEANINGS) and a not in PLACES and b not in PLACES:
        common = Prefix.similarity(a, b)
        return 0 if common >= 5 and common >= 0.6 * max(len(a), len(b)) else None
    distance = _misspelling(a, b)
    return None if distance is None else 1


_MEANINGS = frozenset(GENERIC.values())


def _misspelling(a: str, b: str) -> int | None:
    """Letters wrong, missing, too many or swapped, where few enough to be an error; numbers and short words are never misspelled."""
    longest = max(len(a), len(b))
    if a == b:
        return 0
    if longest < 5 or not (a + b).isalpha():
        return None
    allowed = 1 if longest < 9 else 2
    distance = OSA.distance(a, b, score_cutoff=allowed)
    return distance if distance <= allowed else None
