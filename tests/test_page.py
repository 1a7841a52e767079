"""The web pages, as sent."""

import html
import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from search import Searcher, SnapshotRefused, open_index
from service.app import create_app
from service.live import Live
from service.pages.address import Address
from service.security import SecuritySettings
from service.texts import _TEXTS, EXAMPLES, LANGUAGES, preferred_language, texts_for
from tests.conftest import SMALL, Build, FakeEncoder, member
from tests.test_needs import CALL

WRITTEN = st.characters(exclude_categories=["Cs"])
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def client(build: Build, tmp_path: Path) -> TestClient:
    hostile = member(
        "h",
        en=f"Sensors {HOSTILE}",
        sectors=[HOSTILE],
        clusters=[HOSTILE],
        country="IE",
        website='https://x.example/"onclick=',
    )
    build([*SMALL, {**hostile, "name": HOSTILE}])
    return TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))


def test_the_empty_page_asks_for_a_topic(client: TestClient) -> None:
    """A box and examples; in the browser's language, switchable."""
    english, french = client.get("/", headers={"accept-language": "de,en;q=0.5"}).text, client.get("/?ui=fr").text
    assert '<html lang="en">' in english
    assert "What do you need a partner for?" in english
    assert '<html lang="fr">' in french
    assert "Pour quoi cherchez-vous un partenaire" in french
    assert 'hreflang="en"' in french
    assert "2 membres se décrivent en français" in french
    assert all(example in html.unescape(english) for examples in EXAMPLES.values() for example in examples)


def test_results_with_evidence_and_filters(client: TestClient) -> None:
    """Matches, the quoted text in its language, facets with counts, links to the next page that keep the question."""
    page = client.get("/?q=capteurs&ui=fr").text
    assert '<blockquote lang="fr">Nous fabriquons des <mark>capteurs</mark>.' in page
    assert 'name="country" value="FR"> <span>France</span> <small>3</small>' in page
    filtered = client.get("/?q=capteurs&ui=fr&country=BE&country=NL").text
    assert "2 membres classés" in filtered
    assert 'value="BE" checked' in filtered
    assert 'name="country" value="FR">' in filtered  # a third country can be added
    assert "Nous fabriquons" not in filtered


def test_a_call_text_shows_its_needs(client: TestClient) -> None:
    """The sentences found, numbered, and with each match the numbers of those it answers."""
    page = client.get("/", params={"q": CALL, "ui": "fr"}).text
    assert "Ce que demande votre texte" in page
    assert '<li id="need-2"><p>Nous cherchons un laboratoire' in page
    assert "personne sur cette page" in page or 'y répondent ici <a href="#m-' in page
    assert "Ce que demande" not in client.get("/?q=capteurs&ui=fr").text


def test_a_topic_that_nobody_answers(build: Build, tmp_path: Path) -> None:
    """The page says so, in both languages, and still lists the nearest members."""
    build(SMALL)
    client = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    for ui, said in (
        ("en", "Nobody among these members seems to do this"),
        ("fr", "Personne parmi ces membres ne semble le faire"),
    ):
        page = client.get(f"/?q=zymurgy&ui={ui}").text
        assert said in page
        assert page.count("<article ") == 6


def test_pages_link_to_each_other(build: Build, tmp_path: Path) -> None:
    """The second page starts at rank 11 and links back; filters and topic stay in the address."""
    build([member(f"m{i:02d}", en=f"Sensors {i}.", country="FR") for i in range(25)])
    client = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    first, second = client.get("/?q=sensors&country=FR").text, client.get("/?q=sensors&country=FR&offset=10").text
    assert 'rel="next" href="/?q=sensors&amp;country=FR&amp;offset=10"' in first
    assert 'rel="prev"' not in first
    assert '<li id="m-11" value="11">' in second
    assert 'rel="prev" href="/?q=sensors&amp;country=FR"' in second


