"""Several records of one organisation become one member."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from typing import TypeVar

from rapidfuzz import fuzz

from search.types import Member

from ..members import MAX_DESCRIPTION_CHARS

__all__ = ["MERGED_FROM", "OTHER_NAMES", "merged_ids", "other_names", "unite", "without_false_claims"]

MERGED_FROM = "merged_from"
"""Key of `Member.extra`: the ids of all records that a merged member was made of, its own included, in order."""
OTHER_NAMES = "other_names"
"""Key of `Member.extra`: the names that those records have besides the member's, in order."""

MAX_TEXTS = 20
"""So many different texts in one language are kept."""
NEARLY = 90
"""Texts are nearly the same from this ratio (0..100) on, over their first `COMPARED_CHARS`."""
COMPARED_CHARS = 5_000

Value = TypeVar("Value")


def merged_ids(member: Member) -> tuple[str, ...]:
    """The ids of all records in a member: only its own, unless it was merged."""
    return tuple(sorted({member.id, *_strings(member, MERGED_FROM)}))


def without_false_claims(member: Member, ids: Set[str]) -> Member:
    """The member without those of `ids` among what it says it was merged from: they are there as records of their own."""
    claims = _strings(member, MERGED_FROM)
    true = [claim for claim in claims if claim == member.id or claim not in ids]
    return member if true == claims else replace(member, extra={**member.extra, MERGED_FROM: true})


def other_names(member: Member) -> tuple[str, ...]:
    """Names that the records of a merged member have besides the member's."""
    return tuple(sorted({*_strings(member, OTHER_NAMES)} - {member.name}))


def unite(records: Sequence[Member]) -> Member:
    """One member of one or more records, which may come in any order.

    The smallest id stays; the name is that of the fullest record; facets are united in order of id; single values come from the record
    updated last, else the fullest, that has one. Descriptions in one language follow each other unless nearly the same.
    """
    if len(records) == 1:
        return records[0]
    by_id = sorted(records, key=lambda record: record.id)
    fullest = sorted(by_id, key=_fullness, reverse=True)
    latest = sorted(fullest, key=lambda record: record.updated or "", reverse=True)
    name = fullest[0].name
    names = {other for record in by_id for other in (record.name, *other_names(record))} - {name}
    extra = {key: value for record in reversed(latest) for key, value in record.extra.items()}
    extra[MERGED_FROM] = sorted({member for record in by_id for member in merged_ids(record)})
    extra |= {OTHER_NAMES: sorted(names)} if names else {}
    return replace(
        by_id[0],
        name=name,
        descriptions=_descriptions(latest),
        clusters=_united(record.clusters for record in by_id),
        sectors=_united(record.sectors for record in by_id),
        languages=_united(record.languages for record in by_id),
        country=_first(latest, lambda record: record.country),
        city=_first(latest, lambda record: record.city),
        kind=_first(latest, lambda record: record.kind),
        employees=_first(latest, lambda record: record.employees),
        website=_first(latest, lambda record: record.website),
        updated=_first(latest, lambda record: record.updated),
        extra=extra,
    )


def _strings(member: Member, key: str) -> list[str]:
    """The texts listed under a key of `extra`, which anybody may have written."""
    found = member.extra.get(key)
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []


def _fullness(record: Member) -> tuple[int, int, int]:
    said = (record.country, record.city, record.kind, record.employees, record.website, record.updated)
    texts = record.descriptions
    return sum(value is not None for value in said) + bool(record.sectors), len(texts), sum(map(len, texts.values()))


def _first(records: Iterable[Member], value: Callable[[Member], Value | None]) -> Value | None:
    return next((found for record in records if (found := value(record)) is not None), None)


def _united(values: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for several in values for value in several))


def _descriptions(latest: Sequence[Member]) -> dict[str, str]:
    """By language, the languages of the latest record first."""
    texts: dict[str, list[str]] = {}
    for record in latest:
        for language, text in record.descriptions.items():
            _add(texts.setdefault(language, []), text.strip())
    return {language: "\n\n".join(several) for language, several in texts.items()}


def _add(kept: list[str], text: str) -> None:
    """Add a text to those kept; of two that are nearly the same the longer stays, and what would be too much is left out."""
    for place, other in enumerate(kept):
        if text in other:
            return
        if other in text or fuzz.ratio(text[:COMPARED_CHARS], other[:COMPARED_CHARS]) >= NEARLY:
            longer = max(other, text, key=len)
            if sum(map(len, kept)) - len(other) + len(longer) + 2 * len(kept) <= MAX_DESCRIPTION_CHARS:
                kept[place] = longer
            return
    if len(kept) < MAX_TEXTS and sum(map(len, kept)) + len(text) + 2 * len(kept) <= MAX_DESCRIPTION_CHARS:
        kept.append(text)
