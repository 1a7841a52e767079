"""Signing in to the page with a key."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.run import index_members
from search import Searcher, open_index
from search.store import Store
from service.app import create_app
from service.live import Live
from service.security import KEY_COOKIE, SecuritySettings
from service.security.keyfile import Scope, add_key, revoke_key
from tests.conftest import ANY, SMALL, FakeEncoder, member, write_lines

BROWSER = {"accept": "text/html", "accept-language": "en"}
CLOSED = "/?q=sensors&country=IE"
Open = Callable[..., TestClient]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The small directory and a member that says an e-mail address."""
    folder = tmp_path_factory.mktemp("signing")
    reachable = member("m", en="Sensors. Write to jean@acme.example.", country="IE")
    source = write_lines(folder / "members.jsonl", [*SMALL, reachable])
    index_members([source], Store(folder / "store"), lambda *_: FakeEncoder(), ANY)
    return open_index(folder / "store", encoder=FakeEncoder())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def visit(searcher: Searcher, keys: Path) -> Open:
    """The service as a browser sees it; settings by name."""

    def opened(scheme: str = "http", **settings: object) -> TestClient:
        chosen = SecuritySettings(**{"keys_file": keys, "anonymous": "nothing", **settings})  # type: ignore[arg-type]
        app = create_app(Live(searcher), chosen)
        return TestClient(app, f"{scheme}://passerelle.example", headers=BROWSER, follow_redirects=False)

    return opened


def test_a_closed_page_asks_for_a_key(visit: Open, keys: Path) -> None:
    """Still 401, but a page in the visitor's language with a field for the key, that knows where to lead back."""
    add_key(keys, "lou", [Scope.SEARCH])
    asked = visit().get(CLOSED)
    assert (asked.status_code, asked.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert asked.headers["www-authenticate"] == 'Bearer realm="passerelle"'
    assert "A key opens this page" in asked.text
    assert 'name="to" value="/?q=sensors&amp;country=IE"' in asked.text
    assert "Une clé ouvre cette page" in visit().get(CLOSED, headers={"accept-language": "fr"}).text
    assert "jean" not in asked.text


def test_a_key_opens_the_page(visit: Open, keys: Path) -> None:
    """Given once it is sent with each page: addresses are readable, the file too, until one leaves or the key is revoked."""
    secret = add_key(keys, "lou", [Scope.SEARCH])
    client = visit()
    entered = client.post("/sign-in", data={"key": f" {secret} ", "to": CLOSED})
    assert (entered.status_code, entered.headers["location"]) == (303, CLOSED)
    page = client.get(CLOSED)
    assert page.status_code == 200
    assert "jean@acme.example" in page.text
    assert "Signed in as lou." in page.text
    assert page.headers["cache-control"] == "no-store"
    assert secret not in page.text
    assert client.get("/shortlist.xlsx?only=m").status_code == 200
    assert client.post("/sign-out", data={"to": "/"}).headers["location"] == "/"
    assert client.get(CLOSED).status_code == 401
    client.post("/sign-in", data={"key": secret})
    assert client.get(CLOSED).status_code == 200
    revoke_key(keys, "lou")
    refused = client.get(CLOSED)
    assert refused.status_code == 401
    assert "This key is not valid, or no longer." in refused.text
    assert "Go on without a key" in refused.text


def test_the_cookie_is_for_pages_alone(visit: Open, keys: Path) -> None:
    """No script reads it, no other site's form sends it, it opens nothing of the API, and travels encrypted where the page does."""
    secret = add_key(keys, "lou", list(Scope))
    client = visit()
    cookie = client.post("/sign-in", data={"key": secret}).headers["set-cookie"]
    assert cookie.startswith(f"{KEY_COOKIE}={secret};")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    for path in ("/v1/search?q=sensors", "/v1/members/alpha", "/v1/search/export?q=x", "/metrics"):
        assert client.get(path).status_code == 401, path
    behind = client.post("/sign-in", data={"key": secret}, headers={"x-forwarded-proto": "https"})
    for answer in (behind, visit("https").post("/sign-in", data={"key": secret})):
        assert "Secure" in answer.headers["set-cookie"].split("; ")


def test_other_keys_are_told_so(visit: Open, keys: Path) -> None:
    """One that is not known sets nothing; one for something else says what is needed; another site's form is refused."""
    add_key(keys, "lou", [Scope.SEARCH])
    export = add_key(keys, "export", [Scope.EXPORT])
    client = visit()
    for wrong in ("x", "", "é\0", "x" * 5_000):
        answer = client.post("/sign-in", data={"key": wrong, "to": CLOSED})
        assert answer.status_code == 401
        assert "This key is not valid" in answer.text
        assert "Go on without a key" not in answer.text
        assert "set-cookie" not in answer.headers
    assert client.post("/sign-in", content="&".join("ab") * 30).status_code == 422
    assert client.post("/sign-in", data={"key": export}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    client.post("/sign-in", data={"key": export})
    page = client.get("/")
    assert page.status_code == 403
    assert "Ask for one with the scope" in page.text


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", ""]
)
def test_signing_in_leads_nowhere_else(visit: Open, keys: Path, to: str) -> None:
    """Only to a page of this service, whatever the form or the link says."""
    secret = add_key(keys, "lou", [Scope.SEARCH])
    client = visit()
    assert 'name="to" value="/"' in client.get("/sign-in", params={"to": to}).text
    for path, fields in (("/sign-in", {"key": secret}), ("/sign-out", {})):
        assert client.post(path, data={**fields, "to": to}).headers["location"] == "/"


def test_an_open_page_offers_a_key(visit: Open, keys: Path) -> None:
    """Where there are keys and the page is open, a link leads to the form; where there are none, nothing speaks of keys."""
    client = visit(anonymous="page")
    assert "Sign in" not in client.get("/").text
    assert client.get("/sign-in").headers["location"] == "/"
    secret = add_key(keys, "lou", [Scope.SEARCH])
    page = client.get(CLOSED)
    assert "j***@acme.example" in page.text
    assert 'href="/sign-in?to=%2F%3Fq%3Dsensors%26country%3DIE"' in page.text
    assert client.get("/shortlist.xlsx?only=m").status_code == 200
    client.post("/sign-in", data={"key": secret})
    assert "jean@acme.example" in client.get(CLOSED).text
