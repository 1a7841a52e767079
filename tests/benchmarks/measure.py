"""What the benchmarks share."""

import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs

__all__ = ["CACHE", "machine", "median_ms", "resident_mb", "topics"]

CACHE = Path(os.environ.get("PASSERELLE_CACHE", platformdirs.user_cache_dir("passerelle")))
"""Where encoders are prepared."""


def topics(count: int = 120) -> list[str]:
    """Short topics in both languages, no two alike."""
    things = [
        "capteurs de gaz",
        "gas sensors",
        "lidar pour drones",
        "cobots for small series",
        "cryptographie",
        "battery ageing",
    ]
    places = ["en milieu humide", "for ships", "pour l'agriculture", "in hospitals", "basse consommation", "at night"]
    return [f"{things[i % 6]} {places[i // 6 % 6]} {i}" for i in range(count)]


def median_ms(call: Callable[[str], object], arguments: Iterable[str]) -> float:
    """Median time of a call over the arguments, the first five not counted."""
    times = []
    for argument in arguments:
        started = time.perf_counter()
        call(argument)
        times.append(time.perf_counter() - started)
    return statistics.median(times[5:]) * 1e3


def resident_mb(process: int | str = "self", part: str = "VmRSS") -> float:
    """Resident memory of a process, in megabytes; the part RssFile of it are pages of files, which the system can take back."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(re.findall(rf"{part}:\s+(\d+) kB", status)[0]) / 1e3


def machine() -> str:
    """Processor, cores and Python, for the record."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.findall(r"model name\s*: (.*)", cpu)
    features = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if re.search(rf"\b{flag}\b", cpu)]
    return f"{name[0] if name else platform.machine()}, {len(name)} cores ({', '.join(features)}), Python {platform.python_version()}"
