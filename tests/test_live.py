"""The service follows the store while requests go on."""

import gc
import queue
import re
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from search import StoreError, open_index
from search.files import replace_text
from search.store import Store
from service.app import create_app
from service.live import RETRY_AT_MOST, RETRY_SECONDS, Live, Watcher
from service.security import SecuritySettings
from tests.conftest import SMALL, Build, FakeEncoder, member

Told = queue.SimpleQueue[tuple[str, str]]
MINUTE = 60


def generation(number: int) -> list[dict[str, object]]:
    """A directory in which everything says of which generation it is; sizes differ from one to the next."""
    name = f"g{number}"
    return [
        member(f"{name}-{i}", en=f"Sensors {i} of {name}.", fr=f"Des capteurs de {name}.", clusters=[name])
        for i in range(2 + number % 5)
    ]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def opened(store: Store, clock: Callable[[], float] | None = None) -> Live:
    """What a service holds that has just started; it can open further snapshots because it has the fake encoder already."""
    searcher = open_index(store.path, encoder=FakeEncoder())
    return Live(searcher, store) if clock is None else Live(searcher, store, clock)


def damage(store: Store, snapshot: str) -> None:
    """Cut a file of a snapshot short."""
    file = store.snapshot_path(snapshot) / "members.arrow"
    file.write_bytes(file.read_bytes()[:-100])


