"""Encode the topics of requests that come together in one go.

A request that finds nobody before it is answered at once. While it is, others gather, and are then answered together: the encoder takes
little longer for sixteen short topics than for three. Nobody ever waits for company. Two threads take turns: while one waits for the
encoder, the other ranks, and many searches in one request hold up nobody else's.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from search import Query, Shortlist
from search.checks import check_query

from .live import Live
from .metrics import Metrics

__all__ = ["MAX_TOGETHER", "MAX_WAITING", "THREADS", "Batcher", "Overloaded"]

THREADS = 2
MAX_TOGETHER = 16
"""Queries answered in one go."""
MAX_WAITING = 256
"""Queries that may wait; with more, the last would wait for seconds."""
RETRY_AFTER_S = 1


class Overloaded(Exception):
    """More queries wait than can be answered soon."""

    def __init__(self) -> None:
        super().__init__(f"{MAX_WAITING} searches are waiting already; try again in {RETRY_AFTER_S} second")
        self.retry_after_s = RETRY_AFTER_S


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A request's queries, and where its answers go."""

    queries: tuple[Query, ...]
    answers: "asyncio.Future[list[Shortlist]]"
    loop: asyncio.AbstractEventLoop


class Batcher:
    """Answers queries in threads of its own, which the first one starts, in the order they came. To be closed."""

    def __init__(self, live: Live, metrics: Metrics) -> None:
        self._live = live
        self._metrics = metrics
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._size = 0
        self._closing = False
        self._threads: list[threading.Thread] = []

    async def answer(self, queries: Sequence[Query]) -> list[Shortlist]:
        """One Shortlist a query, all of one snapshot. Raises InvalidQuery, or Overloaded where too many wait."""
        for query in queries:
            check_query(query)
        loop = asyncio.get_running_loop()
        mine = _Waiting(tuple(queries), loop.create_future(), loop)
        with self._changed:
            if self._size >= MAX_WAITING:
                raise Overloaded
            self._waiting.append(mine)
            self._grow(len(mine.queries))
            self._changed.notify()
            if not self._threads:
                names = [f"searches {i + 1}" for i in range(THREADS)]
                self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in names]
                for thread in self._threads:
                    thread.start()
        return await mine.answers

    def close(self) -> None:
        """Answer what waits, then end the threads."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while batch := self._next():
            queries = [query for waiting in batch for query in waiting.queries]
            self._metrics.answering(len(queries))
            try:
                found = self._live.searcher.answer(queries)
            except Exception as error:  # it belongs to the requests, not to this thread
                for waiting in batch:
                    waiting.loop.call_soon_threadsafe(_fail, waiting.answers, error)
                continue
            for shortlist in found:
                self._metrics.searched(shortlist)
            for waiting in batch:
                own, found = found[: len(waiting.queries)], found[len(waiting.queries) :]
                waiting.loop.call_soon_threadsafe(_give, waiting.answers, own)

    def _next(self) -> list[_Waiting]:
        """Requests to be answered together: none once closed and all are answered."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            batch: list[_Waiting] = []
            size = 0
            while self._waiting and (not batch or size + len(self._waiting[0].queries) <= MAX_TOGETHER):
                batch.append(self._waiting.popleft())
                size += len(batch[-1].queries)
            self._grow(-size)
            return batch

    def _grow(self, queries: int) -> None:
        self._size += queries
        self._metrics.waiting(self._size)


def _give(answers: "asyncio.Future[list[Shortlist]]", found: list[Shortlist]) -> None:
    if not answers.done():  # the caller may have gone
        answers.set_result(found)


def _fail(answers: "asyncio.Future[list[Shortlist]]", error: Exception) -> None:
    if not answers.done():
        answers.set_exception(error)
