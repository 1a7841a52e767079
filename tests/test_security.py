"""Who may ask the service what, how often, and what its answers carry."""

import asyncio
import base64
import hashlib
import logging
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message, Scope

from indexer.run import index_members
from search import PasserelleError, Searcher, open_index
from search.store import Store
from service.app import create_app
from service.live import Live
from service.security import SecuritySettings, add_security
from service.security.callers import client_address, group_of
from service.security.keyfile import Scope as KeyScope
from service.security.keyfile import add_key, revoke_key
from service.security.options import check_listening, served_hosts
from service.security.rates import RateLimiter
from service.security.settings import cors_origins, networks
from tests.conftest import ANY, SMALL, Build, FakeEncoder, member, write_lines

HOSTILE = "<script>alert('x')</script>"
SEARCH = "/v1/search?q=sensors"
Open = Callable[..., TestClient]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The small directory and somebody hostile, opened once."""
    folder = tmp_path_factory.mktemp("security")
    hostile = member("h", en=f"Sensors {HOSTILE}.", sectors=[HOSTILE])
    source = write_lines(folder / "members.jsonl", [*SMALL, hostile])
    index_members([source], Store(folder / "store"), lambda *_: FakeEncoder(), ANY)
    return open_index(folder / "store", encoder=FakeEncoder())


@pytest.fixture
def service(searcher: Searcher, tmp_path: Path) -> Open:
    """The service as a client at an address sees it; settings by name."""

    def opened(client: str = "192.0.2.1", **settings: object) -> TestClient:
        chosen = SecuritySettings(**{"keys_file": tmp_path / "keys.json", **settings})  # type: ignore[arg-type]
        app = create_app(Live(searcher), chosen)
        return TestClient(app, client=(client, 5000), raise_server_exceptions=False)

    return opened


@pytest.fixture
def key(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Make a key with scopes; the header to send it in."""

    def made(*scopes: KeyScope) -> dict[str, str]:
        secret = add_key(tmp_path / "keys.json", "-".join(("key", *scopes)), scopes)
        return {"authorization": f"Bearer {secret}"}

    return made


@pytest.mark.parametrize("path", [SEARCH, "/v1/members/alpha", "/", "/docs", "/openapi.json"])
def test_without_keys_everybody_may_ask(service: Open, path: str) -> None:
    """No keys file: nothing is asked for, and a key that is sent all the same does not matter."""
    assert service().get(path).status_code == 200
    assert service().get(path, headers={"authorization": "Bearer of-news"}).status_code == 200


@pytest.mark.parametrize(
    ("anonymous", "open_paths", "closed"),
    [
        ("nothing", ["/healthz", "/readyz", "/static/style.css", "/sign-in"], ["/", "/docs", "/shortlist.xlsx", SEARCH, "/v1/members/alpha", "/openapi.json"]),
        ("page", ["/", "/?q=sensors", "/static/style.css", "/docs"], [SEARCH, "/v1/members/alpha", "/v1/search/export"]),
        ("search", ["/", SEARCH, "/v1/members/alpha"], ["/v1/search/export?q=x", "/metrics"]),
    ],
)  # fmt: skip
def test_what_stays_open(
    service: Open, key: Callable[..., dict[str, str]], anonymous: str, open_paths: list[str], closed: list[str]
) -> None:
    """With keys, callers without one get what was chosen; else 401, as a problem document that says what is needed."""
    key(KeyScope.SEARCH)
    client = service(anonymous=anonymous)
    assert {path: client.get(path).status_code for path in open_paths} == dict.fromkeys(open_paths, 200)
    for path in closed:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), path
        assert answer.headers["www-authenticate"] == 'Bearer realm="passerelle"'
        assert "this needs a key with the scope" in answer.json()["detail"]


def test_scopes(service: Open, key: Callable[..., dict[str, str]]) -> None:
    """A key does what it was made for and nothing else; none includes another."""
    search, export, admin = (key(scope) for scope in KeyScope)
    client = service(anonymous="nothing")
    statuses = {
        path: [client.get(path, headers=headers).status_code for headers in (search, export, admin)]
        for path in (SEARCH, "/v1/members/alpha", "/", "/v1/search/export", "/metrics")
    }
    assert statuses[SEARCH] == statuses["/v1/members/alpha"] == statuses["/"] == [200, 403, 403]
    assert (statuses["/v1/search/export"][0], statuses["/v1/search/export"][2]) == (403, 403)
    assert statuses["/v1/search/export"][1] not in (401, 403)
    assert statuses["/metrics"][:2] == [403, 403]
    assert statuses["/metrics"][2] not in (401, 403)
    refused = client.get(SEARCH, headers=admin)
    assert (
        refused.headers["www-authenticate"] == 'Bearer realm="passerelle", error="insufficient_scope", scope="search"'
    )


