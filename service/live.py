"""The snapshot that the service answers from, and how it follows the store's CURRENT while requests go on."""

import gc
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from search import PasserelleError, Searcher, StoreError, open_index
from search.manifest import Manifest
from search.store import Store

__all__ = ["Live", "Refused", "Watcher"]

RETRY_SECONDS = 300.0
"""A snapshot that was refused is tried again after this long, and at once where CURRENT is written anew."""
LOADING = "the snapshot is still being loaded; ask again in a moment"

_log = logging.getLogger("passerelle.live")


@dataclass(frozen=True, slots=True)
class Refused:
    """A snapshot that CURRENT names and that could not be opened: why, and since when (UTC, ISO 8601)."""

    snapshot: str
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class _Pointer:
    """What CURRENT says, and which writing of it said so."""

    snapshot: str
    written: tuple[int, int] | None


class Live:
    """Holds the searcher in use. A request takes `searcher` once and keeps it, so that one answer never mixes two snapshots."""

    def __init__(
        self,
        searcher: Searcher | None = None,
        store: Store | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """searcher: the first to answer, None where one is still to be loaded; store: where to look for newer ones, None for nowhere."""
        self._searcher = searcher
        self._store = store
        self._clock = clock
        self._looking = threading.Lock()
        self._refused: Refused | None = None
        self._refused_pointer: _Pointer | None = None
        self._retry_at = 0.0
        self._retired = False
        self.swaps = 0
        self.refusals = 0

    @property
    def searcher(self) -> Searcher:
        """The searcher of the newest snapshot that could be opened. Raises StoreError where there was none yet."""
        searcher = self._searcher
        if searcher is None:
            refused = self._refused
            raise StoreError(LOADING if refused is None else refused.reason)
        return searcher

    @property
    def snapshot(self) -> str | None:
        """The id of the snapshot in use."""
        return None if self._searcher is None else self._searcher.manifest.snapshot

    @property
    def refused(self) -> Refused | None:
        """The snapshot that should be in use and is not; None where all is as CURRENT says."""
        return self._refused

    @property
    def store(self) -> Store | None:
        """Where newer snapshots are looked for."""
        return self._store

    def load(self) -> None:
        """Open the first snapshot. Raises StoreNotFound, SnapshotRefused or EncoderError: without one there is nothing to go on with."""
        if self._store is not None:
            self._searcher = _open(self._store, self._store.current(), None)

    def look(self) -> bool:
        """Answer from the snapshot that CURRENT names, if it can be opened; whether another one is in use now.

        It is opened and warmed aside, while requests are answered from the one in use; that goes on where the new one is refused.
        """
        with self._looking:
            return self._look()

    def _look(self) -> bool:
        if self._store is None:
            return False
        self._let_go()
        pointer = _read(self._store)
        if self._searcher is not None and pointer.snapshot == self._searcher.manifest.snapshot:
            self._refused = self._refused_pointer = None
            return False
        if pointer == self._refused_pointer and self._clock() < self._retry_at:
            return False
        started = time.perf_counter()
        try:
            opened = _open(self._store, pointer.snapshot, self._searcher)
        except Exception as error:  # whatever is wrong with a new snapshot, the old one goes on
            self._refuse(pointer, error)
            return False
        self._retired = self._searcher is not None
        self._searcher = opened
        self._refused = self._refused_pointer = None
        self.swaps += 1
        facts = {"snapshot": opened.manifest.snapshot, "members": len(opened)}
        seconds = round(time.perf_counter() - started, 3)
        _log.info("a new snapshot is in use", extra={"event": "loaded", "facts": {**facts, "seconds": seconds}})
        return True

    def _refuse(self, pointer: _Pointer, error: Exception) -> None:
        is_known = isinstance(error, PasserelleError)
        reason = str(error) if is_known else f"cannot open snapshot {pointer.snapshot}: {error!r}"
        if self._refused is None or (self._refused.snapshot, self._refused.reason) != (pointer.snapshot, reason):
            self._refused = Refused(pointer.snapshot, reason, datetime.now(UTC).isoformat(timespec="seconds"))
        self._refused_pointer = pointer
        self._retry_at = self._clock() + RETRY_SECONDS
        self.refusals += 1
        facts = {"event": "refused", "facts": {"snapshot": pointer.snapshot}}
        _log.error(reason, extra=facts, exc_info=None if is_known else error)

    def _let_go(self) -> None:
        """Free the snapshot that was in use before. Parts of it refer to each other, so it would stay in memory for long."""
        if self._retired:
            self._retired = False
            gc.collect()


class Watcher:
    """Looks at the store every few seconds and when asked, in a thread of its own, as long as the context lasts."""

    def __init__(self, live: Live, seconds: float) -> None:
        """seconds: between looks; 0 for only at the start and when asked."""
        self._live = live
        self._seconds = seconds or None
        self._asked = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._watch, name="snapshot watcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._asked.set()
        self._thread.join()

    def ask(self) -> None:
        """Look now."""
        self._asked.set()

    def _watch(self) -> None:
        while not self._ended:
            self._live.look()
            self._asked.wait(self._seconds)
            self._asked.clear()


def _read(store: Store) -> _Pointer:
    written = None
    with suppress(OSError):
        status = store.current_file.stat()
        written = status.st_ino, status.st_mtime_ns
    return _Pointer(store.pointer(), written)


def _open(store: Store, snapshot: str, before: Searcher | None) -> Searcher:
    """The snapshot, warmed by a search, with the encoder in use where it was made with that one."""
    name = snapshot or store.current()
    encoder = None
    if before is not None:
        digest = Manifest.read(store.snapshot_path(name)).encoder.digest
        encoder = before.encoder if before.encoder.info.digest == digest else None
    searcher = open_index(store.path, name, encoder)
    searcher.search("warm-up")
    return searcher
