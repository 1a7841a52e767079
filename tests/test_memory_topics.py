"""Saved topics at night, their findings and feeds, and the commands that look after the memory."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as Xml

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from search import Searcher, open_index
from search.evaluation import read_topics
from search.store import Store
from service.app import create_app
from service.cli import app
from service.live import Live
from service.memory import Memory, open_memory, upgrade_memory
from service.memory.models import Finding, Reason, SavedTopic, Verdict
from service.memory.night import run_topics
from service.memory.topics import MAX_FINDINGS, Watch, answer_of, get_topic, list_findings, save_topic
from service.security import SecuritySettings
from service.security.keyfile import Scope, add_key, revoke_key
from tests.conftest import ROOT, SMALL, Build, FakeEncoder, member

JEANNE = "key:jeanne"
SENSORS = Watch("sensors", {}, 0.01)
HOSTILE = "<script>alert('x')</script>\"&amp; ]]>"
ATOM = "{http://www.w3.org/2005/Atom}"
Tonight = Callable[[list[dict[str, object]]], Searcher]


@pytest.fixture
def tonight(build: Build, tmp_path: Path) -> Tonight:
    """Publish these members; the snapshot, opened."""

    def published(members: list[dict[str, object]]) -> Searcher:
        build(members)
        return open_index(tmp_path / "store", encoder=FakeEncoder())

    return published


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def save(memory: Memory, searcher: Searcher, watch: Watch = SENSORS, user: str = JEANNE) -> UUID:
    answer = answer_of(searcher, watch)
    with memory.writing() as session:
        return save_topic(session, user, watch, answer).id


def findings(memory: Memory, topic_id: UUID) -> list[tuple[str, Reason]]:
    with memory.reading() as session:
        return [(finding.member_id, finding.reason) for finding in list_findings(session, topic_id, MAX_FINDINGS)]


NEWCOMER = member("newcomer", en="Sensors for bridges.", country="FR")
ZETA_NOW = member("zeta", en="Sensors for buses.", kind="sme")


def test_who_answers_now(memory: Memory, tonight: Tonight, store: Store) -> None:
    """Against the last run: those new in the directory and those whose text now answers; not those who answered before, nor who left."""
    topic = save(memory, tonight(SMALL))
    done = run_topics(memory, store, open_index(store.path, encoder=FakeEncoder()))
    assert (done.asked, done.known, done.found, done.failed) == (0, 1, 0, ())
    second = tonight([*(record for record in SMALL if record["id"] not in ("alpha", "zeta")), ZETA_NOW, NEWCOMER])
    done = run_topics(memory, store, second)
    assert (done.snapshot, done.asked, done.known, done.found) == (second.manifest.snapshot, 1, 0, 2)
    assert sorted(findings(memory, topic)) == [("newcomer", Reason.NEW_MEMBER), ("zeta", Reason.NEWLY_ANSWERING)]


def test_once_a_snapshot(memory: Memory, tonight: Tonight, store: Store) -> None:
    """Run again for the same snapshot, nothing is found twice; nor after a rollback and back."""
    first = tonight(SMALL)
    topic = save(memory, first)
    second = tonight([*SMALL, NEWCOMER])
    assert run_topics(memory, store, second).found == 1
    assert run_topics(memory, store, second).asked == 0
    assert run_topics(memory, store, first).found == 0
    assert run_topics(memory, store, second).found == 0
    assert findings(memory, topic) == [("newcomer", Reason.NEW_MEMBER)]


def test_filters_and_relevance_are_those_saved(memory: Memory, tonight: Tonight, store: Store) -> None:
    """A newcomer that the topic's filters leave out, or of too little relevance, is not found."""
    first = tonight(SMALL)
    dutch = save(memory, first, Watch("sensors", {"country": ["NL"]}, 0.01))
    strict = save(memory, first, Watch("sensors", {}, 0.99))
    french = save(memory, first, Watch("sensors", {"country": ["FR"]}, 0.01))
    run_topics(memory, store, tonight([*SMALL, NEWCOMER]))
    assert [findings(memory, topic) for topic in (dutch, strict, french)] == [[], [], [("newcomer", Reason.NEW_MEMBER)]]