@pytest.mark.parametrize("path", ["/v1/search/export/", "/v1/search/exports", "/v1/search/export%2Fx", "/metrics/"])
def test_a_path_near_a_guarded_one_is_guarded(service: Open, key: Callable[..., dict[str, str]], path: str) -> None:
    """Neither a slash nor an encoded one leads around a scope."""
    headers = key(KeyScope.SEARCH)
    assert service(anonymous="search").get(path, headers=headers, follow_redirects=False).status_code == 403


def test_metrics_are_for_this_machine_and_admins(service: Open, key: Callable[..., dict[str, str]]) -> None:
    """A program here asks freely; a proxy here that asks for others does not."""
    key(KeyScope.SEARCH)
    assert service("127.0.0.1").get("/metrics").status_code not in (401, 403)
    assert service("::1").get("/metrics").status_code not in (401, 403)
    assert service("127.0.0.1").get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 401
    assert service("192.0.2.1").get("/metrics").status_code == 401


def test_a_wrong_key_is_told_so(service: Open, key: Callable[..., dict[str, str]]) -> None:
    """401 even where no key is needed; other schemes are a proxy's affair. A key in a link is no key."""
    headers = key(KeyScope.SEARCH)
    client = service()
    for wrong in ("Bearer", "Bearer x", headers["authorization"] + "x", "bearer é", "Bearer \ud800"):
        answer = client.get("/", headers=[(b"authorization", wrong.encode("utf-8", "surrogatepass"))])
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert client.get("/", headers={"authorization": "Basic eDp5"}).status_code == 200
    assert client.get(
        SEARCH, headers={"authorization": headers["authorization"].replace("Bearer", "bEARER ")}
    ).is_success
    secret = headers["authorization"].removeprefix("Bearer ")
    assert client.get(f"{SEARCH}&key={secret}").status_code in (401, 422)


