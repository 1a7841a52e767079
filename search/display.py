"""How members, matches and shortlists look in a notebook and in a terminal.

HTML without style sheets or scripts: where styles are stripped, as code-hosting sites do, all of it is still there, and the notebook's own
colours hold, light or dark. Whatever members and visitors wrote is bounded, without control characters, and escaped.
"""

import textwrap
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from .relevance import level

if TYPE_CHECKING:
    from .types import Evidence, Match, Member, Shortlist

__all__ = [
    "match_html",
    "match_line",
    "match_text",
    "member_html",
    "member_line",
    "member_text",
    "plain",
    "shortlist_html",
    "shortlist_line",
    "shortlist_text",
]

MATCHES_SHOWN = 20
TEXT_SHOWN, TOPIC_SHOWN, NAME_SHOWN = 4_000, 400, 120
"""Characters shown of each description and evidence, of a topic or a need, of names and other attributes."""
BAR = 10
WIDTH = 110
WORDS = {"high": "very likely", "good": "likely", "some": "possible", "low": "unlikely"}

_UNTYPESET = "tex2jax_ignore mathjax_ignore"  # a price in dollars is no formula
_QUOTE = "margin:.3em 0 .3em 1.6em;padding-left:.7em;border-left:3px solid #8a8a8a"
_MARK = "background:#ffe08a;color:#1a1a1a;padding:0 .1em"


def plain(text: str) -> str:
    """What a member or a visitor wrote, with control characters shown as blanks: it must not move the cursor or change colours."""
    return "".join(c if c.isprintable() else " " for c in text)


def member_line(member: "Member") -> str:
    """One line: id, name, country, kind, languages."""
    facts = (
        _short(repr(member.id)),
        _short(repr(member.name)),
        *map(_short, filter(None, (member.country, member.kind))),
    )
    return f"Member({', '.join(facts)}, described in {_short(', '.join(member.descriptions))})"


def match_line(match: "Match") -> str:
    """One line: rank, relevance, score and the member."""
    return f"Match(rank={match.rank}, relevance={match.relevance}, score={match.score}, {member_line(match.member)})"


def shortlist_line(shortlist: "Shortlist") -> str:
    """One line: topic, language, how many matches, snapshot."""
    topic = repr(_short(shortlist.topic, 60))
    return f"Shortlist({topic}, {_short(shortlist.language)}, {_count(shortlist)}, snapshot {shortlist.snapshot})"


def member_text(member: "Member") -> str:
    """A member with its descriptions, for a terminal."""
    lines = [_title(member), *([plain(member.website)[:NAME_SHOWN]] if member.website else [])]
    for language, description in member.descriptions.items():
        for paragraph in _paragraphs(description):
            lines.append(_wrapped(f"[{_short(language)}] {paragraph}", "  "))
    return "\n".join(lines)


def match_text(match: "Match") -> str:
    """A match with its evidence, for a terminal."""
    head = f"{match.rank:>3}. {_title(match.member)}\n     {_relevance(match)}{_needs(match)}"
    return "\n".join([head, *(_wrapped(f"[{_short(e.language)}] {_bounded(e.text)}", "     ") for e in match.evidence)])


def shortlist_text(shortlist: "Shortlist") -> str:
    """What was asked, and the first matches with their evidence, for a terminal."""
    lines = [_wrapped(_short(shortlist.topic, TOPIC_SHOWN), ""), _about(shortlist)]
    lines += [
        _wrapped(f"need {n}: {_short(need.text, TOPIC_SHOWN)}", "  ") for n, need in enumerate(shortlist.needs, 1)
    ]
    lines += [note] if (note := _note(shortlist)) else []
    lines += [match_text(match) for match in shortlist.matches[:MATCHES_SHOWN]]
    return "\n".join([*lines, *_more(shortlist)])


def member_html(member: "Member") -> str:
    """A member with its descriptions, for a notebook."""
    website = f"<br>{escape(_short(member.website))}" if member.website else ""
    quotes = "".join(
        f'<div lang="{escape(_short(language))}" dir="auto" style="{_QUOTE}"><small>[{escape(_short(language))}]</small> '
        f"{'<br><br>'.join(map(escape, _paragraphs(description)))}</div>"
        for language, description in member.descriptions.items()
    )
    return f'<div class="{_UNTYPESET}"><p>{_title_html(member)}{website}</p>{quotes}</div>'


