"""Figures for Prometheus, and the dashboard that shows them."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from search import open_index
from search.stopwatch import STAGES
from search.store import Store
from service.app import create_app
from service.live import Live
from tests.conftest import ROOT, SMALL, Build, FakeEncoder

DASHBOARD = ROOT / "docs" / "grafana-dashboard.json"
Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def client(build: Build, tmp_path: Path) -> TestClient:
    build(SMALL)
    store = Store(tmp_path / "store")
    live = Live(open_index(store.path, encoder=FakeEncoder()), store)
    return TestClient(create_app(live), raise_server_exceptions=False)


def figures(client: TestClient) -> Figures:
    """Each sample of /metrics by name and labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def requests(found: Figures) -> dict[tuple[str, str, str], float]:
    """Requests by route, method and status."""
    return {
        (labels["route"], labels["method"], labels["status"]): value
        for (name, pairs), value in found.items()
        if name == "passerelle_http_requests_total" and (labels := dict(pairs))
    }


def test_requests_are_counted_by_route(client: TestClient) -> None:
    """By the route's template, method and status; whatever else visitors send makes no more than one label each."""
    for path in ("/v1/search?q=x", "/v1/search?q=y", "/v1/search", "/v1/members/alpha", "/v1/members/beta/similar"):
        client.get(path)
    for path in ("/nowhere", "/else/where", "/static/none.css", "/static/style.css"):
        client.get(path)
    client.request("BREW", "/v1/search")
    assert requests(figures(client)) == {
        ("/v1/search", "GET", "200"): 2,
        ("/v1/search", "GET", "422"): 1,
        ("/v1/search", "other", "405"): 1,
        ("/v1/members/{member_id}", "GET", "200"): 1,
        ("/v1/members/{member_id}/similar", "GET", "200"): 1,
        ("unmatched", "GET", "404"): 2,
        ("/static/*", "GET", "404"): 1,
        ("/static/*", "GET", "200"): 1,
    }


def test_a_failure_is_counted(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that makes the service fail counts as 500."""
    build(SMALL)
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    monkeypatch.setattr(searcher, "answer", lambda queries: 1 / 0)
    client = TestClient(create_app(Live(searcher)), raise_server_exceptions=False)
    assert client.get("/v1/search?q=x").status_code == 500
    assert requests(figures(client)) == {("/v1/search", "GET", "500"): 1}


def test_stages_of_searches(client: TestClient) -> None:
    """Searches by API and by page are told stage by stage; a page without a topic is no search."""
    client.get("/v1/search?q=des+capteurs")
    client.get("/?q=sensors")
    client.get("/")
    found = figures(client)
    counted = {stage: found["passerelle_search_stage_seconds_count", (("stage", stage),)] for stage in STAGES}
    assert counted == dict.fromkeys(STAGES, 2)


def test_stages_add_up(build: Build, tmp_path: Path) -> None:
    """Every stage takes some time, and together they take no longer than the answer, for a topic and for a member."""
    build(SMALL)
    searcher = open_index(tmp_path / "store", encoder=FakeEncoder())
    found = searcher.search("des capteurs")
    assert list(found.stages) == ["encode", "lexical", "filter", "dense", "fuse", "evidence"]
    similar = searcher.similar("alpha")
    assert set(similar.stages) == {"filter", "dense", "fuse", "evidence"}
    for shortlist in (found, similar):
        assert min(shortlist.stages.values()) > 0
        assert 0.5 * shortlist.took_ms < sum(shortlist.stages.values()) <= shortlist.took_ms + 0.1


def test_the_snapshot_and_the_last_run(client: TestClient, build: Build) -> None:
    """What is in use, and how the last run of the indexer went, also where that run published nothing new for this service yet."""
    found = figures(client)
    snapshot = client.get("/readyz").json()["snapshot"]
    assert found["passerelle_snapshot_info", (("encoder", "fake"), ("snapshot", snapshot))] == 1
    assert (found["passerelle_snapshot_members", ()], found["passerelle_snapshot_capabilities", ()]) == (6, 7)
    assert 0 <= found["passerelle_snapshot_age_seconds", ()] < 600
    assert (found["passerelle_ready", ()], found["passerelle_snapshot_refused", ()]) == (1, 0)
    assert found["passerelle_last_run_status", (("status", "published"),)] == 1
    assert found["passerelle_last_run_cached_texts", ()] == 0
    build([*SMALL[:3], {"id": "bad"}])
    found = figures(client)
    assert (found["passerelle_last_run_lines", ()], found["passerelle_last_run_rejected_lines", ()]) == (4, 1)
    assert (found["passerelle_last_run_cached_texts", ()], found["passerelle_last_run_texts", ()]) == (4, 4)
    assert found["passerelle_snapshot_members", ()] == 6


def test_two_applications_count_apart(client: TestClient, build: Build, tmp_path: Path) -> None:
    """Figures belong to one application."""
    other = TestClient(create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))))
    client.get("/healthz")
    assert requests(figures(other)) == {}


def test_the_dashboard_shows_what_exists(client: TestClient) -> None:
    """Every figure and label that the Grafana dashboard asks for is there, and most figures are asked for."""
    client.get("/v1/search?q=x")
    text = client.get("/metrics").text
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    named = set(re.findall(r"\b(?:passerelle|process)_\w+", " ".join(asked)))
    there = {name for name, _ in figures(client)}
    assert named <= there
    assert {name for name in there if name.startswith("passerelle_")} - named <= {
        *(f"passerelle_{name}_created" for name in ("http_requests", "http_request_seconds", "search_stage_seconds", "batch_queries")),
        "passerelle_batch_queries_bucket",
        *(f"passerelle_{name}_{part}" for name in ("http_request_seconds", "search_stage_seconds") for part in ("sum", "count")),
        "passerelle_snapshot_created_timestamp_seconds",
        "passerelle_snapshot_passages",
    }  # fmt: skip
    for label in re.findall(r"by \(([^)]*)\)", " ".join(asked)):
        for name in label.split(","):
            assert f'{name.strip()}="' in text, label
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(places)
