"""From Python and over HTTP: the same question has the same answer."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from search import Searcher, open_index
from search.evaluation import read_topics
from search.types import FACETS
from service.app import create_app
from service.live import Live
from tests.conftest import DEMO

TOPICS = {topic.id: topic.text for topic in read_topics(DEMO / "topics.jsonl")}
SEARCHES: list[tuple[str, dict[str, object]]] = [
    ("t01-fr", {}),
    ("t01-en", {}),
    ("t33-fr", {"limit": 20}),  # a call text
    ("t33-en", {"offset": 5}),
    ("t32-en", {"country": ["FR", "BE"], "kind": ["sme", "startup"]}),
    ("t08-fr", {"language": ["en"], "sector": ["sensors"]}),
    ("t08-en", {"country": ["XX"]}),
    ("t37-en", {"cluster": ["Minalogic"]}),
    ("t16-fr", {"exclude_country": ["FR"], "diversity": 0.4, "min_relevance": 0.02}),
    ("t16-en", {"like": ["minalogic-orvelune"], "unlike": ["spectrométrie"], "exclude": ["scs-rocsilis"]}),
]


@pytest.fixture(scope="module")
def client(demo_store: Path) -> TestClient:
    """Of a service of its own: what was encoded among other topics before differs in the third digit."""
    return TestClient(create_app(Live(open_index(demo_store, verify=False))))


@pytest.fixture(scope="module")
def partners(demo_store: Path) -> Searcher:
    """Opened apart from what the service has open."""
    return open_index(demo_store, verify=False)


@pytest.mark.parametrize(("topic", "options"), SEARCHES, ids=[f"{name} {', '.join(o)}" for name, o in SEARCHES])
def test_python_and_http_answer_alike(
    partners: Searcher, client: TestClient, topic: str, options: dict[str, object]
) -> None:
    """Members, order, scores, relevance, evidence, facets, needs and the snapshot's id, whatever is asked, in both languages."""
    filters = {name: options[name] for name in FACETS if name in options}
    others = {name: value for name, value in options.items() if name not in FACETS}
    said = client.post("/v1/search", json={"topic": TOPICS[topic], "filters": filters, **others}).json()
    asked = {"k" if name == "limit" else name: value for name, value in options.items()}
    found = partners.search(TOPICS[topic], **asked)  # type: ignore[arg-type]
    assert [(m["rank"], m["member"]["id"], m["score"], m["relevance"], m["needs"]) for m in said["matches"]] == [
        (m.rank, m.member.id, m.score, m.relevance, list(m.needs)) for m in found
    ]
    assert [[(e["text"], e["score"], e["marks"]) for e in m["evidence"]] for m in said["matches"]] == [
        [(e.text, e.score, [list(mark) for mark in e.marks]) for e in m.evidence] for m in found
    ]
    assert (said["snapshot"], said["language"], said["total"], said["answerable"], said["facets"]) == (
        found.snapshot, found.language, found.total, found.answerable, found.facets
    )  # fmt: skip
    assert [need["text"] for need in said["needs"]] == [need.text for need in found.needs]
    assert (len(found) == 0) == (options.get("country") == ["XX"])
    assert (len(found.needs) > 0) == topic.startswith(("t33", "t32"))


def test_a_batch_is_the_batch_over_http(partners: Searcher, client: TestClient) -> None:
    """Encoded together, the same members and scores."""
    names = ["t01-fr", "t33-en", "t37-fr"]
    answers = client.post("/v1/search/batch", json={"searches": [{"topic": TOPICS[name]} for name in names]}).json()
    found = partners.search_many([TOPICS[name] for name in names])
    assert [[(m["member"]["id"], m["score"]) for m in answer["matches"]] for answer in answers["answers"]] == [
        [(m.member.id, m.score) for m in shortlist] for shortlist in found
    ]
