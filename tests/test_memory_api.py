"""The memory over HTTP: whose it is, what it refuses, how it is changed."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from indexer.run import index_members
from search import open_index
from search.evaluation import read_topics
from search.store import Store
from service.app import create_app
from service.live import Live
from service.memory import Memory, open_memory
from service.memory.requests import NoteIn, ShortlistChange, StepIn
from service.memory.schemas import FindingsOut, IntroductionOut, JudgmentOut, ShortlistOut, TopicOut
from service.security import SecuritySettings
from service.security.keyfile import Scope, add_key, revoke_key
from tests.conftest import ANY, SMALL, Build, FakeEncoder, member, write_lines

NOBODYS = UUID(int=4 << 76 | 2 << 62)
"""An id that nothing has."""

HOSTILE = "\"><script>alert('x')</script>&amp;\u202e\u0007"
Open = Callable[..., TestClient]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Live:
    """The small directory, opened once."""
    folder = tmp_path_factory.mktemp("memory")
    source = write_lines(folder / "members.jsonl", SMALL)
    index_members([source], Store(folder / "store"), lambda *_: FakeEncoder(), ANY)
    return Live(open_index(folder / "store", encoder=FakeEncoder()), Store(folder / "store"))


@pytest.fixture
def service(directory: Live, memory: Memory, tmp_path: Path) -> Open:
    """The service with a memory, as a client at an address with a key sees it; settings by name."""
    unhurried = {"keys_file": tmp_path / "keys.json", "rate": 1e6, "burst": 10**6}

    def opened(
        address: str = "127.0.0.1", key: str | None = None, live: Live = directory, **chosen: object
    ) -> TestClient:
        app = create_app(live, SecuritySettings(**{**unhurried, **chosen}), memory)  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return TestClient(app, client=(address, 5000), headers=headers, raise_server_exceptions=False)

    return opened


@pytest.fixture(scope="module")
def local(directory: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service of a machine without keys, for requests that keep nothing."""
    memory = open_memory(str(tmp_path_factory.mktemp("refused") / "memory.sqlite"))
    settings = SecuritySettings(rate=1e6, burst=10**6)
    yield TestClient(create_app(directory, settings, memory), client=("127.0.0.1", 5000), raise_server_exceptions=False)
    memory.close()


@pytest.fixture
def live(tmp_path: Path) -> Callable[[], Live]:
    """What `build` published last, opened."""
    place = tmp_path / "store"
    return lambda: Live(open_index(place, encoder=FakeEncoder()), Store(place))


@pytest.fixture
def key(tmp_path: Path) -> Callable[..., str]:
    def made(name: str, *scopes: Scope) -> str:
        return add_key(tmp_path / "keys.json", name, scopes or [Scope.SEARCH])

    return made


def test_a_shortlist_from_first_to_last(service: Open) -> None:
    """Made, read, changed, listed, deleted; notes come back as they were written."""
    client = service()
    sent = {
        "title": "MEMS",
        "topic": "sensors",
        "members": [{"member_id": "beta", "note": HOSTILE}, {"member_id": "alpha"}],
    }
    made = client.post("/v1/shortlists", json=sent)
    assert made.status_code == 201
    path = f"/v1/shortlists/{made.json()['id']}"
    assert client.get(path).json() == made.json()
    assert [(m["member_id"], m["note"], m["member"]) for m in made.json()["members"]] == [
        ("beta", HOSTILE, {"state": "here", "id": "beta", "name": "Beta"}),
        ("alpha", "", {"state": "here", "id": "alpha", "name": "Alpha"}),
    ]
    changed = client.put(path, json={"title": "Two", "members": [{"member_id": "alpha", "note": "n"}], "version": 1})
    assert (changed.status_code, changed.json()["version"], changed.json()["topic"]) == (200, 2, "")
    (listed,) = client.get("/v1/shortlists").json()["shortlists"]
    assert (listed["title"], listed["size"], listed["version"]) == ("Two", 1, 2)
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.get("/v1/shortlists").json() == {"shortlists": []}


