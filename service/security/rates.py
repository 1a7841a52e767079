"""Rate limits: a bucket of tokens for each caller."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["EXPORT", "Allowance", "RateLimiter", "weight_of"]

EXPORT = "/v1/search/export"
WEIGHTS = {
    EXPORT: 10,
    "/v1/search/batch": 10,
    "/shortlist.xlsx": 10,
    "/matchday": 10,
    "/v1/consortium": 10,
    "/consortium": 5,
}

MAX_CALLERS = 20_000
"""Buckets held, at some 200 bytes each. The one forgotten first has been at rest for longest, so it is most likely full again."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The outcome of one request: tokens left, and seconds until it would pass (0 where it does) and until the bucket is full."""

    allowed: bool
    remaining: int
    retry_after: int
    reset: int


class RateLimiter:
    """`rate` tokens a second for each caller, up to `burst` at once."""

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic, max_callers: int = MAX_CALLERS
    ) -> None:
        self._rate = rate
        self.burst = burst
        self._clock = clock
        self._max_callers = max_callers
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, weight: int = 1) -> Allowance:
        """Take `weight` tokens from the caller's bucket, or none where there are fewer; a weight beyond the bucket takes a full one."""
        weight = min(weight, self.burst)
        now = self._clock()
        tokens, then = self._buckets.pop(caller, (float(self.burst), now))
        tokens = min(self.burst, tokens + (now - then) * self._rate)
        allowed = tokens >= weight
        if allowed:
            tokens -= weight
        self._buckets[caller] = (tokens, now)
        if len(self._buckets) > self._max_callers:
            self._buckets.popitem(last=False)
        wait = 0 if allowed else max(1, math.ceil((weight - tokens) / self._rate))
        return Allowance(allowed, int(tokens), wait, math.ceil((self.burst - tokens) / self._rate))

    def __len__(self) -> int:
        """Buckets held."""
        return len(self._buckets)


def weight_of(path: str) -> int:
    """How many others a request costs as much as; its body may be so many times larger too."""
    return next((weight for prefix, weight in WEIGHTS.items() if path.startswith(prefix)), 1)