def test_revocation_needs_no_restart(service: Open, key: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    """The next request with a revoked key is refused, and revoking the last key opens nothing."""
    client = service()
    assert client.get(SEARCH).status_code == 200
    headers = key(KeyScope.SEARCH)
    assert client.get(SEARCH).status_code == 401
    assert client.get(SEARCH, headers=headers).status_code == 200
    revoke_key(tmp_path / "keys.json", "key-search")
    assert client.get(SEARCH, headers=headers).status_code == 401
    assert client.get(SEARCH).status_code == 401


def test_keys_are_not_logged(
    service: Open, key: Callable[..., dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level, valid or not, no log has the key and no answer says it back."""
    headers = key(KeyScope.SEARCH)
    secret = headers["authorization"].removeprefix("Bearer ")
    with caplog.at_level(logging.DEBUG):
        client = service()
        answers = [
            client.get(SEARCH, headers=headers),
            client.get("/v1/search/export", headers=headers),
            client.get(SEARCH, headers={"authorization": f"Bearer {secret}x"}),
        ]
    assert [answer.status_code for answer in answers] == [200, 403, 401]
    assert caplog.records
    assert secret not in caplog.text
    assert not any(secret in answer.text + str(answer.headers) for answer in answers)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_bucket() -> None:
    """So many at once, then as many as drip in; a weight takes several, one beyond the bucket takes a full one."""
    clock = Clock()
    limiter = RateLimiter(rate=2, burst=4, clock=clock)
    assert [limiter.take("a").allowed for _ in range(6)] == [True] * 4 + [False] * 2
    refused = limiter.take("a", 3)
    assert (refused.allowed, refused.remaining, refused.retry_after, refused.reset) == (False, 0, 2, 2)
    clock.now = 1.0
    assert [limiter.take("a").allowed for _ in range(3)] == [True, True, False]
    clock.now = 100.0
    assert [limiter.take("a", 3).allowed, limiter.take("a", 3).allowed] == [True, False]
    clock.now = 200.0
    assert [limiter.take("a", 50).allowed, limiter.take("a", 50).retry_after] == [True, 2]


def test_buckets_are_bounded() -> None:
    """However many addresses ask, memory stays; those who ask now are not forgotten."""
    limiter = RateLimiter(rate=1, burst=2, clock=Clock(), max_callers=100)
    limiter.take("steady", 2)
    for number in range(1_000):
        limiter.take(str(number))
        assert not limiter.take("steady").allowed
    assert len(limiter) == 100


def test_one_caller_does_not_slow_another() -> None:
    """Keys and addresses have buckets of their own, an IPv6 network of 64 bits one; probes are never refused; 429 says when."""
    clock, app = Clock(), FastAPI()

    @app.get("/{path:path}")
    async def anything(path: str) -> str:
        return path

    add_security(app, SecuritySettings(rate=1, burst=12, trusted_proxies=networks(["10.0.0.0/8"])), clock)
    client = TestClient(app, client=("10.0.0.1", 1))

    def ask(address: str, path: str = "/") -> int:
        return client.get(path, headers={"x-forwarded-for": address}).status_code

    assert [ask("192.0.2.1") for _ in range(14)] == [200] * 12 + [429] * 2
    assert ask("192.0.2.2") == 200
    assert [ask("2001:db8::1", "/v1/search/export"), ask("2001:db8::2", "/v1/search/export")] == [200, 429]
    assert ask("2001:db8:0:1::1", "/v1/search/export") == 200
    assert [ask("192.0.2.1", "/healthz"), ask("192.0.2.1", "/readyz")] == [200, 200]
    clock.now = 3.0
    assert [ask("192.0.2.1") for _ in range(4)] == [200] * 3 + [429]
    refused = client.get("/", headers={"x-forwarded-for": "192.0.2.1"})
    assert (refused.headers["retry-after"], refused.headers["ratelimit-limit"]) == ("1", "12")
    assert (refused.headers["ratelimit-remaining"], refused.headers["ratelimit-reset"]) == ("0", "12")
    assert refused.json() == {
        "title": "Too Many Requests",
        "status": 429,
        "detail": "too many requests; ask again in 1 s",
    }


def test_keys_have_limits_of_their_own(service: Open, key: Callable[..., dict[str, str]]) -> None:
    """Two keys behind one address do not share; wrong keys share the address's."""
    one, other = key(KeyScope.SEARCH), key(KeyScope.SEARCH, KeyScope.EXPORT)
    client = service(rate=0.01, burst=2)
    assert [client.get(SEARCH, headers=one).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(SEARCH, headers=other).status_code == 200
    statuses = [client.get(SEARCH, headers={"authorization": f"Bearer {n}"}).status_code for n in range(3)]
    assert statuses == [401, 401, 429]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.9", ["198.51.100.1"], "192.0.2.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["6.6.6.6, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
    ],
)
def test_the_address_behind_proxies(peer: str, forwarded: list[str], address: str) -> None:
    """X-Forwarded-For counts from its end, as far as trusted proxies wrote it; what a stranger sends is not believed."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    connection: Scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert client_address(connection, networks(["10.0.0.0/8"])) == ip_address(address)


def test_addresses_that_are_one_caller() -> None:
    """IPv4 addresses are callers; in IPv6 a network of 64 bits is one; no address at all is one too."""
    assert group_of(ip_address("192.0.2.1")) != group_of(ip_address("192.0.2.2"))
    assert group_of(ip_address("2001:db8::1")) == group_of(ip_address("2001:db8::ffff:2")) == "2001:db8::/64"
    assert group_of(None) == group_of(client_address({"type": "http", "client": None, "headers": []}, ()))


EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", ["/", SEARCH, "/nowhere", "/static/style.css", "/docs", "/v1/search", "/healthz", "/openapi.json"]
)
def test_every_answer_is_guarded(service: Open, path: str) -> None:
    """Also errors: headers that keep browsers strict, and a policy that allows nothing by default."""
    answer = service().get(path)
    assert EVERYWHERE.items() <= dict(answer.headers).items()
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers


def test_a_failure_is_guarded(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to a defect is made further out than others, and carries the same."""
    build(SMALL)
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    monkeypatch.setattr(searcher, "answer", lambda queries: 1 / 0)
    client = TestClient(create_app(Live(searcher)), raise_server_exceptions=False)
    answer = client.get(SEARCH, headers={"x-request-id": "abc"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "abc")
    assert EVERYWHERE.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_documentation_runs_its_own_scripts_alone(service: Open, path: str) -> None:
    """Inline scripts are allowed by hash, others from this server only; nothing from elsewhere is referred to."""
    answer = service().get(path)
    policy = answer.headers["content-security-policy"]
    script_policy = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in script_policy
    inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    for script in inline:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in script_policy
    assert bool(inline) == (path == "/docs")
    assert all(source.startswith("/") for source in re.findall(r'<script src="(.*?)"', answer.text))


def test_keyed_answers_are_not_stored(service: Open, key: Callable[..., dict[str, str]]) -> None:
    """By no cache; and what differs by key is marked as such."""
    headers = key(KeyScope.SEARCH)
    answer = service(anonymous="search").get(SEARCH, headers=headers)
    assert answer.headers["cache-control"] == "no-store"
    assert "authorization" in service(anonymous="search").get(SEARCH).headers["vary"].lower()


def test_cross_origin_is_off_unless_chosen(service: Open, key: Callable[..., dict[str, str]]) -> None:
    """Without --cors-origin no site reads answers; with it that site does, with a key, and learns why it may not."""
    site, other = {"origin": "https://site.example"}, {"origin": "https://other.example"}
    preflight = {**site, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    assert "access-control-allow-origin" not in service().get(SEARCH, headers=site).headers
    assert service().options("/v1/search", headers=preflight).status_code == 405
    key(KeyScope.SEARCH)
    client = service(cors_origins=("https://site.example",))
    assert client.options("/v1/search", headers=preflight).status_code == 200
    refused = client.get(SEARCH, headers=site)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://site.example")
    assert "access-control-allow-credentials" not in refused.headers
    assert "access-control-allow-origin" not in client.get(SEARCH, headers=other).headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:8000", 200), ("LOCALHOST", 200), ("search.example", 200),
        ("evil.example", 421), ("localhost.evil.example", 421), ("", 421), ("[::2]", 421), ("127.0.0.1@evil.example", 421),
    ],
)  # fmt: skip
def test_names_that_are_served(service: Open, host: str, status: int) -> None:
    """On loopback, a site whose name was pointed at this machine gets nothing; probes are asked by any name."""
    client = service(allowed_hosts=served_hosts("127.0.0.1", "127.0.0.1", ["search.example"]))
    assert client.get(SEARCH, headers={"host": host}).status_code == status
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_listening_beyond_this_machine(tmp_path: Path) -> None:
    """Needs keys, or somebody who says that it is wanted; one line says so. Any name is served there unless some are chosen."""
    keys = tmp_path / "keys.json"
    for address in ("127.0.0.1", "127.8.9.1", "::1"):
        check_listening(address, keys, without_keys=False)
    for address in ("0.0.0.0", "::", "192.0.2.1", "fe80::1%eth0"):
        with pytest.raises(PasserelleError, match=r"no keys in .*; add one with `passerelle keys add NAME`"):
            check_listening(address, keys, without_keys=False)
        check_listening(address, keys, without_keys=True)
    add_key(keys, "a", [KeyScope.SEARCH])
    check_listening("0.0.0.0", keys, without_keys=False)
    assert served_hosts("0.0.0.0", "0.0.0.0", None) == ()
    assert served_hosts("0.0.0.0", "0.0.0.0", ["a.example"]) == ("a.example",)
    assert "[::1]" in served_hosts("::1", "::1", None)


@pytest.mark.parametrize("value", ["site.example", "https://site.example/", "https://a b", "null", ""])
def test_origins_that_no_browser_sends(value: str) -> None:
    """Are refused at the start instead of never matching."""
    with pytest.raises(PasserelleError, match="is not an origin; write https://host"):
        cors_origins([value])


def test_origins_and_networks_that_are() -> None:
    """Are taken as they are."""
    assert cors_origins(["https://a.example", "http://localhost:3000", "*"]) == (
        "https://a.example",
        "http://localhost:3000",
        "*",
    )
    assert networks(["10.0.0.1", "2001:db8::/32"]) == (ip_network("10.0.0.1/32"), ip_network("2001:db8::/32"))
    with pytest.raises(PasserelleError, match=r"an address or a network such as 10\.0\.0\.0/8"):
        networks(["proxy.example"])


def headers_of(app: Callable[..., object], path: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers of an answer, from bytes that no client library would send."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "headers": headers, "client": ("192.0.2.1", 1), "server": ("x", 80),
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        await app(scope, receive, send)  # type: ignore[misc]

    asyncio.run(run())
    found: list[tuple[bytes, bytes]] = sent[0]["headers"]
    return found


@pytest.mark.parametrize(
    ("proposed", "kept"),
    [
        ("night-42_a.B", True), ("x" * 64, True), ("x" * 65, False), ("", False), ("a b", False), ("a\r\nSet-Cookie: a=b", False),
        ("a\n", False), ("é", False), ("<script>", False), ("%0d%0a", False),
    ],
)  # fmt: skip
def test_request_ids(service: Open, proposed: str, kept: bool) -> None:
    """A well-formed one comes back; instead of any other, one is made."""
    headers = dict(headers_of(service().app, "/healthz", [(b"x-request-id", proposed.encode())]))
    returned = headers[b"x-request-id"].decode()
    assert (returned == proposed) == kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", returned)


@pytest.mark.parametrize(
    "path", ["/v1/members/x\r\nSet-Cookie: a=b", "/x\r\nSet-Cookie: a=b", "/x\r\nSet-Cookie: a=b/", "/v1/search/\r\n"]
)
def test_nothing_asked_becomes_a_header(service: Open, path: str) -> None:
    """A line break in a path, even one that is redirected, stays out of the answer's headers."""
    for name, value in headers_of(service().app, path, [(b"host", b"localhost")]):
        assert b"\r" not in name + value
        assert b"\n" not in name + value
        assert name != b"set-cookie"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/....//app.py", "/static/%00", "/static//etc/passwd",
        "/static/..%5capp.py", "/static/%252e%252e/app.py", "/static-offline-docs/..%2f..%2fcore.py", "/static/" + "a" * 5_000,
        "/v1/members/..%2F..%2Fkeys.json", "/v1/members/%2Fetc%2Fpasswd", "/v1/members/%00", "/v1/members/..%2F..%2F/similar",
    ],
)  # fmt: skip
def test_paths_lead_nowhere_else(service: Open, path: str) -> None:
    """Neither files beside the static ones nor ids made of dots: 404, and never a failure."""
    answer = service().get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("named", ["../../secret", "/etc", "..", "a/../..", "a\0"])
def test_snapshot_names_lead_nowhere_else(build: Build, tmp_path: Path, named: str) -> None:
    """CURRENT and `rollback` name a snapshot of the store or are refused."""
    from indexer.publish import rollback

    build(SMALL)
    (tmp_path / "secret").mkdir()
    store = Store(tmp_path / "store")
    with pytest.raises(PasserelleError, match="no snapshot"):
        rollback(store, named)
    store.current_file.write_text(named, encoding="utf-8")
    with pytest.raises(PasserelleError, match="which is no snapshot of the store"):
        open_index(store.path, encoder=FakeEncoder())


def test_markup_stays_text(service: Open) -> None:
    """In a topic, a filter, a member's text, on the page; and in JSON and problem documents, which no browser takes for a page."""
    client = service()
    for path in (f"/?q={HOSTILE}&country={HOSTILE}&ui={HOSTILE}", "/?q=sensors", f"/?q=sensors&offset={HOSTILE}"):
        assert "<script>" not in client.get(path).text
    page = client.get("/?q=sensors").text
    assert "&lt;script&gt;alert(" in page
    for path in (
        SEARCH,
        f"/v1/members/{HOSTILE}",
        f"/v1/search?q=x&{HOSTILE}=1",
        f"/{HOSTILE}",
        f"/v1/search?q=x&limit={HOSTILE}",
    ):
        answer = client.get(path)
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000, b'{"topic":' * 20_000, b'{"topic": "x", "limit": ' + b"9" * 10_000 + b"}", b'{"topic": "x", "offset": NaN}',
        b'{"topic": "x", "limit": 1e999}', b'{"topic": "\xff"}', b'{"topic": "x", "topic": 3}', b"\0" * 100, b'{"topic": "x", "filters": {"country": [' + b'"FR",' * 30_000 + b'"FR"]}}',
    ],
    ids=range(9),
)  # fmt: skip
def test_hostile_bodies(service: Open, body: bytes) -> None:
    """Deep, endless, half-encoded or contradictory JSON is the caller's fault, and never a failure."""
    answer = service().post("/v1/search", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 1_000


def test_the_documentation_offers_to_send_a_key(service: Open) -> None:
    """Every route below /v1 says that it takes a bearer key."""
    described = service().get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, methods in described["paths"].items():
        for method in methods.values():
            assert ("security" in method) == path.startswith("/v1"), path