def test_an_introduction_from_first_to_last(service: Open) -> None:
    """Each step with its day, and what may follow."""
    client = service()
    made = client.post("/v1/introductions", json={"member_id": "alpha", "note": "by phone", "day": "2026-01-05"}).json()
    assert (made["state"], made["next"], made["version"]) == ("proposed", ["accepted", "declined"], 1)
    path = f"/v1/introductions/{made['id']}"
    for version, (state, day) in enumerate(
        [("accepted", "2026-01-07"), ("met", "2026-02-01"), ("project_submitted", None)], 1
    ):
        moved = client.post(f"{path}/steps", json={"state": state, "day": day, "version": version})
        assert moved.status_code == 200, moved.text
    found = client.put(f"{path}/note", json={"note": "done", "version": 4}).json()
    today = datetime.now(UTC).date().isoformat()
    assert [(step["state"], step["day"]) for step in found["steps"]] == [
        ("proposed", "2026-01-05"),
        ("accepted", "2026-01-07"),
        ("met", "2026-02-01"),
        ("project_submitted", today),
    ]
    assert (found["note"], found["next"], found["version"]) == ("done", [], 5)
    assert client.get("/v1/introductions").json()["introductions"] == [found]
    assert client.get("/v1/introductions?offset=1").json()["introductions"] == []
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_judgments(service: Open, tmp_path: Path) -> None:
    """The last verdict counts, and all of them are read by `evaluate`."""
    client = service()
    for verdict in ("not_for_us", "good_match"):
        kept = client.put("/v1/judgments", json={"topic": "capteurs", "member_id": "beta", "verdict": verdict})
        assert kept.status_code == 200
    assert (kept.json()["language"], kept.json()["member"]["name"]) == ("fr", "Beta")
    assert [j["verdict"] for j in client.get("/v1/judgments").json()["judgments"]] == ["good_match"]
    qrels = client.get("/v1/judgments/qrels")
    assert qrels.headers["content-type"] == "application/jsonl"
    (tmp_path / "q.jsonl").write_bytes(qrels.content)
    (topic,) = read_topics(tmp_path / "q.jsonl")
    assert (topic.text, topic.relevant) == ("capteurs", {"beta": 2})
    assert client.delete(f"/v1/judgments/{kept.json()['id']}").status_code == 204
    assert client.get("/v1/judgments/qrels").text == ""


def test_saved_topics(service: Open) -> None:
    """Saved with who answers today; saved again it is the same one; its feed is given another address when asked."""
    client = service()
    sent = {"topic": "sensors", "filters": {"country": ["FR", "BE"]}, "min_relevance": 0.05}
    saved = client.post("/v1/topics", json=sent)
    assert saved.status_code == 201
    topic = saved.json()
    assert (topic["answering"], topic["filters"], topic["failure"]) == (2, {"country": ["FR", "BE"]}, "")
    assert client.post("/v1/topics", json=sent).json() == topic
    assert client.post("/v1/topics", json={**sent, "min_relevance": 0.5}).json()["id"] != topic["id"]
    path = f"/v1/topics/{topic['id']}"
    assert client.get(path).json() == topic
    assert client.get(f"{path}/findings").json() == {"topic_id": topic["id"], "findings": []}
    renewed = client.post(f"{path}/feed").json()["feed"]
    assert client.get(topic["feed"]).status_code == 404
    assert client.get(renewed).status_code == 200
    assert client.delete(path).status_code == 204
    assert client.get(renewed).status_code == 404
    assert len(client.get("/v1/topics").json()["topics"]) == 1


