"""Figures for Prometheus at GET /metrics. Each application has its own registry."""

from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from time import time
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from indexer.reports import RunReport, Status, last_run
from search import Shortlist, StoreError
from search.store import Store

from .live import Live
from .observing import METHODS, Answered

__all__ = ["Metrics"]

REQUEST_BUCKETS = (0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 100)
STAGE_BUCKETS = (0.0005, 0.001, 0.002, 0.004, 0.007, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """Counts what the service answers; what the snapshot and the last run of the indexer are is read when asked for."""

    def __init__(self, live: Live) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_SnapshotCollector(live))
        if live.store is not None:
            self.registry.register(_LastRunCollector(live.store))
        self._requests = Counter(
            "passerelle_http_requests",
            "Requests answered; status 499 where the visitor left first.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "passerelle_http_request_seconds",
            "From a request's head to the end of its answer.",
            ("route",),
            buckets=REQUEST_BUCKETS,
            registry=self.registry,
        )
        self._stages = Histogram(
            "passerelle_search_stage_seconds",
            "Stages of a search: encode, lexical, filter, dense, fuse, evidence.",
            ("stage",),
            buckets=STAGE_BUCKETS,
            registry=self.registry,
        )

        self._together = Histogram(
            "passerelle_batch_queries", "Searches answered together.", buckets=BATCH_BUCKETS, registry=self.registry
        )
        self._waiting = Gauge("passerelle_queue_queries", "Searches that wait for their turn.", registry=self.registry)

    def answering(self, queries: int) -> None:
        """Count searches that are answered together."""
        self._together.observe(queries)

    def waiting(self, queries: int) -> None:
        """So many searches wait now."""
        self._waiting.set(queries)

    def requested(self, answered: Answered) -> None:
        """Count a request."""
        method = answered.method if answered.method in METHODS else "other"
        self._requests.labels(answered.route, method, str(answered.status)).inc()
        self._seconds.labels(answered.route).observe(answered.seconds)

    def searched(self, shortlist: Shortlist) -> None:
        """Count what each stage of a search took."""
        for stage, spent_ms in shortlist.stages.items():
            self._stages.labels(stage).observe(spent_ms / 1e3)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _SnapshotCollector(Collector):
    """The snapshot in use, and the one that should be."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        live = self._live
        refused = GaugeMetricFamily(
            "passerelle_snapshot_refused",
            "1 while the snapshot that CURRENT names could not be opened and an older one, or none, answers.",
            live.refused is not None,
        )
        yield refused
        yield CounterMetricFamily(
            "passerelle_snapshot_swaps", "Snapshots put in use since the service started.", live.swaps
        )
        yield CounterMetricFamily("passerelle_snapshot_refusals", "Attempts to open one that failed.", live.refusals)
        try:
            searcher = live.searcher
        except StoreError:
            yield GaugeMetricFamily("passerelle_ready", "1 where searches are answered.", 0)
            return
        yield GaugeMetricFamily("passerelle_ready", "1 where searches are answered.", 1)
        manifest = searcher.manifest
        info = GaugeMetricFamily("passerelle_snapshot_info", "The snapshot in use.", labels=("snapshot", "encoder"))
        info.add_metric((manifest.snapshot, manifest.encoder.name), 1)
        yield info
        created = datetime.fromisoformat(manifest.created).timestamp()
        yield GaugeMetricFamily("passerelle_snapshot_created_timestamp_seconds", "When it was built.", created)
        yield GaugeMetricFamily("passerelle_snapshot_age_seconds", "How long ago it was built.", time() - created)
        found, encoded = searcher.topics_read
        yield CounterMetricFamily(
            "passerelle_topic_cache_hits", "Topics of this snapshot whose vectors were at hand.", found
        )
        yield CounterMetricFamily(
            "passerelle_topic_cache_misses", "Topics of this snapshot that were encoded.", encoded
        )
        for counted in ("members", "capabilities", "passages"):
            documentation = f"How many {counted} it has."
            yield GaugeMetricFamily(f"passerelle_snapshot_{counted}", documentation, manifest.counts[counted])


class _LastRunCollector(Collector):
    """How the last run of the indexer ended, from its report, which is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._newest: str | None = None
        self._report: RunReport | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        report = self._last()
        if report is None:
            return
        name = "passerelle_last_run"
        finished = datetime.fromisoformat(report.finished or report.started).timestamp()
        yield GaugeMetricFamily(f"{name}_finished_timestamp_seconds", "When the last run ended.", finished)
        yield GaugeMetricFamily(f"{name}_duration_seconds", "What it took.", report.seconds)
        statuses = GaugeMetricFamily(f"{name}_status", "1 for how it ended, 0 for the others.", labels=("status",))
        for status in get_args(Status):
            statuses.add_metric((status,), report.status == status)
        yield statuses
        counts = report.counts
        figures = {
            "lines": ("Lines it read.", counts.rows),
            "rejected_lines": ("Lines it could not use.", counts.rejected),
            "members": ("Members of its index.", counts.members),
            "added_members": ("Members that came.", counts.added),
            "changed_members": ("Members that changed.", counts.changed),
            "removed_members": ("Members that went.", counts.removed),
            "texts": ("Distinct texts whose vectors it needed.", counts.texts),
            "cached_texts": ("Texts whose vectors it had from earlier runs.", counts.cached),
        }
        for figure, (documentation, value) in figures.items():
            yield GaugeMetricFamily(f"{name}_{figure}", documentation, value)

    def _last(self) -> RunReport | None:
        with self._lock:
            try:
                newest = next(reversed(self._store.runs()), None)
            except OSError:  # the other figures are still worth telling
                return None
            if newest != self._newest:
                self._newest, self._report = newest, last_run(self._store)
            return self._report
