"""Passerelle beside the plain way (baseline.py) on the same members, in one run.

usage: python -m tests.benchmarks.end_to_end MEMBERS.jsonl

Printed: index from cold with the encoder prepared (time, peak memory, size on disk), search in process for short topics never seen
before, for call texts and for pasted documents, time until `serve` answers, its memory once it has answered them, and whether it loaded torch.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from indexer.encoder import DEFAULT_ENCODER, prepare
from search import open_index
from tests.benchmarks.measure import CACHE, machine, median_ms, resident_mb, topics

ROOT = Path(__file__).parents[2]
PASSERELLE = [sys.executable, "-m", "service.cli"]


def index(members: str, store: str) -> tuple[float, float]:
    """Seconds and peak megabytes of `passerelle index`."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [*PASSERELLE, "index", members, "--store", store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("index failed")
    return time.perf_counter() - started, usage.ru_maxrss / 1e3


def serve(store: str) -> tuple[float, float, float, bool]:
    """Seconds until ready, median milliseconds of a request, megabytes, whether torch is in the process."""
    started = time.perf_counter()
    with subprocess.Popen(
        [
            *PASSERELLE,
            "serve",
            "--store",
            store,
            "--port",
            "0",
            "--rate",
            "1e6",
            "--burst",
            "1000000",
            "--log-level",
            "warning",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout
        address = server.stdout.readline().rsplit(" ", 1)[1].strip()
        get(f"{address}/readyz")
        ready = time.perf_counter() - started
        request = median_ms(lambda topic: get(f"{address}/v1/search?q={urllib.parse.quote(topic)}"), topics())
        memory = resident_mb(server.pid)
        torch = "libtorch" in Path(f"/proc/{server.pid}/maps").read_text(encoding="utf-8")
        server.terminate()
    return ready, request, memory, torch


def calls() -> list[str]:
    """The call texts among the training cards, in both languages."""
    lines = (ROOT / "data" / "training" / "cards.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["style"] == "call"]
    return list(dict.fromkeys(row[key] for row in rows for key in ("topic_fr", "topic_en")))


def get(address: str) -> bytes:
    """The body at a loopback address."""
    with urllib.request.urlopen(address) as response:  # noqa: S310
        return bytes(response.read())


def main() -> None:
    """Measure both and print them with their ratios."""
    members = sys.argv[1]
    print(machine())
    prepare(DEFAULT_ENCODER, CACHE)
    with tempfile.TemporaryDirectory() as store:
        seconds, peak = index(members, store)
        searcher = open_index(store)
        size = sum(path.stat().st_size for path in Path(store, "snapshots").rglob("*") if path.is_file()) / 1e6
        search = median_ms(searcher.search, topics())
        call = median_ms(searcher.search, calls())
        pasted = median_ms(
            searcher.search, [" ".join(calls())[start : start + 30_000] for start in range(0, 5_000, 500)]
        )
        ready, request, memory, torch = serve(store)
        counts = searcher.manifest.counts
    baseline = [sys.executable, "-m", "tests.benchmarks.baseline", members]
    done = subprocess.run(baseline, capture_output=True, text=True, check=True)
    plain = json.loads(re.findall(r"^\{.*\}$", done.stdout, re.MULTILINE)[-1])
    print(
        f"{members}: {counts['members']:,} members, {counts['capabilities']:,} capabilities, {counts['passages']:,} distinct passages"
    )
    print(f"index from cold      {seconds:6.1f} s, peak {peak:.0f} MB, {size:.1f} MB on disk")
    print(
        f"  plain, load + index {plain['load_s'] + plain['index_s']:5.1f} s; ratio {seconds / (plain['load_s'] + plain['index_s']):.2f}"
    )
    print(
        f"search in process    {search:6.1f} ms; plain {plain['search_ms']:.1f} ms, ratio {search / plain['search_ms']:.2f}"
    )
    print(f"  a call text of 110 to 190 words {call:.1f} ms; 30,000 pasted characters {pasted:.0f} ms")
    print(f"serve ready after    {ready:6.1f} s; one request {request:.1f} ms")
    print(
        f"serve resident       {memory:6.0f} MB; plain {plain['resident_mb']:.0f} MB, ratio {memory / plain['resident_mb']:.2f}; torch loaded: {'yes' if torch else 'no'}"
    )


if __name__ == "__main__":
    main()