def everything_of(client: TestClient) -> dict[str, str]:
    """Keep one of each kind; its path by kind."""
    shortlist = client.post("/v1/shortlists", json={"title": "T", "members": [{"member_id": "alpha", "note": "mine"}]})
    introduction = client.post("/v1/introductions", json={"member_id": "alpha"})
    judgment = client.put("/v1/judgments", json={"topic": "sensors", "member_id": "alpha", "verdict": "good_match"})
    topic = client.post("/v1/topics", json={"topic": "sensors"})
    made = {"shortlists": shortlist, "introductions": introduction, "judgments": judgment, "topics": topic}
    assert {name: answer.status_code // 100 for name, answer in made.items()} == dict.fromkeys(made, 2)
    return {name: f"/v1/{name}/{answer.json()['id']}" for name, answer in made.items()}


def test_nobody_reads_anothers(service: Open, key: Callable[..., str]) -> None:
    """With another key, everything answers as if it were not there; nothing can be changed, and nothing is."""
    jeanne, paul = service(key=key("jeanne")), service(key=key("paul"))
    paths = everything_of(jeanne)
    before = jeanne.get("/v1/memory").json()
    for name, path in paths.items():
        assert paul.get(f"/v1/{name}").json() == {name: []}
        assert paul.delete(path).status_code == 404
    for method, path, body in [
        ("GET", paths["shortlists"], None),
        ("PUT", paths["shortlists"], {"title": "x", "version": 1}),
        ("GET", paths["introductions"], None),
        ("POST", f"{paths['introductions']}/steps", {"state": "accepted", "version": 1}),
        ("PUT", f"{paths['introductions']}/note", {"note": "x", "version": 1}),
        ("GET", paths["topics"], None),
        ("GET", f"{paths['topics']}/findings", None),
        ("POST", f"{paths['topics']}/feed", None),
    ]:
        answer = paul.request(method, path, json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
    assert paul.get("/v1/judgments/qrels").text == ""
    assert paul.delete("/v1/memory").json() == {"shortlists": 0, "introductions": 0, "judgments": 0, "topics": 0}
    assert jeanne.get("/v1/memory").json() == before


def test_who_has_a_memory(service: Open, key: Callable[..., str]) -> None:
    """Without keys, programs on this machine alone; with keys, those with the scope search, and nobody else however open the rest is."""
    assert service().get("/v1/topics").status_code == 200
    assert service("192.0.2.1").get("/v1/topics").status_code == 403
    assert service().get("/v1/topics", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 403
    stranger, visitor = service("192.0.2.1", anonymous="search"), service(anonymous="search")
    searching, exporting = service("192.0.2.1", key=key("search")), service(key=key("export", Scope.EXPORT))
    for path in (
        "/v1/shortlists",
        "/v1/introductions",
        "/v1/judgments",
        "/v1/topics",
        "/v1/memory",
        "/v1/judgments/qrels",
    ):
        statuses = [client.get(path).status_code for client in (stranger, visitor, exporting, searching)]
        assert statuses == [401, 401, 403, 200], path


def test_a_renewed_key_of_the_same_name_is_the_same_user(
    service: Open, key: Callable[..., str], tmp_path: Path
) -> None:
    """A leaked key is revoked and made again; what was kept is still there, and what was kept without keys is another's."""
    everything_of(service())
    everything_of(service(key=key("minalogic")))
    revoke_key(tmp_path / "keys.json", "minalogic")
    renewed = service(key=key("minalogic"))
    assert len(renewed.get("/v1/shortlists").json()["shortlists"]) == 1
    assert service(key=key("local")).get("/v1/shortlists").json() == {"shortlists": []}


def test_without_a_database_there_is_nothing(build: Build, tmp_path: Path) -> None:
    """No route, no link on the page."""
    build(SMALL)
    client = TestClient(
        create_app(Live(open_index(tmp_path / "store", encoder=FakeEncoder()))), client=("127.0.0.1", 1)
    )
    for path in ("/v1/shortlists", "/v1/topics", "/v1/memory", f"/feeds/{NOBODYS}?token=x", "/memory"):
        assert client.get(path).status_code == 404
    assert 'href="/memory' not in client.get("/?q=sensors").text


TOMORROW_BUT_ONE = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("POST", "/v1/shortlists", {"title": ""}, 422, "title: String should have at least 1 character"),
        ("POST", "/v1/shortlists", {"title": "x" * 201}, 422, "title: String should have at most 200 characters"),
        ("POST", "/v1/shortlists", {"title": "a\0b"}, 422, "title: Value error, has a null byte"),
        ("POST", "/v1/shortlists", {"title": "x", "members": [{"member_id": "nobody"}]}, 404, "no member has the id 'nobody'"),
        ("POST", "/v1/shortlists", {"title": "x", "members": [{"member_id": "alpha"}] * 2}, 422, "'alpha' is in the list twice"),
        ("POST", "/v1/shortlists", {"title": "x", "members": [{"member_id": "alpha"}] * 101}, 422, "members: List should have at most 100"),
        ("POST", "/v1/shortlists", {"title": "x", "members": [{"member_id": "alpha", "note": "n" * 2001}]}, 422, "members.0.note: String should have at most 2000"),
        ("POST", "/v1/shortlists", {"title": "x", "owner": "paul"}, 422, "owner"),
        ("POST", "/v1/shortlists", {"title": "x", "topic": "t" * 32_001}, 422, "topic: String should have at most 32000"),
        ("PUT", f"/v1/shortlists/{NOBODYS}", {"title": "x", "version": 1}, 404, "no shortlist of yours has the id"),
        ("GET", "/v1/shortlists/1%27%20OR%201=1", None, 422, "shortlist_id: Input should be a valid UUID"),
        ("POST", "/v1/introductions", {"member_id": "nobody"}, 404, "no member has the id 'nobody'"),
        ("POST", "/v1/introductions", {"member_id": "alpha", "day": TOMORROW_BUT_ONE}, 422, f"{TOMORROW_BUT_ONE} is to come"),
        ("POST", "/v1/introductions", {"member_id": "alpha", "day": "yesterday"}, 422, "day: Input should be a valid date"),
        ("POST", f"/v1/introductions/{NOBODYS}/steps", {"state": "proposed", "version": 1}, 422, "state: Input should be"),
        ("GET", "/v1/introductions?limit=201", None, 422, "limit: Input should be less than or equal to 200"),
        ("PUT", "/v1/judgments", {"topic": "sensors", "member_id": "nobody", "verdict": "good_match"}, 404, "no member has the id 'nobody'"),
        ("PUT", "/v1/judgments", {"topic": " ", "member_id": "alpha", "verdict": "good_match"}, 422, "the topic is empty"),
        ("PUT", "/v1/judgments", {"topic": "sensors", "member_id": "alpha", "verdict": "great"}, 422, "verdict: Input should be 'good_match' or 'not_for_us'"),
        ("POST", "/v1/topics", {"topic": ""}, 422, "the topic is empty"),
        ("POST", "/v1/topics", {"topic": "a\0"}, 422, "null byte"),
        ("POST", "/v1/topics", {"topic": "x", "min_relevance": 2}, 422, "min_relevance: Input should be less than or equal to 1"),
        ("POST", "/v1/topics", {"topic": "x", "filters": {"colour": ["red"]}}, 422, "filters.colour"),
        ("POST", "/v1/topics", {"topic": "x", "filters": {"country": ["\0"]}}, 422, "filters"),
        ("GET", f"/feeds/{NOBODYS}", None, 422, "token: Field required"),
        ("GET", f"/feeds/{NOBODYS}?token=guess", None, 404, "no feed has this address"),
        ("PATCH", "/v1/shortlists", None, 405, "Method Not Allowed"),
    ],
)  # fmt: skip
def test_errors_are_problem_documents(
    local: TestClient, method: str, path: str, body: object, status: int, detail: str
) -> None:
    """What cannot be kept is refused in a sentence, and nothing is kept of it."""
    client = local
    answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert detail in answer.json()["detail"]
    kept = client.get("/v1/memory").json()
    assert (kept["shortlists"], kept["introductions"], kept["judgments"], kept["topics"]) == ([], [], [], [])


def test_half_a_character_is_the_callers_fault(local: TestClient) -> None:
    """JSON can spell it; no database keeps it."""
    for path, body in (
        ("/v1/shortlists", b'{"title": "\\ud800"}'),
        ("/v1/introductions", b'{"member_id": "\\ud800"}'),
        ("/v1/topics", b'{"topic": "x", "filters": {"country": ["\\ud800"]}}'),
    ):
        answer = local.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, path


def test_steps_that_cannot_follow(service: Open) -> None:
    """409, with what can; so are steps thought of for an older version, and days before the last step."""
    client = service()
    made = client.post("/v1/introductions", json={"member_id": "alpha", "day": "2026-03-01"}).json()
    path = f"/v1/introductions/{made['id']}/steps"
    for state, version, status, detail in (
        ("met", 1, 409, "after proposed can come accepted or declined, not met"),
        ("accepted", 7, 409, "is at version 1, this change was made from 7"),
        ("declined", 1, 422, "2026-02-01 is before the last step, of 2026-03-01"),
    ):
        answer = client.post(path, json={"state": state, "version": version, "day": "2026-02-01"})
        assert (answer.status_code, detail in answer.json()["detail"]) == (status, True), answer.text
    assert client.get(f"/v1/introductions/{made['id']}").json() == made


def test_two_writers(service: Open) -> None:
    """Of changes made at one time from one version one is kept, the rest are told 409."""
    client = service()
    made = client.post("/v1/shortlists", json={"title": "T"}).json()
    path = f"/v1/shortlists/{made['id']}"

    def change(title: str) -> int:
        return client.put(path, json={"title": title, "members": [{"member_id": "alpha"}], "version": 1}).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(change, "abcd"))
    assert sorted(statuses) == [200, 409, 409, 409]
    found = client.get(path).json()
    assert (found["title"], found["version"]) == ("abcd"[statuses.index(200)], 2)


