"""The web page."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from search import open_index
from service.app import create_app
from service.live import Live
from service.texts import _TEXTS, LANGUAGES, preferred_language, texts_for
from tests.conftest import SMALL, Build, FakeEncoder, member
from tests.test_needs import CALL

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


def test_results_with_evidence_and_filters(client: TestClient) -> None:
    """Matches, the quoted text in its language, facets with counts, links to the next page that keep the question."""
    page = client.get("/?q=capteurs&ui=fr").text
    assert '<blockquote lang="fr">Nous fabriquons des <mark>capteurs</mark>.' in page
    assert 'name="country" value="FR"' in page
    filtered = client.get("/?q=capteurs&ui=fr&country=BE&country=NL").text
    assert "2 membres classés" in filtered
    assert 'value="BE" checked' in filtered
    assert 'name="country" value="FR">' in filtered  # a third country can be added
    assert "Nous fabriquons" not in filtered


def test_a_call_text_shows_its_needs(client: TestClient) -> None:
    """The sentences found, numbered, and with each match the numbers of those it answers."""
    page = client.get("/", params={"q": CALL, "ui": "fr"}).text
    assert "Ce que demande votre texte" in page
    assert '<li id="need-2">Nous cherchons un laboratoire' in page
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
        assert page.count("<article>") == 6


def test_pages_link_to_each_other(build: Build, tmp_path: Path) -> None:
    """The second page starts at rank 11 and links back; filters and topic stay in the address."""
    build([member(f"m{i:02d}", en=f"Sensors {i}.", country="FR") for i in range(25)])
    client = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    first, second = client.get("/?q=sensors&country=FR").text, client.get("/?q=sensors&country=FR&offset=10").text
    assert 'rel="next" href="/?q=sensors&amp;country=FR&amp;offset=10"' in first
    assert 'rel="prev"' not in first
    assert '<li value="11">' in second
    assert 'rel="prev" href="/?q=sensors&amp;country=FR&amp;offset=0"' in second


def test_what_people_wrote_is_text(client: TestClient) -> None:
    """Markup in a topic, a name, a description or a facet value is shown, never run."""
    page = client.get("/", params={"q": f"sensors {HOSTILE}", "country": HOSTILE}).text + client.get("/?q=sensors").text
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert '"onclick=' not in page


def test_the_browser_is_told_to_load_nothing_else(client: TestClient) -> None:
    """A strict content security policy, and no script or outside address in the page."""
    answer = client.get("/?q=sensors")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/style.css").status_code == 200


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
    assert "Remove the filters" in page


def test_every_string_exists_in_both_languages() -> None:
    """Same keys, nothing empty, the same placeholders."""
    english, french = (texts_for(code) for code in LANGUAGES)
    assert english.keys() == french.keys() == _TEXTS.keys()
    for key in english:
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