@pytest.fixture(autouse=True)
def few_objects() -> Iterator[None]:
    """Leave what other tests have made out of garbage collection: each snapshot that goes out of use looks through all there is."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@contextmanager
def load(client: Callable[[], TestClient], told: Told) -> Iterator[list[str]]:
    """Three threads that search by API, by link and by page, one request after the other, until the end; faults are listed.

    Each answer's generation, of which all its parts must be, goes to `told` with the snapshot it names ("" for the page).
    """
    faults: list[str] = []
    ended = threading.Event()

    def ask(request: Callable[[TestClient], tuple[str, set[str]]]) -> None:
        own = client()
        while not ended.is_set():
            try:
                snapshot, generations = request(own)
                if len(generations) != 1:
                    faults.append(f"mixed: {snapshot} {generations}")
                told.put((snapshot, generations.pop()))
            except Exception as error:
                faults.append(repr(error))

    threads = [threading.Thread(target=ask, args=(request,)) for request in (by_api, by_link, by_page)]
    for thread in threads:
        thread.start()
    try:
        yield faults
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def by_api(client: TestClient) -> tuple[str, set[str]]:
    answer = client.post("/v1/search", json={"topic": "des capteurs", "limit": 50})
    return judged(answer.status_code, answer.json())


def by_link(client: TestClient) -> tuple[str, set[str]]:
    answer = client.get("/v1/search?q=sensors&limit=50")
    return judged(answer.status_code, answer.json())


def judged(status: int, answer: dict[str, object]) -> tuple[str, set[str]]:
    """The snapshot named, and every generation that shows: in members, evidence, facets and the number of members."""
    assert status == 200, answer
    matches, facets, total = answer["matches"], answer["facets"], answer["total"]
    assert isinstance(matches, list)
    assert isinstance(facets, dict)
    shown = re.findall(r"g\d+", f"{matches} {facets['cluster']}")
    assert total == len(matches) == 2 + int(shown[0][1:]) % 5
    return str(answer["snapshot"]), set(shown)


def by_page(client: TestClient) -> tuple[str, set[str]]:
    answer = client.get("/?q=sensors")
    assert answer.status_code == 200
    return "", set(re.findall(r"\b[gG]\d+(?=-\d)|\bg\d+(?=\.)", answer.text.replace("G", "g")))


def test_fifty_swaps_under_load(build: Build, store: Store) -> None:
    """While three threads search, 50 times another snapshot comes into use, and a damaged one is refused: no request fails, and what an
    answer shows is all of the snapshot that it names."""
    published = {build(generation(number)).snapshot: f"g{number}" for number in range(8)}
    live = opened(store)
    app = create_app(live, SecuritySettings(rate=1e6, burst=10**6))
    told: Told = queue.SimpleQueue()
    with load(lambda: TestClient(app), told) as faults, Watcher(live, seconds=0) as watcher:
        broken = build(generation(8)).snapshot
        damage(store, broken)
        assert not live.look()
        ready = TestClient(app).get("/readyz")
        assert (ready.status_code, ready.json()["refused"]["snapshot"]) == (200, broken)
        assert "snapshot damaged" in ready.json()["refused"]["reason"]
        published[build(generation(9)).snapshot] = "g9"
        for number, snapshot in zip(range(50), cycle(reversed(published)), strict=False):
            replace_text(store.current_file, snapshot)
            if number % 2:
                assert live.look()
            else:
                watcher.ask()
            while (seen := told.get(timeout=MINUTE))[0] != snapshot:
                assert published.get(seen[0], seen[1]) == seen[1]
            assert seen[1] == published[snapshot]
    assert faults == []
    while not told.empty():
        snapshot, shown = told.get()
        assert published.get(snapshot, shown) == shown
    assert (live.swaps, live.refusals, live.refused) == (50, 1, None)


def test_a_watcher_looks_by_itself(build: Build, store: Store) -> None:
    """Nobody has to ask: a new snapshot is in use soon after CURRENT names it, and the watcher ends with its context."""
    build(SMALL)
    live = opened(store)
    client = TestClient(create_app(live))
    with Watcher(live, seconds=0.001):
        snapshot = build(SMALL[:3]).snapshot
        while client.get("/readyz").json()["snapshot"] != snapshot:
            pass
    build(SMALL[:4])
    assert live.searcher.manifest.snapshot == snapshot
    assert "snapshot watcher" not in [thread.name for thread in threading.enumerate()]


def test_nothing_new_is_not_opened_again(build: Build, store: Store) -> None:
    """Where CURRENT says what is in use, a look changes nothing; going back is a change like any other, with the encoder already loaded."""
    first = build(SMALL).snapshot
    live = opened(store)
    searcher = live.searcher
    assert not live.look()
    assert live.searcher is searcher
    build(SMALL[:3])
    assert live.look()
    assert live.searcher.encoder is searcher.encoder
    replace_text(store.current_file, first)
    assert live.look()
    assert (live.searcher.manifest.snapshot, len(live.searcher)) == (first, 6)


def test_a_refused_snapshot_is_tried_again_later(build: Build, store: Store) -> None:
    """It is not read at every look; after a while it is, then more and more rarely, and at once where CURRENT is written anew, even with the same words."""
    now = 0.0
    old = build(SMALL).snapshot
    live = opened(store, lambda: now)
    new = build(SMALL[:3]).snapshot
    whole = store.path / "whole"
    shutil.copytree(store.snapshot_path(new), whole)
    damage(store, new)
    for _ in range(3):
        assert not live.look()
    assert (live.snapshot, live.refusals) == (old, 1)
    tried = []
    while now < 4 * RETRY_AT_MOST:
        before = live.refusals
        assert not live.look()
        tried.extend([now] * (live.refusals - before))
        now += RETRY_SECONDS
    assert tried == [5, 15, 35, 75, 155, 315, 615, 915]
    shutil.rmtree(store.snapshot_path(new))
    whole.rename(store.snapshot_path(new))
    assert not live.look()
    replace_text(store.current_file, new)
    assert live.look()
    assert (live.snapshot, live.refused) == (new, None)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda store: store.current_file.unlink(), "names ''"),
        (lambda store: store.current_file.write_bytes(b"\xff\xfe"), "names ''"),
        (lambda store: replace_text(store.current_file, "nothing-like-it"), "it is not a whole snapshot"),
        (lambda store: replace_text(store.current_file, "../../etc"), "it is not a whole snapshot"),
        (lambda store: (store.snapshot_path(store.pointer()) / "manifest.json").write_text("{"), "cannot read"),
        (lambda store: (store.snapshot_path(store.pointer()) / "manifest.json").write_text("[]"), "snapshot format None"),
        (lambda store: shutil.rmtree(store.snapshot_path(store.pointer()) / "vectors"), "snapshot damaged"),
        (lambda store: shutil.rmtree(store.path), "no store at"),
    ],
)  # fmt: skip
def test_a_store_in_disorder(build: Build, store: Store, harm: Callable[[Store], object], reason: str) -> None:
    """Whatever happens to the store, the snapshot in use goes on answering everything, and /readyz says what is wrong."""
    old = build(SMALL).snapshot
    live = opened(store)
    build([*SMALL, member("eta", en="Sensors.")])
    harm(store)
    assert not live.look()
    client = TestClient(create_app(live))
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["snapshot"], ready.json()["members"]) == (200, old, 6)
    assert reason in ready.json()["refused"]["reason"]
    assert client.get("/v1/search?q=sensors").json()["matches"][0]["member"]["id"] == "alpha"


def test_a_snapshot_of_another_encoder(build: Build, store: Store) -> None:
    """Its own encoder is loaded; where the store does not have it, the snapshot is refused."""
    build(SMALL)
    live = opened(store)
    build(SMALL, FakeEncoder("other"))
    assert not live.look()
    assert live.refused is not None
    assert "is not a prepared encoder" in live.refused.reason


def test_files_deleted_while_in_use(build: Build, store: Store) -> None:
    """Everything is opened up front: a snapshot whose files are deleted answers all that was never asked before."""
    build(SMALL)
    build(SMALL)
    live = opened(store)
    expected = open_index(store.path, encoder=FakeEncoder())
    topics = ("des capteurs", "cows", "batteries")
    answers = [[m.member for m in expected.search(topic, k=6)] for topic in topics]
    nearest = [m.member for m in expected.similar("delta")]
    shutil.rmtree(store.path)
    assert [[m.member for m in live.searcher.search(topic, k=6)] for topic in topics] == answers
    assert [m.member for m in live.searcher.similar("delta")] == nearest
    assert [m.member.id for m in live.searcher.search("x", country="FR", k=6)] != []


def test_the_old_snapshot_leaves_the_memory(build: Build, store: Store) -> None:
    """Once nobody uses it any more; an index may take gigabytes."""
    build(SMALL)
    live = opened(store)
    before = weakref.ref(live.searcher)
    build(SMALL[:3])
    assert live.look()
    live.look()
    assert before() is None


def test_before_the_first_snapshot(build: Build, store: Store) -> None:
    """A service that waits says so everywhere, as a problem document, and is alive."""
    live = Live(store=store)
    client = TestClient(create_app(live))
    for path in ("/readyz", "/v1/search?q=x", "/v1/members/alpha"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert "still being loaded" in answer.json()["detail"]
    assert not live.look()
    assert "no store at" in client.get("/readyz").json()["detail"]
    assert client.get("/healthz").status_code == 200
    assert "passerelle_ready 0.0" in client.get("/metrics").text
    with pytest.raises(StoreError, match="no store at"):
        live.load()