def test_members_that_left_stay_with_their_notes(service: Open, build: Build, live: Callable[[], Live]) -> None:
    """Gone from the directory: shown as gone, under the name they had; the shortlist can still be changed, and others not added so."""
    client = service()
    made = client.post("/v1/shortlists", json={"title": "T", "members": [{"member_id": "beta", "note": "call"}]}).json()
    path = f"/v1/shortlists/{made['id']}"
    client.post("/v1/introductions", json={"member_id": "beta"})
    client.put("/v1/judgments", json={"topic": "capteurs", "member_id": "beta", "verdict": "good_match"})
    build([record for record in SMALL if record["id"] != "beta"])
    later = service(live=live())
    gone = {"state": "gone", "id": "beta", "name": "Beta"}
    (kept,) = later.get(path).json()["members"]
    assert (kept["note"], kept["member"]) == ("call", gone)
    assert later.get("/v1/introductions").json()["introductions"][0]["member"] == gone
    assert later.get("/v1/judgments").json()["judgments"][0]["member"] == gone
    again = {"title": "T", "members": [{"member_id": "beta", "note": "left"}, {"member_id": "alpha"}], "version": 1}
    assert [m["member"]["state"] for m in later.put(path, json=again).json()["members"]] == ["gone", "here"]
    assert later.post("/v1/shortlists", json={"title": "T", "members": [{"member_id": "beta"}]}).status_code == 404