def test_a_member_merged_into_another_is_not_new(memory: Memory, tonight: Tonight, store: Store) -> None:
    """It answered under its old id; under the new one it is no finding."""
    text = "Nous fabriquons des capteurs de gaz pour l'industrie."
    place = {"fr": text, "country": "FR", "city": "Lille", "website": "https://capnord.example"}
    one = {**member("north-1", **place), "name": "CapNord"}
    twin = {**member("north-2", **place), "name": "CapNord SAS"}
    watch = Watch("capteurs de gaz", {}, 0.01)
    topic = save(memory, tonight([*SMALL, twin]), watch)
    both = tonight([*SMALL, one, twin])
    assert "north-1" in answer_of(both, watch).ids
    run_topics(memory, store, both)
    assert findings(memory, topic) == []


def test_a_topic_that_fails_does_not_stop_the_others(memory: Memory, tonight: Tonight, store: Store) -> None:
    """It says why, keeps what it knew, and is asked again the next time."""
    first = tonight(SMALL)
    broken, sound = save(memory, first), save(memory, first, Watch("capteurs", {}, 0.01))
    with memory.writing() as session:
        get_topic(session, JEANNE, broken).topic = " "
    second = tonight([*SMALL, NEWCOMER])
    done = run_topics(memory, store, second)
    assert (done.asked, done.found) == (1, 1)
    assert [(topic, reason.startswith("the topic is empty")) for topic, reason in done.failed] == [(broken, True)]
    with memory.writing() as session:
        topic = get_topic(session, JEANNE, broken)
        assert (topic.failure[:18], topic.snapshot) == ("the topic is empty", first.manifest.snapshot)
        topic.topic = "sensors"
    assert run_topics(memory, store, second).found == 1
    with memory.reading() as session:
        assert get_topic(session, JEANNE, broken).failure == ""
    assert findings(memory, sound) == findings(memory, broken) == [("newcomer", Reason.NEW_MEMBER)]


def test_findings_are_bounded(memory: Memory, tonight: Tonight, store: Store) -> None:
    """The newest 200 stay."""
    first = tonight(SMALL)
    topic = save(memory, first)
    with memory.writing() as session:
        saved = session.get_one(SavedTopic, topic)
        for number in range(MAX_FINDINGS):
            session.add(
                Finding(topic_id=topic, snapshot="s0", member_id=f"m{number:03}", name="M", relevance=number / 1000,
                        reason=Reason.NEW_MEMBER, evidence="", found=saved.created)
            )  # fmt: skip
    run_topics(memory, store, tonight([*SMALL, NEWCOMER]))
    kept = [member_id for member_id, _ in findings(memory, topic)]
    assert kept == ["newcomer", *(f"m{number:03}" for number in range(199, 0, -1))]


def feed(client: TestClient, address: str) -> Xml.Element:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml"
    return Xml.fromstring(answer.content)  # noqa: S314 (our own)


def test_feeds_and_json_over_two_nights(memory: Memory, tonight: Tonight, store: Store) -> None:
    """An empty feed, then one entry a finding with an id that stays; what members wrote is text, masked, and valid XML."""
    topic = save(memory, tonight(SMALL), user="local")

    def client(searcher: Searcher) -> TestClient:
        return TestClient(create_app(Live(searcher, store), memory=memory), client=("127.0.0.1", 5000))

    first = client(open_index(store.path, encoder=FakeEncoder()))
    address = first.get(f"/v1/topics/{topic}").json()["feed"]
    empty = feed(first, address)
    assert (empty.findtext(f"{ATOM}id"), empty.findall(f"{ATOM}entry")) == (topic.urn, [])
    hostile = {**member("h/?&", en=f"Sensors {HOSTILE}. Write to jean@acme.example."), "name": f"N {HOSTILE}"}
    second = tonight([*SMALL, hostile, NEWCOMER])
    run_topics(memory, store, second)
    found = feed(client(second), address)
    entries = {entry.findtext(f"{ATOM}title"): entry for entry in found.findall(f"{ATOM}entry")}
    assert set(entries) == {"Newcomer", f"N {HOSTILE}"}
    summary = entries[f"N {HOSTILE}"].findtext(f"{ATOM}summary") or ""
    assert '"& ]]>' in summary  # the indexer has taken the markup out of texts, but not out of names
    assert "j***@acme.example" in summary
    link = entries[f"N {HOSTILE}"].find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://testserver/members/h/%3F%26?q=sensors"
    assert (found.findtext(f"{ATOM}updated") or "") > (empty.findtext(f"{ATOM}updated") or "")
    ids = {name: entry.findtext(f"{ATOM}id") for name, entry in entries.items()}
    listed = client(second).get(f"/v1/topics/{topic}/findings").json()["findings"]
    assert {f"urn:uuid:{finding['id']}" for finding in listed} == set(ids.values())
    assert {finding["member"]["state"] for finding in listed} == {"here"}
    third = tonight([*SMALL, NEWCOMER, member("third", en="Sensors in textiles.")])
    run_topics(memory, store, third)
    latest = feed(client(third), address)
    titles = [entry.findtext(f"{ATOM}title") for entry in latest.findall(f"{ATOM}entry")]
    assert titles[0] == "Third"
    assert sorted(titles[1:], key=str) == ["N " + HOSTILE, "Newcomer"]
    assert {entry.findtext(f"{ATOM}id") for entry in latest.findall(f"{ATOM}entry")} > set(ids.values())
    (gone,) = (
        f for f in client(third).get(f"/v1/topics/{topic}/findings").json()["findings"] if f["member_id"] == "h/?&"
    )
    assert gone["member"] == {"state": "gone", "id": "h/?&", "name": f"N {HOSTILE}"}


