"""The page of what a user keeps, and the buttons that keep it, without JavaScript."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.run import index_members
from search import Searcher, open_index
from search.store import Store
from service.app import create_app
from service.live import Live
from service.memory import Memory, open_memory
from service.memory.models import Finding, Reason, SavedTopic
from service.memory.users import now
from service.security import SecuritySettings
from service.security.keyfile import Scope, add_key
from tests.conftest import ANY, SMALL, FakeEncoder, write_lines

HOSTILE = "\"><script>alert('x')</script>"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The small directory, opened once."""
    folder = tmp_path_factory.mktemp("pages")
    source = write_lines(folder / "members.jsonl", SMALL)
    index_members([source], Store(folder / "store"), lambda *_: FakeEncoder(), ANY)
    return open_index(folder / "store", encoder=FakeEncoder())


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Memory]:
    memory = open_memory(str(tmp_path / "memory.sqlite"))
    yield memory
    memory.close()


@pytest.fixture
def client(searcher: Searcher, kept: Memory) -> TestClient:
    return TestClient(create_app(Live(searcher), memory=kept), client=("127.0.0.1", 5000), follow_redirects=False)


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """Where each form of a page is sent, and its hidden fields."""
    found = re.findall(r'<form method="post" action="(.*?)".*?>(.*?)</form>', page, re.DOTALL)
    return [
        (
            html.unescape(action),
            {k: html.unescape(v) for k, v in re.findall(r'type="hidden" name="(\w+)" value="(.*?)"', inside)},
        )
        for action, inside in found
    ]


def test_judging_a_match_leads_back_to_it(client: TestClient) -> None:
    """The button of a match keeps the verdict for the topic; the page then shows it pressed. Pressed otherwise, that counts."""
    page = client.get("/?q=capteurs&country=FR&ui=fr").text
    action, fields = next(form for form in forms(page) if form[1].get("member") == "beta")
    assert 'aria-pressed="true"' not in page
    for verdict, words in (("good_match", "Bon partenaire"), ("not_for_us", "Pas pour nous")):
        answer = client.post(action, data={**fields, "verdict": verdict})
        assert (answer.status_code, answer.headers["location"]) == (303, "/?q=capteurs&country=FR&ui=fr#m-1")
        again = client.get("/?q=capteurs&country=FR&ui=fr").text
        (pressed,) = re.findall(r'aria-pressed="true">(.*?)<span class="unseen"> : (.*?)</span>', again)
        assert pressed == (words, "Beta")
    (judged,) = client.get("/v1/judgments").json()["judgments"]
    assert (judged["topic"], judged["member_id"], judged["verdict"]) == ("capteurs", "beta", "not_for_us")
    listed = client.get("/memory?ui=fr").text
    action, _ = next(form for form in forms(listed) if form[0].startswith("/judgments/"))
    assert client.post(action).headers["location"] == "/memory?ui=fr"
    assert client.get("/v1/judgments").json()["judgments"] == []


def test_saving_a_topic(client: TestClient, kept: Memory) -> None:
    """With its filters; the page lists it with the search, the feed and what was found; deleting it takes all that away."""
    page = client.get("/?q=capteurs&country=FR&ui=en").text
    action, fields = next(form for form in forms(page) if form[0].startswith("/topics"))
    assert (action, fields) == ("/topics?q=capteurs&country=FR&ui=en", {})
    assert client.post(action).headers["location"] == "/memory?ui=en"
    (topic,) = client.get("/v1/topics").json()["topics"]
    assert (topic["topic"], topic["filters"], topic["min_relevance"]) == ("capteurs", {"country": ["FR"]}, 0.35)
    with kept.writing() as session:
        saved = session.query(SavedTopic).one()
        for member_id, name in (("beta", "Beta"), ("left", HOSTILE)):
            session.add(
                Finding(topic_id=saved.id, snapshot="s", member_id=member_id, name=name, relevance=0.5,
                        reason=Reason.NEW_MEMBER, evidence="", found=now())
            )  # fmt: skip
    listed = client.get("/memory?ui=en").text
    assert '<a href="/?q=capteurs&amp;country=FR&amp;ui=en" lang="fr">capteurs</a>' in listed
    assert f'href="{html.escape(topic["feed"])}"' in listed
    assert '<a href="/members/beta?ui=en">Beta</a> <span class="facts">New in the directory' in listed
    assert f"<span>{html.escape(HOSTILE, quote=False)}" in listed.replace("&#34;", '"').replace("&#39;", "'")
    assert "no longer in the directory" in listed
    action, _ = next(form for form in forms(listed) if form[0].endswith("/delete?ui=en") and "/topics/" in form[0])
    assert client.post(action).status_code == 303
    assert client.get("/v1/topics").json()["topics"] == []