def test_merged_members_are_followed(service: Open, build: Build, live: Callable[[], Live]) -> None:
    """A member that was found to be another's record is that member, and says so."""
    text = "Nous fabriquons des capteurs de gaz pour l'industrie."
    one = member("north-1", fr=text, country="FR", city="Lille", website="https://capnord.example")
    twin = member("north-2", fr=text, country="FR", city="Lille", website="https://capnord.example")
    build([*SMALL, {**twin, "name": "CapNord SAS"}])
    sent = {"title": "T", "members": [{"member_id": "north-2", "note": "n"}]}
    made = service(live=live()).post("/v1/shortlists", json=sent).json()
    build([*SMALL, {**one, "name": "CapNord"}, {**twin, "name": "CapNord SAS"}])
    (kept,) = service(live=live()).get(f"/v1/shortlists/{made['id']}").json()["members"]
    assert (kept["member_id"], kept["member"]["state"], kept["member"]["id"]) == ("north-2", "merged", "north-1")


def test_addresses_are_masked_without_a_key(
    service: Open, key: Callable[..., str], build: Build, live: Callable[[], Live]
) -> None:
    """As everywhere: what members say of themselves is shown in full to keys alone. A user's own notes are never changed."""
    build([*SMALL, {**member("mail", en="Post."), "name": "jean@acme.example"}])
    sent = {"title": "T", "members": [{"member_id": "mail", "note": "ask anne@acme.example"}]}
    (kept,) = service(live=live()).post("/v1/shortlists", json=sent).json()["members"]
    assert (kept["note"], kept["member"]["name"]) == ("ask anne@acme.example", "j***@acme.example")
    (kept,) = service(live=live(), key=key("anne")).post("/v1/shortlists", json=sent).json()["members"]
    assert kept["member"]["name"] == "jean@acme.example"


OTHER_SITES: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    {"sec-fetch-site": "same-site", "origin": "http://other.testserver"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
]
OURS: list[dict[str, str]] = [
    {},
    {"sec-fetch-site": "same-origin", "origin": "http://testserver"},
    {"sec-fetch-site": "none"},
    {"origin": "http://testserver"},
]


