"""The page of what a user keeps, and the buttons that keep it, without JavaScript."""

import html
import re
from collections.abc import Callable, Iterator
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
from service.security.settings import Anonymous
from tests.conftest import ANY, SMALL, FakeEncoder, write_lines

HOSTILE = "\"><script>alert('x')</script>"
BROWSER = {"accept": "text/html", "accept-language": "en"}
OURS = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}
THEIRS = [{"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, {"origin": "https://evil.example"}]
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
    for verdict, words in (("good_match", "Bon pour nous"), ("not_for_us", "Pas pour nous")):
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


def test_a_saved_topic_is_as_narrow_as_its_search(client: TestClient) -> None:
    """The least relevance that the visitor chose is saved too; the page says what the topic is narrowed by, and links the same search."""
    client.post("/topics?q=capteurs&country=FR&min_relevance=0.6&ui=fr")
    (topic,) = client.get("/v1/topics").json()["topics"]
    assert (topic["filters"], topic["min_relevance"]) == ({"country": ["FR"]}, 0.6)
    page = html.unescape(client.get("/memory?ui=fr").text)
    assert "Limité : France, seulement « très pertinent »." in page
    assert 'href="/?q=capteurs&country=FR&min_relevance=0.6&ui=fr"' in page


def test_deleting_what_programs_kept(client: TestClient) -> None:
    """Shortlists and introductions come by the API; whoever reads them on the page can delete them there."""
    client.post("/v1/shortlists", json={"title": "T", "members": [{"member_id": "alpha"}]})
    client.post("/v1/introductions", json={"member_id": "alpha"})
    actions = [action for action, _ in forms(client.get("/memory?ui=en").text)]
    for kind in ("shortlists", "introductions"):
        (action,) = (action for action in actions if action.startswith(f"/{kind}/"))
        assert client.post(action).headers["location"] == "/memory?ui=en"
        assert client.get(f"/v1/{kind}").json()[kind] == []
        assert client.post(action).status_code == 404


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


Open = Callable[..., TestClient]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def visit(searcher: Searcher, kept: Memory, keys: Path) -> Open:
    """The service with keys as a browser elsewhere sees it."""

    def opened(anonymous: Anonymous = "page") -> TestClient:
        app = create_app(Live(searcher), SecuritySettings(keys_file=keys, anonymous=anonymous), kept)
        return TestClient(app, client=("192.0.2.1", 5000), headers=BROWSER, follow_redirects=False)

    return opened


def test_a_visitor_without_a_key_is_asked_for_one(visit: Open, keys: Path) -> None:
    """Where there are keys: no link, no form that keeps; the memory's page asks for a key and leads back to it, forms to their search."""
    secret = add_key(keys, "anne", [Scope.SEARCH])
    visitor = visit()
    page = visitor.get("/?q=capteurs").text
    assert 'method="post"' not in page
    assert 'href="/memory' not in page
    for method, path, back in (
        ("GET", "/memory?ui=en", "/memory?ui=en"),
        ("GET", "/memory/export", "/memory/export"),
        ("POST", "/topics?q=capteurs&ui=en", "/?q=capteurs&amp;ui=en"),
        ("POST", "/judgments?q=capteurs", "/?q=capteurs"),
    ):
        asked = visitor.request(method, path)
        assert (asked.status_code, f'name="to" value="{back}"' in asked.text) == (401, True), path
    known = TestClient(visitor.app, headers={"authorization": f"Bearer {secret}"}, follow_redirects=False)
    assert 'href="/memory' in known.get("/?q=capteurs").text
    assert known.post("/topics?q=capteurs").status_code == 303


@pytest.mark.parametrize("anonymous", ["page", "search", "nothing"])
def test_signed_in_a_visitor_has_their_memory(visit: Open, keys: Path, anonymous: Anonymous) -> None:
    """Signs in, judges, saves a topic, takes the files along, deletes; whoever signs in with another key sees nothing of it."""
    anne, paul = (add_key(keys, name, [Scope.SEARCH]) for name in ("anne", "paul"))
    visitor, other = visit(anonymous=anonymous), visit(anonymous=anonymous)
    for client, secret in ((visitor, anne), (other, paul)):
        entered = client.post("/sign-in", data={"key": secret, "to": "/memory?ui=en"}, headers=OURS)
        assert (entered.status_code, entered.headers["location"]) == (303, "/memory?ui=en")
        assert "Nothing yet." in client.get("/memory?ui=en").text
    action, fields = next(form for form in forms(visitor.get("/?q=capteurs").text) if form[1].get("member") == "beta")
    assert visitor.post(action, data={**fields, "verdict": "good_match"}, headers=OURS).status_code == 303
    assert visitor.post("/topics?q=capteurs", headers=OURS).status_code == 303
    assert 'aria-pressed="true">Right for us' in visitor.get("/?q=capteurs&ui=en").text
    page = visitor.get("/memory?ui=en").text
    files = re.findall(r'href="(.*?)" download', page)
    assert files == ["/judgments/export", "/memory/export"]
    judged, everything = (visitor.get(path) for path in files)
    assert judged.json()["relevant"] == {"beta": 2}
    assert everything.json()["user"] == "key:anne"
    assert [topic["topic"] for topic in everything.json()["topics"]] == ["capteurs"]
    assert "feed_token" not in everything.text
    deleting = [action for action, _ in forms(page) if action.endswith("/delete?ui=en")]
    assert len(deleting) == 3
    assert "Nothing yet." in other.get("/memory?ui=en").text
    assert 'aria-pressed="true"' not in other.get("/?q=capteurs").text
    assert other.get("/memory/export").json()["judgments"] == []
    for path in deleting[:2]:
        assert other.post(path, headers=OURS).status_code == 404
    for headers in THEIRS:
        assert {visitor.post(path, data={"sure": "yes"}, headers=headers).status_code for path in deleting} == {403}
    feed = re.search(r'href="(/feeds/.*?)"', visitor.get("/memory").text)
    assert feed
    assert visit(anonymous=anonymous).get(feed[1]).status_code == 200
    assert visitor.post("/memory/delete?ui=en", data={"sure": "yes"}, headers=OURS).status_code == 303
    assert "Nothing yet." in visitor.get("/memory?ui=en").text
    assert visit(anonymous=anonymous).get(feed[1]).status_code == 404
    visitor.post("/sign-out", data={"to": "/"}, headers=OURS)
    assert visitor.get("/memory").status_code == 401


def test_a_key_for_something_else_has_no_memory(visit: Open, keys: Path) -> None:
    """Its visitor sees no buttons, and is told which key to ask for."""
    visitor = visit()
    visitor.post("/sign-in", data={"key": add_key(keys, "files", [Scope.EXPORT])}, headers=OURS)
    assert 'href="/memory' not in visitor.get("/?q=capteurs").text
    refused = visitor.get("/memory?ui=en")
    assert refused.status_code == 403
    assert "Ask for one with the scope" in refused.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_another_site_neither_signs_in_nor_out(visit: Open, keys: Path, path: str) -> None:
    """A visitor would else keep topics in the memory of whoever made the page, also where a browser says its Origin alone."""
    secret = add_key(keys, "mallory", [Scope.SEARCH])
    visitor = visit()
    assert (
        '<meta name="referrer" content="same-origin">' in visitor.get("/sign-in").text
    )  # else a browser hides its Origin
    for headers in THEIRS:
        refused = visitor.post(path, data={"key": secret}, headers=headers)
        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False), headers


def test_a_script_of_another_site_reads_no_memory(searcher: Searcher, kept: Memory) -> None:
    """Where scripts of all sites may read, the page of this machine's memory still is not theirs; a link from elsewhere leads to it."""
    app = create_app(Live(searcher), SecuritySettings(cors_origins=("*",)), kept)
    client = TestClient(app, client=("127.0.0.1", 5000), follow_redirects=False)
    client.post("/judgments?q=capteurs", data={"member": "beta", "verdict": "good_match"})
    for headers in THEIRS:
        for path in ("/memory", "/memory/export", "/judgments/export"):
            assert client.get(path, headers=headers).status_code == 403, (path, headers)
        assert 'aria-pressed="true"' not in client.get("/?q=capteurs", headers=headers).text
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/memory", headers=link).status_code == 200


def test_the_file_masks_addresses_without_a_key(client: TestClient, kept: Memory) -> None:
    """What members say, as on the page; what the user wrote stays."""
    client.post("/topics?q=write+to+anne@acme.example")
    with kept.writing() as session:
        saved = session.query(SavedTopic).one()
        session.add(
            Finding(topic_id=saved.id, snapshot="s", member_id="m", name="jean@acme.example", relevance=0.5,
                    reason=Reason.NEW_MEMBER, evidence="Write to jean@acme.example.", found=now())
        )  # fmt: skip
    for path in ("/memory/export", "/v1/memory"):
        (topic,) = client.get(path).json()["topics"]
        (finding,) = topic["findings"]
        assert (topic["topic"], finding["name"]) == ("write to anne@acme.example", "j***@acme.example")
        assert finding["evidence"] == "Write to j***@acme.example."


def test_searches_go_on_without_the_database(client: TestClient, kept: Memory) -> None:
    """The page of results needs nothing that is kept; the memory's own page says that it cannot answer now."""
    with kept.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE judgments")
    assert 'id="n-1"' in client.get("/?q=capteurs").text
    assert client.get("/memory").status_code == 503
