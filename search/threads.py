"""Threads of linear algebra while topics are answered."""

import threading

from threadpoolctl import ThreadpoolController, threadpool_limits

__all__ = ["ONE_THREAD", "OneThread"]


class OneThread:
    """A context in which BLAS uses one thread; it may be entered by several threads at once, and the last to leave restores what was.

    Products of one topic's vectors are too small to share: threads would wait for each other, above all on a busy machine.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._controller: ThreadpoolController | None = None
        self._limit: threadpool_limits | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._controller = self._controller or ThreadpoolController()
                self._limit = self._controller.limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._limit is not None:
                self._limit.restore_original_limits()


ONE_THREAD = OneThread()