def test_other_sites_cannot_use_the_memory_of_this_machine(service: Open) -> None:
    """A page elsewhere can make a visitor's browser ask 127.0.0.1: that is refused, also where scripts of all sites may read."""
    client = service(cors_origins=("*",))
    for headers, statuses in [(ours, (200, 201, 303)) for ours in OURS] + [
        (theirs, (403, 403, 403)) for theirs in OTHER_SITES
    ]:
        read = client.get("/v1/memory", headers=headers)
        written = client.post("/v1/shortlists", json={"title": "T"}, headers=headers)
        form = client.post("/topics?q=sensors", headers=headers, follow_redirects=False)
        assert (read.status_code, written.status_code, form.status_code) == statuses, headers


SENT = {
    "POST /v1/shortlists": "ShortlistIn",
    "PUT /v1/judgments": "JudgmentIn",
    "POST /v1/topics": "TopicIn",
    "POST /v1/introductions": "IntroductionIn",
}


def test_the_examples_of_the_description_are_true(
    service: Open, key: Callable[..., str], build: Build, live: Callable[[], Live], tmp_path: Path
) -> None:
    """What is shown to be sent is kept, and answered with the fields shown; the files shown are read as the real ones."""
    build([*SMALL, {**member("acme", en="Sensors."), "name": "Acme Sensors"}])
    client = service(key=key("minalogic"), live=live())
    described = client.get("/openapi.json").json()
    schemas, paths = described["components"]["schemas"], described["paths"]
    for asked, name in SENT.items():
        method, path = asked.split()
        (sent,) = schemas[name]["examples"]
        answer = client.request(method, path, json=sent)
        assert answer.status_code < 300, answer.text
        (shown,) = schemas[f"{name.removesuffix('In')}Out"]["examples"]
        assert answer.json().keys() == shown.keys()
        assert answer.json()["topic"] == sent["topic"] == shown["topic"]
    for model in (ShortlistOut, IntroductionOut, JudgmentOut, TopicOut, FindingsOut, StepIn, NoteIn, ShortlistChange):
        for shown in schemas[model.__name__]["examples"]:
            assert model.model_validate(shown).model_dump(mode="json") == shown
    everything = paths["/v1/memory"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    kept = client.get("/v1/memory").json()
    assert kept.keys() == everything.keys()
    assert kept["judgments"][0].keys() == everything["judgments"][0].keys()
    judged = paths["/v1/judgments/qrels"]["get"]["responses"]["200"]["content"]["application/jsonl"]["example"]
    (tmp_path / "shown.jsonl").write_text(judged, encoding="utf-8")
    assert [topic.relevant for topic in read_topics(tmp_path / "shown.jsonl")] == [{"acme": 2}]
    feed = paths["/feeds/{topic_id}"]["get"]["responses"]["200"]["content"]["application/atom+xml"]["example"]
    served = client.get(client.get("/v1/topics").json()["topics"][0]["feed"]).text
    assert set(re.findall(r"<(\w+)", served)) <= set(re.findall(r"<(\w+)", feed))


def test_export_and_deletion(service: Open, key: Callable[..., str]) -> None:
    """A user takes everything along and deletes it; feeds end, and others keep theirs."""
    jeanne, paul = service(key=key("jeanne")), service(key=key("paul"))
    everything_of(jeanne)
    everything_of(paul)
    feed = jeanne.get("/v1/topics").json()["topics"][0]["feed"]
    assert service("192.0.2.1").get(feed).status_code == 200
    exported = jeanne.get("/v1/memory")
    assert exported.headers["content-disposition"] == 'attachment; filename="passerelle-memory.json"'
    assert exported.json()["user"] == "key:jeanne"
    assert exported.json()["shortlists"][0]["members"][0]["note"] == "mine"
    assert feed.partition("token=")[2] not in exported.text
    assert jeanne.delete("/v1/memory").json() == {"shortlists": 1, "introductions": 1, "judgments": 1, "topics": 1}
    assert service("192.0.2.1").get(feed).status_code == 404
    assert jeanne.get("/v1/memory").json()["shortlists"] == []
    assert len(paul.get("/v1/shortlists").json()["shortlists"]) == 1


def test_a_database_that_fails_is_told(service: Open, memory: Memory, database: str) -> None:
    """503 with one line; searches go on."""
    client = service()
    with memory.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE findings")
        session.connection().exec_driver_sql("DROP TABLE topics")
    answer = client.get("/v1/topics")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert "cannot be used" in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]
    assert client.get("/v1/search?q=sensors").status_code == 200
    assert client.get("/?q=sensors").status_code == 200
