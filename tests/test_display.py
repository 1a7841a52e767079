"""Members, matches and shortlists in notebooks and terminals."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Evidence, Match, Member, Searcher, Shortlist
from search.display import MATCHES_SHOWN, NAME_SHOWN, TEXT_SHOWN
from tests.test_needs import CALL

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script></div>&amp;\x1b[2J\u202e$x$'
ALLOWED = {"div", "p", "b", "br", "small", "span", "mark", "ol", "li"}


class Reader(HTMLParser):
    """Tags, attributes and text; fails on a tag that is not closed in its place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.tags: set[str] = set()
        self.marked: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] == "mark":
            self.marked.append(data)


def hostile(text: str) -> Shortlist:
    """A shortlist in which everything that somebody wrote is this text."""
    found = Member(text, text, {text: text, "en": text}, (text,), (text,), text, text, text, 1, text, (text,))
    evidence = Evidence(text, text, 1.0, text, 0, len(text), ((0, len(text) // 2),))
    return Shortlist(text, text, "s", 1, (Match(1, 1.0, 0.5, found, (evidence,), (0,)),), {}, 1.0, answerable=False)


def test_a_shortlist_shows_its_evidence(small: Searcher) -> None:
    """Names, facts, relevance as word and bar, the quoted text in its language with the shared words marked."""
    shortlist = small.search("capteurs", k=2)
    shown = Reader(page := shortlist._repr_html_())
    assert shown.marked == ["sensors", "capteurs"]
    assert 'lang="fr" dir="auto"' in page
    text = html.unescape(re.sub("<[^>]+>", "", page))
    for part in ("capteurs", "topic in fr", "2 of 6 members", shortlist.snapshot, "2. Beta", "FR · startup · Minalogic · sensors"):  # fmt: skip
        assert part in text
        assert part in str(shortlist)
    assert "[fr] Nous fabriquons des capteurs." in text


@pytest.mark.parametrize(
    ("relevance", "shown"),
    [
        (0.0, "░░░░░░░░░░ unlikely, 0%"),
        (0.12, "█░░░░░░░░░ possible, 12%"),
        (0.35, "████░░░░░░ likely, 35%"),
        (0.6, "██████░░░░ very likely, 60%"),
        (1.0, "██████████ very likely, 100%"),
    ],
)
def test_relevance_is_a_word_and_a_bar(small: Searcher, relevance: float, shown: str) -> None:
    """The page's words, and ten blocks: readable where styles are stripped."""
    match = replace(small.search("sensors")[0], relevance=relevance)
    assert shown in match._repr_html_()
    assert shown in str(match)


def test_needs_are_numbered(small: Searcher) -> None:
    """Those of a call text are listed, and matches say which they answer."""
    shortlist = small.search(CALL)
    assert len(shortlist.needs) >= 2
    assert f"<li>{html.escape(shortlist.needs[1].text)}</li>" in shortlist._repr_html_()
    assert "  need 2: " in str(shortlist)
    match = replace(shortlist[0], needs=(0, 1))
    assert str(match).splitlines()[1].endswith(" · needs 1, 2")
    assert " · needs 1, 2</p>" in match._repr_html_()


def test_what_members_wrote_is_text(small: Searcher) -> None:
    """No tag, script, attribute, control character or formula comes of it, in HTML or in a terminal."""
    shortlist = hostile(HOSTILE)
    for thing in (shortlist, shortlist[0], shortlist[0].member):
        page = thing._repr_html_()
        shown = Reader(page)
        assert shown.tags <= ALLOWED
        assert shown.attributes <= {"class", "dir", "lang", "style"}
        assert page.startswith('<div class="tex2jax_ignore mathjax_ignore">')
        for text in (page, str(thing), repr(thing)):
            assert not {"\x1b", "\u202e"} & set(text)
        assert not re.search(r"javascript:|url\(|<a |<style", page)


@given(st.text(min_size=1))
def test_any_text_can_be_shown(text: str) -> None:
    """The HTML is well formed with known tags only; lines hold nothing but printable characters."""
    shortlist = hostile(text)
    for thing in (shortlist, shortlist[0], shortlist[0].member):
        assert Reader(thing._repr_html_()).tags <= ALLOWED
        assert str(thing).replace("\n", "").isprintable()
        assert repr(thing).isprintable()


def test_nothing_floods_a_notebook(small: Searcher) -> None:
    """Long texts are cut, only the first matches are shown, and the representation of anything is one short line."""
    large = hostile("x" * 200_000)
    many = replace(large, matches=large.matches * 500, total=500)
    assert len(many._repr_html_()) < MATCHES_SHOWN * (TEXT_SHOWN + 12 * NAME_SHOWN) + 2_000
    assert f"and {500 - MATCHES_SHOWN} more; to_frame() has them all" in many._repr_html_()
    assert str(many).endswith(f"and {500 - MATCHES_SHOWN} more; to_frame() has them all")
    assert len(large[0].member._repr_html_()) < 2 * (TEXT_SHOWN + 12 * NAME_SHOWN)
    for thing in (many, many[0], many[0].member, small, small.manifest):
        assert len(repr(thing)) < 1_000
        assert "\n" not in repr(thing)
    assert (
        repr(small.search("vaches", k=2))
        == f"Shortlist('vaches', fr, 2 of 6 members, snapshot {small.manifest.snapshot})"
    )
    assert repr(small) == f"Searcher(6 members, snapshot {small.manifest.snapshot}, fake)"


def test_no_matches(small: Searcher) -> None:
    """An empty shortlist says why: nobody passes the filters, or the ranking ends before."""
    assert "No member passes these filters." in small.search("sensors", country="XX")._repr_html_()
    assert "No more matches." in str(small.search("sensors", offset=100))
    nobody = replace(small.search("sensors"), answerable=False)
    assert "Nobody seems to answer this topic" in nobody._repr_html_()


def test_a_member_shows_its_texts(small: Searcher) -> None:
    """Each description under its language, paragraph by paragraph."""
    delta = small.member("delta")
    assert "<small>[fr]</small> Nous soignons les vaches." in delta._repr_html_()
    assert str(delta).splitlines() == [
        "Delta  FR · sme · Minalogic",
        "  [fr] Nous soignons les vaches.",
        "  [en] Health of cows.",
    ]
    two = Member("m", "M", {"en": "One.\n\n\n\nTwo <3."})
    assert "One.<br><br>Two &lt;3." in two._repr_html_()
