"""What the HTTP API promises beyond a single search."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth

from search import open_index
from service.app import create_app
from service.live import Live
from service.memory import open_memory
from service.requests import BatchRequest, SearchRequest
from service.schemas import BatchResponse, MemberOut, Readiness, SearchResponse
from service.security import SecuritySettings
from tests.conftest import ROOT, SMALL, Build, FakeEncoder


@pytest.fixture
def client(build: Build, tmp_path: Path) -> Iterator[TestClient]:
    """All there can be: a memory too."""
    build(SMALL)
    unhurried = SecuritySettings(rate=1e6, burst=10**6)
    memory = open_memory(str(tmp_path / "memory.sqlite"))
    live = Live(open_index(tmp_path / "store", encoder=FakeEncoder()))
    yield TestClient(create_app(live, unhurried, memory), client=("127.0.0.1", 5000))
    memory.close()


def found(answer: dict[str, object]) -> list[str]:
    return [match["member"]["id"] for match in answer["matches"]]  # type: ignore[attr-defined]


def test_a_batch_answers_each_search(client: TestClient) -> None:
    """In order, each with its own filters; the same as alone; more than 100, or none, are refused."""
    searches = [{"topic": "sensors", "limit": 2}, {"topic": "vaches", "filters": {"kind": ["sme"]}}]
    answers = client.post("/v1/search/batch", json={"searches": searches}).json()["answers"]
    alone = [client.post("/v1/search", json=search).json() for search in searches]
    assert [found(answer) for answer in answers] == [found(answer) for answer in alone]
    for count in (0, 101):
        refused = client.post("/v1/search/batch", json={"searches": searches[:1] * count})
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")


def test_links_have_a_tag(client: TestClient, build: Build, tmp_path: Path) -> None:
    """Asked again with it, the answer is empty; another query, or another snapshot, has another."""
    first = client.get("/v1/search?q=sensors&country=FR")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/v1/search?country=FR&q=sensors", headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/v1/search?q=sensors&country=BE").headers["etag"] != tag
    build(SMALL[:5])
    newer = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    assert newer.get("/v1/search?q=sensors&country=FR", headers={"If-None-Match": tag}).status_code == 200


def test_steering_by_link_and_by_body(client: TestClient) -> None:
    """The same words mean the same in both."""
    link = "like=gamma&unlike=street+lights&exclude=zeta&exclude_country=BE&diversity=0.5&min_relevance=0.0001"
    body = {"topic": "sensors", "like": ["gamma"], "unlike": ["street lights"], "exclude": ["zeta"], "exclude_country": ["BE"],
            "diversity": 0.5, "min_relevance": 0.0001}  # fmt: skip
    by_link, by_body = client.get(f"/v1/search?q=sensors&{link}").json(), client.post("/v1/search", json=body).json()
    assert found(by_link) == found(by_body)
    assert not {"alpha", "zeta"} & set(found(by_link))
    assert found(client.get("/v1/search?q=sensors&only=beta&only=epsilon").json()) == ["beta", "epsilon"]


def test_exports(client: TestClient) -> None:
    """A file to save, named after the snapshot, by link and by body."""
    sheet = client.get("/v1/search/export?q=sensors&limit=2")
    snapshot = client.get("/readyz").json()["snapshot"]
    assert sheet.headers["content-disposition"] == f'attachment; filename="passerelle-{snapshot}.xlsx"'
    active = openpyxl.load_workbook(io.BytesIO(sheet.content)).active
    assert active is not None
    assert active.max_row == 4
    table = client.post("/v1/search/export?format=csv", json={"topic": "sensors", "only": ["beta"]})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(table.text.splitlines()) == 3
    assert client.get("/v1/search/export?q=sensors&format=pdf").status_code == 422


def test_the_committed_description_is_the_one_served(client: TestClient) -> None:
    """docs/openapi.json is what /openapi.json says; `make openapi` writes it."""
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert client.get("/openapi.json").json() == committed


def test_the_description_teaches_by_examples(client: TestClient) -> None:
    """Every operation shows a body, an answer and its problems by example, and what is shown fits what is described."""
    described = client.get("/openapi.json").json()

    def examples(media: dict[str, Any]) -> list[Any]:
        schema = media.get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        return [
            *([media["example"]] if "example" in media else []),
            *(described["components"]["schemas"][name].get("examples", []) if name else schema.get("examples", [])),
        ]

    operations = [(path, at) for path, by_method in described["paths"].items() for at in by_method.values()]
    assert len(operations) >= 9
    for path, operation in operations:
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert examples(media), path
        for code, answer in operation["responses"].items():
            shown = {kind: examples(media) for kind, media in answer.get("content", {}).items()}
            if code == "204":
                assert not shown, path
            elif code in ("200", "201"):
                assert shown, path
                assert all(shown.values()), path
            elif code != "304":
                assert [example["status"] for example in shown["application/problem+json"]] == [int(code)], path
    models = (BatchRequest, SearchRequest, BatchResponse, SearchResponse, MemberOut, Readiness)
    for model in models:
        for example in described["components"]["schemas"][model.__name__]["examples"]:
            assert json.loads(model.model_validate(example).model_dump_json(exclude_unset=True)) == example
    for example in described["components"]["schemas"]["SearchRequest"]["examples"]:
        assert client.post("/v1/search", json=example).status_code == 200


def test_a_member_has_a_tag(client: TestClient) -> None:
    """Asked again with it, the answer is empty; nobody is still nobody."""
    tag = client.get("/v1/members/alpha").headers["etag"]
    again = client.get("/v1/members/alpha", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/v1/members/beta", headers={"If-None-Match": tag}).status_code == 200
    assert client.get("/v1/members/nobody", headers={"If-None-Match": tag}).status_code == 404


def test_whatever_is_sent_is_answered_as_described(client: TestClient) -> None:
    """No server error, no undocumented status, content type or body, for 25 requests to each route."""
    described = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    operations = [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) >= 9
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        def answered(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(excluded_checks=[ignored_auth])  # without keys, none is asked for

        answered()