def test_a_feed_speaks_its_topics_language(memory: Memory, tonight: Tonight, store: Store) -> None:
    """A topic in French has a feed in French; control characters that XML forbids are replaced."""
    topic = save(memory, tonight(SMALL), Watch("des capteurs \x07", {}, 0.01), user="local")
    second = tonight([*SMALL, member("nouveau", fr="Nous posons des capteurs.")])
    run_topics(memory, store, second)
    client = TestClient(create_app(Live(second, store), memory=memory), client=("127.0.0.1", 5000))
    found = feed(client, client.get(f"/v1/topics/{topic}").json()["feed"])
    assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert found.findtext(f"{ATOM}title") == "Passerelle : des capteurs \ufffd"
    assert (found.findtext(f"{ATOM}entry/{ATOM}summary") or "").startswith("Nouveau dans l'annuaire. Nous posons")


def test_a_feed_needs_no_key_and_ends_with_its_owners(
    memory: Memory, tonight: Tonight, store: Store, tmp_path: Path
) -> None:
    """Its address is enough, from anywhere, however closed the rest is; a revoked key closes it; what is wrong says no more than that."""
    searcher = tonight(SMALL)
    keys = tmp_path / "keys.json"
    secret = add_key(keys, "jeanne", [Scope.SEARCH])
    topic = save(memory, searcher)
    local = save(memory, searcher, user="local")
    settings = SecuritySettings(keys_file=keys, anonymous="nothing")
    client = TestClient(create_app(Live(searcher, store), settings, memory), client=("192.0.2.1", 5000))
    address = client.get(f"/v1/topics/{topic}", headers={"authorization": f"Bearer {secret}"}).json()["feed"]
    assert client.get(address).status_code == 200
    assert client.get(address).headers["cache-control"] == "private, no-cache"
    for wrong in (
        f"{address}x",
        address.replace(str(topic), str(local)),
        f"/feeds/{topic}?token=",
        f"/feeds/{topic}?token=é",
    ):
        assert client.get(wrong).status_code == 404
    with memory.reading() as session:
        token = session.get_one(SavedTopic, local).feed_token
    assert client.get(f"/feeds/{local}?token={token}").status_code == 404
    revoke_key(keys, "jeanne")
    assert client.get(address).status_code == 404


