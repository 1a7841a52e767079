"""Cut a text into passages of a few sentences, each keeping its exact place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Span", "items", "paragraphs", "passages", "sentences"]

MIN_CHARS = 150
"""Sentences are joined until a passage has this many characters: shorter ones lose what they are about."""
MAX_CHARS = 1_200
"""A passage stays below the encoder's window of 512 tokens."""

_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_ITEM_BREAK = re.compile(r"\n\s*(?=[-–—•*·▪►]\s|\(?(?:\d{1,2}|[a-z])[.)]\s)")
_SENTENCE_BREAK = re.compile(r"""(?<=[.!?…])["»”)\]]*\s+(?=[«“"(\[]*\s?[^\W_a-zß-öø-ÿ])""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|M|MM|Mme|Dr|Prof|Mr|Mrs|Ms|St|Ste|env|cf|fig|éd|ed|vol|no|nos|vs|approx|resp|incl|inkl|bzw|z\.B|p\.\s?ex|e\.g|i\.e|c\.-à-d)\.)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters themselves."""
        return text[self.start : self.end]


def paragraphs(text: str) -> list[Span]:
    """Parts of `text` separated by blank lines, without surrounding white space; none is empty."""
    return list(_between(text, Span(0, len(text)), [(m.start(), m.end()) for m in _PARAGRAPH_BREAK.finditer(text)]))


def items(text: str, paragraph: Span) -> list[Span]:
    """A paragraph's parts where it is a list: each line that begins with a bullet, a dash or a number begins another."""
    breaks = [(m.start(), m.end()) for m in _ITEM_BREAK.finditer(text, paragraph.start, paragraph.end)]
    return list(_between(text, paragraph, breaks))


def passages(text: str, paragraph: Span, min_chars: int = MIN_CHARS) -> list[Span]:
    """Sentences of one paragraph, neighbours joined until each passage has `min_chars` characters.

    A paragraph shorter than twice that stays whole; a sentence longer than `MAX_CHARS` is cut at white space. Together the
    passages cover everything in the paragraph but white space between them.
    """
    if paragraph.end - paragraph.start < 2 * min_chars:
        return [paragraph]
    joined: list[Span] = []
    for sentence in sentences(text, paragraph):
        last = joined[-1] if joined else None
        if last and last.end - last.start < min_chars and sentence.end - last.start <= MAX_CHARS:
            joined[-1] = Span(last.start, sentence.end)
        else:
            joined.append(sentence)
    if (
        len(joined) > 1
        and joined[-1].end - joined[-1].start < min_chars / 2
        and joined[-1].end - joined[-2].start <= MAX_CHARS
    ):
        joined[-2:] = [Span(joined[-2].start, joined[-1].end)]
    return joined


def sentences(text: str, paragraph: Span) -> Iterator[Span]:
    """The sentences of a paragraph; what stands after a known abbreviation goes on, and one longer than `MAX_CHARS` is cut at white space."""
    breaks = []
    for match in _SENTENCE_BREAK.finditer(text, paragraph.start, paragraph.end):
        closing = match.start() + len(match.group()) - len(match.group().lstrip('"»”)]'))
        if not _ABBREVIATION.search(text, max(paragraph.start, match.start() - 8), match.start()):
            breaks.append((closing, match.end()))
    for sentence in _between(text, paragraph, breaks):
        yield from _cut(text, sentence)


def _cut(text: str, span: Span) -> Iterator[Span]:
    """Pieces of at most MAX_CHARS, cut after the last white space that allows it."""
    start = span.start
    while span.end - start > MAX_CHARS:
        window = text[start : start + MAX_CHARS]
        blank = max(window.rfind(" "), window.rfind("\n"), window.rfind("\t"))
        cut = start + (blank if blank > 0 else MAX_CHARS)
        yield from _between(text, Span(start, cut), [])
        start = cut
    yield from _between(text, Span(start, span.end), [])


def _between(text: str, span: Span, breaks: list[tuple[int, int]]) -> Iterator[Span]:
    starts = [span.start, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), span.end]
    for start, end in zip(starts, ends, strict=True):
        piece = text[start:end]
        if stripped := piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            yield Span(first, first + len(stripped))
