"""Members to capabilities: passages of their descriptions, each in one language, identical ones kept once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.language import LanguageDetector
from search.splitting import paragraphs, passages
from search.types import Member

from .members import UNKNOWN_LANGUAGE

__all__ = ["Capability", "Passage", "Split", "split_members"]

DETECTABLE = ("de", "en", "es", "fr", "it", "nl", "pt")
"""Languages told apart where a description's key does not name one: those of the clusters' countries."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A distinct piece of text with the paragraph it stands in and the sectors of who wrote it, joined by commas, "" for none. Members
    of the same sectors who wrote the same share it."""

    language: str
    text: str
    paragraph: str
    sectors: str


@dataclass(frozen=True, slots=True)
class Capability:
    """A member's use of a passage: `member` and `passage` are row numbers, `start:end` its place in `descriptions[description]`."""

    member: int
    passage: int
    description: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Split:
    """Members (with their languages filled in), distinct passages in order of language, capabilities in order of member."""

    members: tuple[Member, ...]
    passages: tuple[Passage, ...]
    capabilities: tuple[Capability, ...]


def split_members(members: Sequence[Member]) -> Split:
    """Split every description. The order of the result depends on the members alone."""
    detector = LanguageDetector(DETECTABLE)
    found: dict[Passage, int] = {}
    uses: list[tuple[int, Passage, str, int]] = []
    complete = []
    for position, member in enumerate(members):
        sectors = ", ".join(member.sectors)
        own = [
            (passage, key, start)
            for key, text in member.descriptions.items()
            for passage, start in _passages(key, text, sectors, detector)
        ]
        complete.append(replace(member, languages=tuple(dict.fromkeys(passage.language for passage, _, _ in own))))
        for passage, key, start in own:
            found.setdefault(passage, len(found))
            uses.append((position, passage, key, start))
    ordered = sorted(found, key=lambda passage: (passage.language, found[passage]))
    row = {passage: i for i, passage in enumerate(ordered)}
    return Split(
        tuple(complete),
        tuple(ordered),
        tuple(
            Capability(member, row[passage], key, start, start + len(passage.text))
            for member, passage, key, start in uses
        ),
    )


def _passages(key: str, text: str, sectors: str, detector: LanguageDetector) -> list[tuple[Passage, int]]:
    split = []
    for paragraph in paragraphs(text):
        whole = paragraph.of(text)
        language = detector.detect(whole) if key in UNKNOWN_LANGUAGE else key
        split += [(Passage(language, span.of(text), whole, sectors), span.start) for span in passages(text, paragraph)]
    return split