def test_what_people_wrote_is_text(client: TestClient) -> None:
    """Markup in a topic, a name, a description or a facet value is shown, never run."""
    page = client.get("/", params={"q": f"sensors {HOSTILE}", "country": HOSTILE}).text + client.get("/?q=sensors").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert '"onclick=' not in page


def test_the_browser_is_told_to_load_nothing_else(client: TestClient) -> None:
    """A strict content security policy on every page, errors included; no script or style in the page itself."""
    for path in ("/", "/?q=sensors", "/members/alpha", "/members/nobody", "/shortlist?only=alpha"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "style=" not in answer.text
        assert re.findall("<script[^>]*>", answer.text) == ['<script src="/static/page.js" defer>']
    for name in ("style.css", "page.js", "icon.svg"):
        assert client.get(f"/static/{name}").status_code == 200


@pytest.mark.parametrize(("topic", "message"), [("x" * 40_000, "too long"), ("a\0b", "cannot be read")])
def test_refused_topics_are_explained(client: TestClient, topic: str, message: str) -> None:
    """The page says what is wrong, in its language, with status 422."""
    answer = client.get("/", params={"q": topic, "ui": "en"})
    assert answer.status_code == 422
    assert message in answer.text


def test_no_member_passes(client: TestClient) -> None:
    """An empty result says so and offers to remove the filters."""
    page = client.get("/?q=sensors&country=XX&ui=en").text
    assert "No member passes these filters." in page
    assert "Remove all filters and settings" in page


def test_nothing_on_this_page(client: TestClient) -> None:
    """Neither an address beyond the last match nor a relevance that nobody reaches is called a lack of members."""
    beyond = client.get("/?q=sensors&country=FR&offset=500&ui=en").text
    assert "No match on this page." in beyond
    assert '<a href="/?q=sensors&amp;country=FR&amp;ui=en">Back to the first matches</a>' in beyond
    strict = client.get("/?q=sensors&country=FR&min_relevance=1&ui=en").text
    assert "Nobody here is relevant enough." in strict
    assert '<a href="/?q=sensors&amp;country=FR&amp;ui=en">Show them all the same</a>' in strict
    assert not any("No member passes" in page or 'rel="next"' in page for page in (beyond, strict))


@pytest.mark.parametrize(
    "broken", ["offset=-1", "offset=x", "offset=99999999999", "diversity=much", "min_relevance=nan", "ui=de"]
)
def test_broken_addresses_are_read_as_far_as_they_go(client: TestClient, broken: str) -> None:
    """What cannot be understood beside the topic is left out."""
    assert client.get(f"/?q=sensors&{broken}").status_code == 200


def test_a_member_and_its_neighbours(client: TestClient) -> None:
    """All it says, by language; those who do similar things; the way back to the results it was found among."""
    page = client.get("/members/delta?q=capteurs&country=FR&offset=10&ui=en").text
    assert re.findall('<ul lang="(..)"><li>(.*?)</li></ul>', page) == [
        ("fr", "Nous soignons les vaches."),
        ("en", "Health of cows."),
    ]
    assert 'href="/?q=capteurs&amp;country=FR&amp;offset=10&amp;ui=en"' in page
    neighbours = re.findall(r'<h3><a href="/members/(\w+)\?', page)
    assert neighbours[0] == "gamma"
    assert "delta" not in neighbours


@pytest.mark.parametrize("path", ["/members/nobody", "/members/a/b%2Fc", "/members/%3Cscript%3E"])
def test_an_unknown_member(client: TestClient, path: str) -> None:
    """A page that says so, in the visitor's language, with status 404."""
    answer = client.get(path, headers={"accept-language": "fr"})
    assert answer.status_code == 404
    assert "Cette page n'existe pas." in html.unescape(answer.text)


def test_what_goes_wrong_is_a_page_too(caplog: pytest.LogCaptureFixture) -> None:
    """An index that fails, or code that does, is written to the log and explained without its words."""

    class Broken(Live):
        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

        @property
        def searcher(self) -> Searcher:
            raise self.error

    for error, status in ((SnapshotRefused("secret path"), 503), (ZeroDivisionError("secret path"), 500)):
        answer = TestClient(create_app(Broken(error))).get("/?ui=en")
        assert answer.status_code == status
        assert "text/html" in answer.headers["content-type"]
        assert "secret" not in answer.text
        assert "secret path" in caplog.text


def test_a_shortlist_by_its_address(client: TestClient) -> None:
    """The members named, best first where a topic says so, else as named; those who are gone are named too."""
    named = client.get("/shortlist?only=gamma&only=beta&only=lost&ui=en").text
    ranked = client.get("/shortlist?q=capteurs&only=gamma&only=beta&ui=en").text
    members = '<h2 id="n-[0-9]+"><a href="/members/([a-z]+)'
    assert re.findall(members, named) == ["gamma", "beta"]
    assert "No longer in the index: lost" in named
    assert 'href="/shortlist.xlsx?only=gamma&amp;only=beta&amp;only=lost&amp;ui=en"' in named
    assert re.findall(members, ranked) == ["beta", "gamma"]
    assert "<mark>capteurs</mark>" in ranked
    assert 'href="/shortlist.xlsx?q=capteurs&amp;only=gamma&amp;only=beta&amp;ui=en"' in ranked
    unreadable = client.get("/shortlist?q=a%00b&only=beta&ui=en")
    assert unreadable.status_code == 422
    assert ">Beta</a></h2>" in unreadable.text
    assert "/shortlist.xlsx" not in unreadable.text


def test_a_shortlist_as_a_file(client: TestClient) -> None:
    """What its page shows, in its order and its language; relevance only where there is a topic. Nothing of nobody."""

    def rows(address: str) -> list[tuple[object, ...]]:
        sheet = openpyxl.load_workbook(BytesIO(client.get(address).content)).active
        assert sheet is not None
        return [*sheet.iter_rows(values_only=True)]

    ranked = rows("/shortlist.xlsx?q=capteurs&only=gamma&only=beta&only=lost&ui=fr")
    assert ranked[0][:2] == ("Sujet", "capteurs")
    assert ranked[1][:6] == ("Rang", "Pertinence (0 à 1)", "Nom", "Pays", "Ville", "Type")
    assert [(row[0], row[2], row[3], row[5]) for row in ranked[2:]] == [
        (1, "Beta", "France", "start-up"),
        (2, "Gamma", "Pays-Bas", "organisme de recherche"),
    ]
    assert [0 <= float(str(row[1])) <= 1 for row in ranked[2:]] == [True, True]
    named = rows("/shortlist.xlsx?only=gamma&only=beta&ui=en")
    assert [row[:3] for row in named[2:]] == [(1, None, "Gamma"), (2, None, "Beta")]
    assert client.get("/shortlist.xlsx?q=capteurs&only=beta&ui=fr").headers["content-disposition"] == (
        'attachment; filename="passerelle-selection.xlsx"'
    )
    assert [client.get(f"/shortlist.xlsx?{asked}").status_code for asked in ("", "only=lost", "q=a%00b&only=beta")] == [
        404,
        404,
        422,
    ]


def test_a_website_is_a_web_address(build: Build, tmp_path: Path) -> None:
    """Only http and https become links, shown by their host."""
    sites = (
        "https://www.one.example/path",
        "javascript:alert(1)",
        "//x.example",
        "http://[",
        "data:text/html,x",
        "HTTP://TWO.example",
    )
    build([member(f"m{i}", en=f"Sensors {i}.", website=site) for i, site in enumerate(sites)])
    client = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    page = client.get("/?q=sensors").text
    assert sorted(re.findall('class="site" href="(.*?)".*?>(.*?)</a>', page)) == [
        ("HTTP://TWO.example", "two.example"),
        ("https://www.one.example/path", "one.example"),
    ]


def test_addresses_of_people_are_masked(build: Build, tmp_path: Path) -> None:
    """To a visitor without a key, on every page that shows what members wrote."""
    build([{**member("m", en="Sensors. Write to jean@acme.example for more."), "name": "jean@acme.example"}, *SMALL])
    client = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    workbook = openpyxl.load_workbook(BytesIO(client.get("/shortlist.xlsx?q=sensors&only=m").content)).active
    assert workbook is not None
    assert [row[2] for row in workbook.iter_rows(values_only=True)][2:] == ["j***@acme.example"]
    for path in (
        "/?q=sensors",
        "/?q=sensors&like=m",
        "/members/m",
        "/members/alpha",
        "/shortlist?only=m",
        "/shortlist?q=sensors&only=m",
    ):
        page = client.get(path).text
        assert "jean@" not in page, path
        assert "j***@acme.example" in page, path


@given(
    parameters=st.lists(
        st.tuples(st.sampled_from(["q", "country", "like", "only", "diversity"]), st.text(WRITTEN, min_size=1)),
        max_size=5,
    ),
    offset=st.integers(0, 100_000),
    ui=st.sampled_from(LANGUAGES),
)
def test_addresses_say_what_they_were_made_of(parameters: list[tuple[str, str]], offset: int, ui: str) -> None:
    """Whatever is asked, the address of its page, of the other language's and of a member's page ask it again."""
    asked = Address(ui, True, tuple(parameters), offset)
    for link in (asked.to(offset=offset), asked.to("/", ui, offset), asked.member("a/b?c#d")):
        path, _, query = link.partition("?")
        assert path in ("/", "/members/a/b%3Fc%23d")
        assert Address.read(QueryParams(query), "") == asked


@given(st.text(), st.text())
def test_any_address_is_read(query: str, accepted: str) -> None:
    """Never an error, always a language and an offset that exist."""
    read = Address.read(QueryParams(query), accepted)
    assert read.ui in LANGUAGES
    assert 0 <= read.offset <= 100_000
    assert 0 <= read.query().diversity <= 1


def test_why(client: TestClient) -> None:
    """Shared words, also translated, or that there are none; the other bank; how likely."""
    page = client.get("/?q=capteurs&ui=en").text
    beta, alpha = (page.split(f">{name}</a></h2>")[1].split("</article>")[0] for name in ("Beta", "Alpha"))
    assert "Words in common with your topic: capteurs." in beta
    assert "your topic is in French" not in beta
    assert "Words in common with your topic: sensors." in alpha
    assert "No word in common" in client.get("/?q=dentelle&ui=en").text
    assert "Your topic is in French, this text in English" in alpha
    assert "in English, your topic is in French" in alpha


def test_steering_stays_in_the_address(client: TestClient) -> None:
    """Members that steer are shown by name and asked again with the next topic; the oldest beyond ten no longer count."""
    page = client.get("/?q=sensors&like=alpha&unlike=a%20text&exclude_country=FR&ui=en").text
    assert 'aria-label="Remove: like Alpha"' in page
    assert 'aria-label="Remove: not like a text"' in page
    assert 'aria-label="Remove: not in France"' in page
    assert '<input type="hidden" name="like" value="alpha">' in page
    assert 'href="/?q=sensors&amp;unlike=a+text&amp;exclude_country=FR&amp;ui=en"' in page
    assert ">Beta</a></h2>" not in page
    assert client.get("/", params={"q": "sensors", "like": [f"text {i}" for i in range(12)]}).status_code == 200


def test_settings_stay_in_the_address(client: TestClient) -> None:
    """Relevance, variety and countries left out are chosen in words, shown as chips, and asked again with the next topic."""
    plain = client.get("/?q=sensors&ui=en").text
    assert '<details class="refine">' in plain
    assert '<option value="0.35">at least a good match</option>' in plain
    assert '<option value="FR">France</option>' in plain
    steered = client.get("/?q=sensors&min_relevance=0.12&diversity=0.3&exclude_country=FR&exclude=alpha&ui=en").text
    assert '<details class="refine" open>' in steered
    assert '<option value="0.12" selected>at least a possible match</option>' in steered
    assert '<option value="0.3" selected>some variety</option>' in steered
    assert '<option value="FR">' not in steered
    assert '<input type="hidden" name="exclude_country" value="FR">' in steered
    assert steered.count('name="min_relevance"') == steered.count('name="diversity"') == 1
    for chip in ("at least a possible match", "some variety", "not in France", "without Alpha"):
        assert f'aria-label="Remove: {chip}"' in steered
    assert ">Alpha</a></h2>" not in steered
    other = client.get("/?q=sensors&min_relevance=0.2&diversity=much&ui=en").text
    assert '<option value="0.2" selected>relevance from 0.2</option>' in other
    assert '<option value="" selected>best first</option>' in other
    empty = client.get("/?q=sensors&min_relevance=&diversity=&exclude_country=&ui=en").text
    assert empty.count("<article ") == 7
    assert 'class="chips"' not in empty
    refused = client.get("/?q=a%00b&diversity=0.3&ui=en").text
    assert '<input type="hidden" name="diversity" value="0.3">' in refused


@pytest.mark.parametrize("path", ["/", "/?q=sensors", "/members/alpha?q=sensors", "/shortlist?only=beta"])
def test_pages_have_tags_and_heads(client: TestClient, path: str) -> None:
    """Asked again with its tag, a page is not sent again but keeps its policy; its headers can be had alone."""
    page = client.get(path)
    tag = page.headers["etag"]
    again = client.get(path, headers={"if-none-match": f'"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["content-security-policy"] == page.headers["content-security-policy"]
    assert client.get(path, headers={"if-none-match": tag, "accept-language": "fr"}).status_code == 200
    head = client.head(path)
    assert (head.status_code, head.headers["etag"], head.content) == (200, tag, b"")
    assert client.head("/members/nobody").status_code == 404


def test_a_browser_reads_pages_where_programs_read_problems(client: TestClient) -> None:
    """An address that does not exist is explained to whoever accepts a page; what is below /v1 stays as it is."""
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "fr"}
    page = client.get("/nowhere", headers=browser)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Cette page n'existe pas." in html.unescape(page.text)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert {"accept", "accept-language"} <= {name.strip().lower() for name in page.headers["vary"].split(",")}
    assert len(page.content) == int(page.headers["content-length"])
    for path, headers in (("/nowhere", {}), ("/v1/members/nobody", browser), ("/v1/nowhere", browser)):
        assert client.get(path, headers=headers).headers["content-type"] == "application/problem+json", path
    hurried = TestClient(create_app(Live(), SecuritySettings(rate=0.01, burst=1)))
    assert hurried.get("/sign-in", headers=browser, follow_redirects=False).status_code == 303
    late = hurried.get("/?q=sensors&ui=en", headers=browser)
    assert late.status_code == 429
    assert "Too many pages at once." in late.text
    assert 'href="/?q=sensors&amp;ui=en">Try again</a>' in late.text
    assert late.headers["retry-after"]


def test_every_string_exists_in_both_languages() -> None:
    """Same keys, nothing empty, the same placeholders."""
    english, french = (texts_for(code) for code in LANGUAGES)
    assert english.keys() == french.keys() == _TEXTS.keys()
    for key in english:
        assert not hasattr(dict, key), f"a template would find the method {key} of the mapping instead"
        assert english[key].strip()
        assert french[key].strip()
        assert english[key].count("{") == french[key].count("{")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CH, en;q=0.9", "fr"),
        ("de, en;q=0.3, fr;q=0.8", "fr"),
        ("de", "en"),
        ("en;q=x, fr", "fr"),
        ("fr, en", "fr"),
        ("en; q=0.5, fr; q=0.9", "fr"),
        (",;q=", "en"),
    ],
)
def test_the_browsers_language(header: str, language: str) -> None:
    """Weights decide; what is malformed is ignored."""
    assert preferred_language(header) == language
