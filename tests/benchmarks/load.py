"""`passerelle serve` under load beside the plain way (baseline.py --serve) on the same members, in one run.

usage: python -m tests.benchmarks.load MEMBERS.jsonl [--seconds 10] [--rounds 3] [--soak MINUTES]     needs wrk, as Debian packages it

Both serve on loopback and are asked in turn, at one connection and at sixteen, for topics of the training cards, none of which is ever
repeated. The one that is not asked waits. Medians over the rounds are printed. With --soak, the service is then asked at sixteen
connections for so many minutes, and its memory printed after each.
"""

import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexer.encoder import DEFAULT_ENCODER, prepare
from tests.benchmarks.measure import CACHE, machine, resident_mb

CARDS = Path(__file__).parents[2] / "data" / "training" / "cards.jsonl"
WITHOUT_RATE_LIMIT = ["--rate", "1e6", "--burst", "1000000"]
MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
SCRIPT = """
local topics = {}
for line in io.lines(os.getenv("TOPICS")) do topics[#topics + 1] = line end
local asked = 0
init = function() math.randomseed(tonumber(os.getenv("SEED"))) end
request = function()
  asked = asked + 1
  return wrk.format("GET", "/v1/search?q=" .. topics[math.random(#topics)] .. "%20" .. os.getenv("SEED") .. "-" .. asked)
end
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What wrk says of one run; times in milliseconds."""

    median_ms: float
    p99_ms: float
    per_second: float
    failed: int


def main() -> None:
    """Measure both and print them with their ratios."""
    parser = argparse.ArgumentParser(description="The service under load, beside the plain way.")
    parser.add_argument("members", type=Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--soak", type=int, default=0, metavar="MINUTES")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; on Debian: apt-get install wrk")
    print(machine())
    prepare(DEFAULT_ENCODER, CACHE)
    passerelle = [sys.executable, "-m", "service.cli"]
    with tempfile.TemporaryDirectory() as folder:
        store, work = f"{folder}/store", Path(folder)
        subprocess.run([*passerelle, "index", str(options.members), "--store", store], check=True, capture_output=True)
        write_topics(work / "topics")
        (work / "script.lua").write_text(SCRIPT, encoding="utf-8")
        plain_port, port = free_port(), free_port()
        ours = [*passerelle, "serve", "--store", store, "--port", str(port), "--log-level", "warning"]
        plain = [sys.executable, "-m", "tests.benchmarks.baseline", str(options.members), "--serve", str(plain_port)]
        with server(plain, plain_port) as plain_pid, server([*ours, *WITHOUT_RATE_LIMIT], port) as pid:
            runs: dict[tuple[str, int], list[Figures]] = {}
            for seed in range(options.rounds):
                for connections in (1, 16):
                    for name, at in (("plain", plain_port), ("passerelle", port)):
                        figures = load(work, at, connections, options.seconds, seed)
                        runs.setdefault((name, connections), []).append(figures)
            memory = {"plain": resident_mb(plain_pid), "passerelle": resident_mb(pid)}
            files = {"plain": resident_mb(plain_pid, "RssFile"), "passerelle": resident_mb(pid, "RssFile")}
            for minute in range(options.soak):
                figures = load(work, port, 16, 60, options.rounds + minute)
                parts = f"{resident_mb(pid):.0f} MB ({resident_mb(pid, 'RssFile'):.0f} of files)"
                print(f"minute {minute + 1}: {parts}, {shown([figures])}", flush=True)
    for name, connections in sorted(runs):
        print(f"{name:10} {connections:2} connections: {shown(runs[name, connections])}")
    ratio = median(runs["passerelle", 1], "median_ms") / median(runs["plain", 1], "median_ms")
    faster = median(runs["passerelle", 16], "per_second") / median(runs["plain", 16], "per_second")
    print(f"median at 1 connection {ratio:.2f} x, requests a second at 16 {faster:.1f} x")
    print(
        f"resident {memory['passerelle']:.0f} MB ({files['passerelle']:.0f} of files), plain {memory['plain']:.0f} MB"
        f" ({files['plain']:.0f}): {memory['passerelle'] / memory['plain']:.2f} x"
    )


def write_topics(path: Path) -> None:
    """Those of phrases and sentences, not of call texts, ready for an address, one a line."""
    cards = map(json.loads, CARDS.read_text(encoding="utf-8").splitlines())
    topics = {card[key] for card in cards if card["style"] != "call" for key in ("topic_fr", "topic_en")}
    path.write_text("".join(f"{urllib.parse.quote(topic)}\n" for topic in sorted(topics)), encoding="utf-8")


@contextmanager
def server(command: list[str], port: int) -> Iterator[int]:
    """Run a server, which prints a line once it listens, until it is no longer needed; gives its process id once it answers."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if not process.stdout or not process.stdout.readline():
                raise SystemExit(f"{' '.join(command)} ended with status {process.wait()}")
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/search?q=sensors").read()
            yield process.pid
        finally:
            process.terminate()


def load(work: Path, port: int, connections: int, seconds: int, seed: int) -> Figures:
    """One run of wrk, after two seconds that do not count."""
    for counts, duration in enumerate((2, seconds)):
        command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{duration}s", "-s", str(work / "script.lua")]
        environment = {"TOPICS": str(work / "topics"), "SEED": str(1_000 * seed + 10 * connections + counts)}
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True, env=environment
        )
    said = done.stdout
    failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", said)))
    return Figures(
        percentile(said, 50), percentile(said, 99), float(re.findall(r"Requests/sec:\s+(\S+)", said)[0]), failed
    )


def percentile(said: str, percent: int) -> float:
    """A percentile that wrk printed, in milliseconds."""
    value, unit = re.findall(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)", said, re.MULTILINE)[0]
    return float(value) * MILLISECONDS[unit]


def median(runs: list[Figures], figure: str) -> float:
    """The median of one figure over runs."""
    return float(statistics.median(getattr(run, figure) for run in runs))


def shown(runs: list[Figures]) -> str:
    """The medians of all figures, and how far requests a second ranged."""
    rates = [run.per_second for run in runs]
    return (
        f"median {median(runs, 'median_ms'):6.1f} ms, p99 {median(runs, 'p99_ms'):6.1f} ms, {median(runs, 'per_second'):6.1f} requests/s"
        f" ({min(rates):.0f} to {max(rates):.0f}), {sum(run.failed for run in runs)} failed"
    )


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


if __name__ == "__main__":
    main()