def test_what_was_written_is_escaped(client: TestClient) -> None:
    """Notes, titles and topics are text on the page, whoever wrote them."""
    client.post(
        "/v1/shortlists",
        json={"title": HOSTILE, "topic": HOSTILE, "members": [{"member_id": "alpha", "note": HOSTILE}]},
    )
    client.post("/v1/introductions", json={"member_id": "alpha", "topic": HOSTILE, "note": HOSTILE})
    client.put("/v1/judgments", json={"topic": HOSTILE, "member_id": "alpha", "verdict": "good_match"})
    client.post("/v1/topics", json={"topic": HOSTILE})
    page = client.get("/memory").text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 6


@pytest.mark.parametrize("ui", ["en", "fr"])
def test_the_page_speaks_both_languages(client: TestClient, ui: str) -> None:
    """Empty, and with something of each kind."""
    said = {
        "en": ("Nothing yet.", "proposed", "Delete all of it"),
        "fr": ("Rien pour l'instant.", "proposée", "Tout supprimer"),
    }
    empty = html.unescape(client.get(f"/memory?ui={ui}").text)
    assert said[ui][0] in empty
    assert f'<html lang="{ui}">' in empty
    client.post("/v1/introductions", json={"member_id": "alpha"})
    page = client.get(f"/memory?ui={ui}").text
    assert all(words in page for words in said[ui][1:])


def test_deleting_everything_needs_the_box(client: TestClient) -> None:
    """The button alone deletes nothing."""
    client.post("/topics?q=capteurs")
    client.post("/memory/delete")
    assert len(client.get("/v1/topics").json()["topics"]) == 1
    client.post("/memory/delete", data={"sure": "yes"})
    assert client.get("/v1/topics").json()["topics"] == []


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/judgments?q=capteurs", "member=nobody&verdict=good_match", 404),
        ("/judgments?q=capteurs", "member=alpha&verdict=great", 422),
        ("/judgments?q=capteurs", "", 422),
        ("/judgments", "member=alpha&verdict=good_match", 422),
        ("/judgments?q=capteurs", "member=%ff%00&verdict=good_match", 404),
        ("/topics", "", 422),
        ("/topics/00000000-0000-0000-0000-000000000000/delete", "", 404),
    ],
)
def test_forms_that_cannot_be_kept(client: TestClient, path: str, form: str, status: int) -> None:
    """A page that says so, never a failure."""
    answer = client.post(path, content=form, headers=FORM)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


def test_a_page_of_another_site_cannot_send_forms(client: TestClient) -> None:
    """403, and nothing is kept; a browser that says nothing of itself but our origin may."""
    theirs = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert client.post("/topics?q=capteurs", headers=theirs).status_code == 403
    assert client.get("/v1/topics").json()["topics"] == []
    assert client.post("/topics?q=capteurs", headers={"origin": "http://testserver"}).status_code == 303
    assert '<meta name="referrer" content="same-origin">' in client.get("/?q=capteurs").text


def test_a_redirect_stays_here(client: TestClient) -> None:
    """Wherever a form claims to come from, it leads to this service's own search."""
    answer = client.post(
        "/judgments?q=//evil.example&ui=en", data={"member": "alpha", "verdict": "good_match", "rank": "1//x"}
    )
    assert answer.headers["location"] == "/?q=%2F%2Fevil.example&ui=en"


def test_a_visitor_without_a_key_sees_no_buttons(searcher: Searcher, kept: Memory, tmp_path: Path) -> None:
    """Where there are keys: no link, no form, and what they would do is refused; a proxy that sends a key for its visitors has all."""
    secret = add_key(tmp_path / "keys.json", "anne", [Scope.SEARCH])
    app = create_app(Live(searcher), SecuritySettings(keys_file=tmp_path / "keys.json"), kept)
    visitor = TestClient(app, client=("192.0.2.1", 5000), follow_redirects=False)
    page = visitor.get("/?q=capteurs").text
    assert 'method="post"' not in page
    assert 'href="/memory' not in page
    assert visitor.get("/memory").status_code == 403
    assert visitor.post("/topics?q=capteurs").status_code == 403
    known = TestClient(app, headers={"authorization": f"Bearer {secret}"}, follow_redirects=False)
    assert 'href="/memory' in known.get("/?q=capteurs").text
    assert known.post("/topics?q=capteurs").status_code == 303