def passerelle(*arguments: object, database: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100"} | ({"PASSERELLE_DATABASE": database} if database else {})
    command = [sys.executable, "-m", "service.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


def test_commands(memory: Memory, database: str, tonight: Tonight, tmp_path: Path) -> None:
    """users, qrels, export and forget, on what the service keeps; the last leaves nothing."""
    from service.memory.judgments import judge

    save(memory, tonight(SMALL))
    with memory.writing() as session:
        judge(session, JEANNE, "sensors", "en", "alpha", "Alpha", Verdict.GOOD, "s1")
    listed = json.loads(passerelle("memory", "users", "--json", database=database).stdout)
    assert listed == [{"user": JEANNE, "shortlists": 0, "introductions": 0, "judgments": 1, "topics": 1}]
    written = passerelle("memory", "qrels", "--user", JEANNE, "-o", tmp_path / "q.jsonl", "--database", database)
    assert (written.returncode, written.stdout) == (0, "")
    (judged,) = read_topics(tmp_path / "q.jsonl")
    assert judged.relevant == {"alpha": 2}
    exported = json.loads(passerelle("memory", "export", JEANNE, database=database).stdout)
    assert exported["judgments"][0]["member_id"] == "alpha"
    forgotten = passerelle("memory", "forget", JEANNE, database=database)
    assert forgotten.stdout == f"Deleted of {JEANNE}: 0 shortlists, 0 introductions, 1 judgments, 1 topics.\n"
    assert passerelle("memory", "users", database=database).stdout == "0 users\n"


def test_upgrade_command(database: str) -> None:
    """Makes the tables, and says so; a second time there is nothing to do."""
    assert passerelle("memory", "upgrade", database=database).stdout == "Schema none became 0001.\n"
    assert passerelle("memory", "upgrade", database=database).stdout == "Schema 0001, as before.\n"


def test_commands_that_cannot_be_done(tmp_path: Path) -> None:
    """One line and exit status 1; without a database, usage."""
    done = passerelle("memory", "users", "--database", "mysql://x")
    assert (done.returncode, done.stderr) == (
        1,
        "passerelle: the database is of kind 'mysql'; expected sqlite or postgresql\n",
    )
    done = passerelle("topics", "run", "--store", tmp_path / "nowhere", "--database", tmp_path / "m.sqlite")
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            f"passerelle: no store at {tmp_path / 'nowhere'}; build one with `passerelle index SOURCE --store {tmp_path / 'nowhere'}`"
        ],
    )
    assert passerelle("topics", "run").returncode == 2


def test_the_nightly_command(demo_store: Path, tmp_path: Path) -> None:
    """`passerelle topics run`: asks what was not asked of the current snapshot, says what it did, fails where a topic does."""
    database = str(tmp_path / "memory.sqlite")
    upgrade_memory(database)
    memory = open_memory(database)
    searcher = open_index(demo_store)
    topic = save(memory, searcher, Watch("accéléromètres pour ponts et barrages", {}, 0.35))
    with memory.writing() as session:
        saved = session.get_one(SavedTopic, topic)
        known, saved.answering, saved.snapshot = list(saved.answering), list(saved.answering[1:]), "earlier"
    done = passerelle("topics", "run", "--store", demo_store, "--json", database=database)
    assert (done.returncode, json.loads(done.stdout)) == (
        0,
        {"snapshot": searcher.manifest.snapshot, "asked": 1, "known": 0, "found": 1, "failed": {}},
    )
    assert findings(memory, topic) == [(known[0], Reason.NEWLY_ANSWERING)]
    with memory.writing() as session:
        saved = session.get_one(SavedTopic, topic)
        saved.topic, saved.snapshot = " ", "earlier"
    done = passerelle("topics", "run", "--store", demo_store, database=database)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("passerelle: 1 of 1 topics failed")
    assert f"topic {topic}: the topic is empty" in done.stderr
    memory.close()


def test_the_documented_example(
    demo: Searcher, demo_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of docs/memory.md, one after the other, do what the page says."""
    (example,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "memory.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("var").mkdir()
    Path("var/store").symlink_to(demo_store)
    memory = open_memory("var/memory.sqlite")
    client = TestClient(create_app(Live(demo, Store(demo_store)), memory=memory), client=("127.0.0.1", 5000))
    said = []
    for line in example.replace("\\\n", " ").strip().splitlines():
        program, *arguments = shlex.split(line)
        if program == "curl":
            method, url = arguments[arguments.index("-X") + 1], next(a for a in arguments if a.startswith("http"))
            body = json.loads(arguments[arguments.index("-d") + 1])
            answer = client.request(method, url.removeprefix("http://127.0.0.1:8000"), json=body)
            assert answer.is_success, answer.text
        else:
            assert program == "passerelle"
            done = CliRunner().invoke(app, arguments)
            assert done.exit_code == 0, (line, done.output, done.exception)
            said.append(done.stdout)
    memory.close()
    ran, wrote, evaluated, exported, forgotten = said
    assert ran.startswith(f"0 topics asked of {demo.manifest.snapshot}, 1 were before; 0 members found.")
    assert wrote == ""
    assert "nDCG@10" in evaluated
    kept = json.loads(exported)
    assert kept["introductions"][0]["note"] == "Met at the cluster day."
    assert kept["topics"][0]["filters"] == {"country": ["IT", "FR"]}
    assert 0 < len(kept["topics"][0]["answering"]) < 20
    assert forgotten == "Deleted of local: 0 shortlists, 1 introductions, 1 judgments, 1 topics.\n"
