"""The HTTP API."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from search import open_index
from service.app import create_app
from service.live import Live
from tests.conftest import SMALL, Build, FakeEncoder, member


@pytest.fixture
def client(build: Build, tmp_path: Path) -> TestClient:
    build([*SMALL, member("a b/c", en="Sensors.", extra_key=["kept"])])
    return TestClient(
        create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))), raise_server_exceptions=False
    )


def test_post_search(client: TestClient) -> None:
    """The documented shape: ranks, scores, members with all their keys, evidence with its place, facets."""
    answer = client.post(
        "/v1/search", json={"topic": "des capteurs", "filters": {"country": ["FR"], "cluster": []}, "limit": 2}
    ).json()
    assert list(answer) == [
        "topic",
        "language",
        "snapshot",
        "took_ms",
        "total",
        "answerable",
        "matches",
        "facets",
        "needs",
    ]
    assert (answer["topic"], answer["language"], answer["total"]) == ("des capteurs", "fr", 3)
    best = answer["matches"][0]
    assert (best["rank"], best["member"]["id"], best["member"]["descriptions"]) == (
        1,
        "beta",
        {"fr": "Nous fabriquons des capteurs."},
    )
    assert 0 <= best["relevance"] <= 1
    assert best["evidence"][0] == {
        "text": "Nous fabriquons des capteurs.", "language": "fr", "score": best["score"], "description": "fr", "start": 0, "end": 29,
            "marks": [[20, 28]],
    }  # fmt: skip
    assert answer["facets"]["country"] == {"FR": 3}


def test_get_is_the_same_as_post(client: TestClient) -> None:
    """A link with repeated facets gives what the body gives."""
    body = {"topic": "cows", "filters": {"country": ["FR", "NL"], "kind": ["sme"]}, "limit": 5, "offset": 0}
    posted = client.post("/v1/search", json=body).json()
    linked = client.get("/v1/search?q=cows&country=FR&country=NL&kind=sme&limit=5").json()
    assert {**posted, "took_ms": 0} == {**linked, "took_ms": 0}
    assert [match["member"]["id"] for match in linked["matches"]] == ["delta"]


def test_pages_follow_each_other(client: TestClient) -> None:
    """limit and offset cut one ranking."""
    everything = client.get("/v1/search?q=light&limit=100").json()["matches"]
    assert [match["rank"] for match in everything] == list(range(1, 8))
    assert client.get("/v1/search?q=light&limit=2&offset=3").json()["matches"] == everything[3:5]
    assert client.get("/v1/search?q=light&offset=900").json()["matches"] == []


def test_members(client: TestClient) -> None:
    """A member by id with unknown keys kept, and the members most like it."""
    found = client.get("/v1/members/alpha").json()
    assert (found["name"], found["clusters"], found["languages"]) == ("Alpha", ["DSP Valley"], ["en"])
    assert client.get("/v1/members/a%20b%2Fc").json()["extra_key"] == ["kept"]
    nearest = client.get("/v1/members/a%20b%2Fc/similar?limit=2").json()["matches"]
    assert {match["member"]["id"] for match in nearest} == {"alpha", "beta"}
    similar = client.get("/v1/members/delta/similar?limit=3").json()
    assert "delta" not in [match["member"]["id"] for match in similar["matches"]]
    assert similar["matches"][0]["member"]["id"] == "gamma"


def test_probes(client: TestClient) -> None:
    """Alive, and ready with the snapshot's id."""
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["members"] == 7


def test_documentation_needs_no_network(client: TestClient) -> None:
    """/docs loads its script and style from this server, and the description has every route."""
    page = client.get("/docs").text
    assert "cdn" not in page.lower()
    assert client.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200
    assert {"/v1/search", "/v1/members/{member_id}", "/v1/members/{member_id}/similar", "/healthz", "/readyz"} <= set(
        client.get("/openapi.json").json()["paths"]
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("POST", "/v1/search", {"topic": ""}, 422, "the topic is empty"),
        ("POST", "/v1/search", {"topic": "x" * 50_000}, 422, "50,000 characters, at most 32,000"),
        ("POST", "/v1/search", {"topic": "a\0"}, 422, "null byte"),
        ("POST", "/v1/search", {"topic": "x", "limit": 0}, 422, "limit: Input should be greater than or equal to 1"),
        ("POST", "/v1/search", {"topic": "x", "limit": 10_000}, 422, "limit: Input should be less than or equal to 1000"),
        ("POST", "/v1/search", {"topic": "x", "offset": -1}, 422, "offset"),
        ("POST", "/v1/search", {"topic": "x", "filters": {"colour": ["red"]}}, 422, "filters.colour: is not known here; filters are country, cluster"),
        ("POST", "/v1/search", {"topic": "x", "filters": {"country": "FR"}}, 422, "filters.country: Input should be a valid list"),
        ("POST", "/v1/search", {"topic": 3}, 422, "topic: Input should be a valid string"),
        ("POST", "/v1/search", [], 422, "body"),
        ("POST", "/v1/search", {}, 422, "topic: Field required"),
        ("GET", "/v1/search", None, 422, "q: Field required"),
        ("GET", "/v1/search?q=x&colour=red", None, 422, "colour: is not known"),
        ("GET", "/v1/search?q=x&limit=ten", None, 422, "limit: Input should be a valid integer"),
        ("GET", "/v1/members/nobody", None, 404, "no member has the id 'nobody'"),
        ("GET", "/v1/members/..%2F..%2Fetc%2Fpasswd", None, 404, ""),
        ("GET", "/v1/members/nobody/similar", None, 404, "no member has the id 'nobody'"),
        ("GET", "/nowhere", None, 404, "Not Found"),
        ("PUT", "/v1/search", None, 405, "Method Not Allowed"),
    ],
)  # fmt: skip
def test_errors_are_problem_documents(
    client: TestClient, method: str, path: str, body: object, status: int, detail: str
) -> None:
    """RFC 9457: the caller's faults are 4xx, with a sentence that says what was wrong."""
    answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert detail in answer.json()["detail"]


def test_a_failure_is_a_problem_document(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the service itself fail, the answer is a problem document too, without its insides."""
    build(SMALL)
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    monkeypatch.setattr(searcher, "answer", lambda queries: 1 / 0)
    answer = TestClient(create_app(Live(searcher)), raise_server_exceptions=False).get("/v1/search?q=x")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "division" not in answer.text


def test_a_body_that_is_not_json(client: TestClient) -> None:
    """Truncated JSON is the caller's fault."""
    answer = client.post("/v1/search", content=b'{"topic": ', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_lone_surrogate_is_the_callers_fault(client: TestClient) -> None:
    """JSON can spell half a character; it is refused, not a crash."""
    answer = client.post("/v1/search", content=b'{"topic": "\\ud800"}', headers={"content-type": "application/json"})
    assert answer.status_code == 422