def match_html(match: "Match") -> str:
    """A match with its evidence, for a notebook."""
    return f'<div class="{_UNTYPESET}">{_match_html(match)}</div>'


def shortlist_html(shortlist: "Shortlist") -> str:
    """What was asked, and the first matches with their evidence, for a notebook."""
    asked = f'<b dir="auto">{escape(_short(shortlist.topic, TOPIC_SHOWN))}</b><br><small>{escape(_about(shortlist))}</small>'
    needs = "".join(f"<li>{escape(_short(need.text, TOPIC_SHOWN))}</li>" for need in shortlist.needs)
    parts = [
        f"<p>{asked}</p>",
        f"<p>The needs found in it:</p><ol>{needs}</ol>" if needs else "",
        f"<p><b>{escape(note)}</b></p>" if (note := _note(shortlist)) else "",
        *map(_match_html, shortlist.matches[:MATCHES_SHOWN]),
        *(f"<p>{escape(line)}</p>" for line in _more(shortlist)),
    ]
    return f'<div class="{_UNTYPESET}">{"".join(parts)}</div>'


def _match_html(match: "Match") -> str:
    head = f"{match.rank}. {_title_html(match.member)}<br>{escape(_relevance(match))}{escape(_needs(match))}"
    return f'<p style="margin:1em 0 .3em">{head}</p>{"".join(map(_evidence_html, match.evidence))}'


def _evidence_html(evidence: "Evidence") -> str:
    pieces, left = [], TEXT_SHOWN
    for text, marked in evidence.segments():
        shown = escape(plain(text[:left]))
        pieces.append(f'<mark style="{_MARK}">{shown}</mark>' if marked and shown else shown)
        left -= len(text[:left])
    cut = "…" if len(evidence.text) > TEXT_SHOWN else ""
    code = escape(_short(evidence.language))
    return f'<div lang="{code}" dir="auto" style="{_QUOTE}"><small>[{code}]</small> {"".join(pieces)}{cut}</div>'


def _title_html(member: "Member") -> str:
    facts = _facts(member)
    return f'<b dir="auto">{escape(_short(member.name))}</b>{f" <span>{escape(facts)}</span>" if facts else ""}'


def _title(member: "Member") -> str:
    return "  ".join(filter(None, (_short(member.name), _facts(member))))


def _facts(member: "Member") -> str:
    facts = (member.city, member.country, member.kind, ", ".join(member.clusters), ", ".join(member.sectors))
    return " · ".join(_short(fact) for fact in facts if fact)


def _relevance(match: "Match") -> str:
    full = round(match.relevance * BAR)
    return f"{'█' * full}{'░' * (BAR - full)} {WORDS[level(match.relevance)]}, {match.relevance:.0%}"


def _needs(match: "Match") -> str:
    return f" · needs {', '.join(str(need + 1) for need in match.needs)}" if match.needs else ""


def _count(shortlist: "Shortlist") -> str:
    return f"{len(shortlist):,} of {shortlist.total:,} members"


def _about(shortlist: "Shortlist") -> str:
    return f"topic in {_short(shortlist.language)} · {_count(shortlist)} · snapshot {shortlist.snapshot}"


def _note(shortlist: "Shortlist") -> str:
    if not shortlist.total:
        return "No member passes these filters."
    if not shortlist.matches:
        return "No more matches."
    return "" if shortlist.answerable else "Nobody seems to answer this topic; the nearest members are:"


def _more(shortlist: "Shortlist") -> list[str]:
    hidden = len(shortlist) - MATCHES_SHOWN
    return [f"and {hidden:,} more; to_frame() has them all"] if hidden > 0 else []


def _paragraphs(text: str) -> Iterator[str]:
    return (_bounded(paragraph) for paragraph in _cut(text, TEXT_SHOWN).split("\n\n") if paragraph.strip())


def _bounded(text: str) -> str:
    return plain(_cut(text, TEXT_SHOWN))


def _short(text: str, most: int = NAME_SHOWN) -> str:
    return plain(_cut(text, most))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
