"""Requests that come together are answered together."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from search import open_index
from service.app import create_app
from service.batching import MAX_TOGETHER, MAX_WAITING, THREADS
from service.live import Live
from service.security import SecuritySettings
from tests.conftest import SMALL, Build, FakeEncoder, Vectors

T = TypeVar("T")
UNHURRIED = SecuritySettings(rate=1e6, burst=10**6)


class Gate(FakeEncoder):
    """Encodes topics only while it is open; `asked` are those of each call."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.reached = threading.Semaphore(0)
        self.asked: list[list[str]] = []
        self.fails = False

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        self.reached.release()
        assert self.open.wait(20)
        if self.fails:
            raise RuntimeError("out of memory")
        return super().encode_queries(texts)


@pytest.fixture
def gate(build: Build, tmp_path: Path) -> Gate:
    build(SMALL)
    return Gate()


def with_client(gate: Gate, tmp_path: Path, use: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    app = create_app(Live(open_index(tmp_path / "store", encoder=gate)), UNHURRIED)

    async def run() -> T:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await use(client)

    return asyncio.run(run())


async def first_then(
    client: httpx.AsyncClient, gate: Gate, topics: Sequence[str]
) -> list[asyncio.Task[httpx.Response]]:
    """Requests of which the first, one a thread, are being encoded while the rest wait."""
    tasks = []
    for topic in topics[:THREADS]:
        tasks.append(asyncio.create_task(client.post("/v1/search", json={"topic": topic})))
        assert await asyncio.to_thread(gate.reached.acquire, timeout=20)
    tasks += [asyncio.create_task(client.post("/v1/search", json={"topic": topic})) for topic in topics[THREADS:]]
    while len(asyncio.all_tasks()) <= len(topics):
        await asyncio.sleep(0)
    for _ in range(50):  # let every request come as far as the queue
        await asyncio.sleep(0)
    return tasks


def test_those_who_wait_are_answered_together(gate: Gate, tmp_path: Path) -> None:
    """The first are not kept waiting for others; those that came meanwhile are encoded sixteen at a time, and each gets its own answer."""
    topics = [f"sensors {i}" for i in range(THREADS + 20)]

    async def use(client: httpx.AsyncClient) -> list[httpx.Response]:
        tasks = await first_then(client, gate, topics)
        gate.open.set()
        return await asyncio.gather(*tasks)

    answers = with_client(gate, tmp_path, use)
    assert [answer.json()["topic"] for answer in answers] == topics
    assert [len(asked) for asked in gate.asked] == [*THREADS * [1], MAX_TOGETHER, 20 - MAX_TOGETHER]
    alone = open_index(tmp_path / "store", encoder=FakeEncoder())
    for answer in answers:
        expected = [(match.member.id, match.score) for match in alone.search(answer.json()["topic"])]
        assert [(match["member"]["id"], match["score"]) for match in answer.json()["matches"]] == expected


def test_too_many_are_told_to_come_again(gate: Gate, tmp_path: Path) -> None:
    """Beyond the queue's bound the answer is 503 at once, with the time to wait; those in the queue are answered."""
    topics = [f"sensors {i}" for i in range(THREADS + MAX_WAITING + 5)]

    async def use(client: httpx.AsyncClient) -> tuple[list[httpx.Response], list[httpx.Response]]:
        tasks = await first_then(client, gate, topics)
        refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        early = [task.result() for task in refused]
        gate.open.set()
        return early, await asyncio.gather(*tasks)

    early, answers = with_client(gate, tmp_path, use)
    assert {answer.status_code for answer in early} == {503}
    assert [answer.status_code for answer in answers].count(200) == MAX_WAITING + THREADS
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) == 5
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert "are waiting already; try again" in refused[0].json()["detail"]


def test_a_failure_does_not_end_the_service(gate: Gate, tmp_path: Path) -> None:
    """Who asked is told; the next is answered."""
    gate.open.set()

    async def use(client: httpx.AsyncClient) -> list[int]:
        gate.fails = True
        failed = await client.post("/v1/search", json={"topic": "sensors"})
        gate.fails = False
        return [failed.status_code, (await client.post("/v1/search", json={"topic": "sensors"})).status_code]

    assert with_client(gate, tmp_path, use) == [500, 200]


def test_a_topic_asked_again_is_not_encoded_again(gate: Gate, tmp_path: Path) -> None:
    """The next page of a ranking, or the same topic filtered, takes the vectors it has."""
    gate.open.set()
    searcher = open_index(tmp_path / "store", encoder=gate)
    first, second = searcher.search("sensors", k=2), searcher.search("sensors", k=2, offset=2)
    searcher.search("sensors", country="FR")
    assert gate.asked == [["sensors"]]
    assert [match.member.id for match in (*first, *second)] == [m.member.id for m in searcher.search("sensors", k=4)]
