"""Whatever befalls a run, the service goes on answering, the next run succeeds, and nothing is left lying about."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import pytest

from indexer.reports import last_run
from indexer.run import Options
from search import SourceError, StoreError, open_index
from search.manifest import Manifest
from search.store import Store
from tests.conftest import ROOT, SMALL, FakeEncoder, member, write_lines
from tests.faults import Steps, child, events_of, full_disk, index, killed_at, order_of, prepared, waiting

OPTIONS = Options(accept_drift=True, keep=1)
NEXT = [
    member("alpha", en="Optical sensors and readout chips.", country="BE"),
    *SMALL[2:],
    member("eta", fr="Des puces."),
]
TOPICS = ("sensors", "vaches", "chips")
REPORT_FILES = {"report.html", "report.json", "rejects.jsonl", "rejects.txt"}


@dataclass(frozen=True)
class Night:
    """A store with two snapshots, and what the next night reads."""

    store: Path
    source: Path
    encoder: Path

    def run(self) -> str:
        return index(self.source, self.store, self.encoder, OPTIONS)

    def copy(self, to: Path) -> "Night":
        shutil.copytree(self.store, to)
        return Night(to, self.source, self.encoder)

    def pointer(self) -> str:
        return Store(self.store).current()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The store as the night finds it: one snapshot more than it keeps, and an encoder that nothing needs."""
    folder = tmp_path_factory.mktemp("faults")
    night = Night(folder / "store", folder / "members.jsonl", prepared(folder / "prepared"))
    for records in (SMALL[:3], SMALL):
        write_lines(night.source, records)
        night.run()
    (night.store / "encoders" / "unused").mkdir()
    (night.store / "encoders" / "unused" / "model.bin").write_bytes(b"x")
    write_lines(night.source, NEXT)
    return night


@pytest.fixture
def night(before: Night, tmp_path: Path) -> Night:
    return before.copy(tmp_path / "store")


@pytest.fixture(scope="module")
def expected(before: Night, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """Answers before the night, and after one that nothing disturbed."""
    undisturbed = before.copy(tmp_path_factory.mktemp("undisturbed") / "store")
    assert undisturbed.run() == "published"
    return {"old": answers(before), "new": answers(undisturbed)}


def answers(night: Night) -> list[list[str]]:
    """Ids for some topics, by the reader that the service uses."""
    searcher = open_index(night.store, encoder=FakeEncoder())
    return [[match.member.id for match in searcher.search(topic)] for topic in TOPICS]


def assert_tidy(night: Night) -> None:
    """Only whole things, under their own names."""
    store = Store(night.store)
    assert {path.name for path in store.path.iterdir()} <= {
        ".lock", "CURRENT", "embeddings.sqlite", "encoders", "runs", "snapshots"
    }  # fmt: skip
    for folder in (store.path / "snapshots").iterdir():
        found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert found == {"manifest.json", *Manifest.read(folder).files}
        Manifest.read(folder).verify(folder)
    assert list((store.path / "encoders").iterdir()) == [store.encoder_path(FakeEncoder().info.digest)]
    for run in (store.path / "runs").iterdir():
        assert {path.name for path in run.iterdir()} == REPORT_FILES


def assert_recovers(night: Night, old: str, expected: dict[str, list[list[str]]]) -> None:
    """The service answers as before, or as after where the night had come so far; the next run makes it as after."""
    was_published = night.pointer() != old
    assert answers(night) == expected["new" if was_published else "old"]
    assert night.run() == ("unchanged" if was_published else "published")
    assert answers(night) == expected["new"]
    assert_tidy(night)


def test_killed_at_every_step(before: Night, tmp_path: Path, expected: dict[str, list[list[str]]]) -> None:
    """Kill -9 before each change to the store and at each step of the night, from taking the lock to giving it back (of a row of alike
    changes the first two and the last)."""
    old = before.pointer()
    counted = before.copy(tmp_path / "counted")
    code, events = child(events_of, counted.source, counted.store, counted.encoder, OPTIONS)
    assert code == 0
    assert isinstance(events, list)
    named = [event.split(".staging")[0].split("CURRENT.")[0] for event in events]
    for point in (
        "open .holder", "step Reading members", "step Comparing members", "step Loading the encoder", "sqlite3.connect embeddings.sqlite",
        "step Looking up texts embedded before", "step Embedding texts", "embedded 2", "os.mkdir snapshots/",
        "step Writing the snapshot", "open snapshots/", "step Verifying the snapshot", "step Asking members' own words",
        "step Publishing", "os.rename snapshots/", "open .", "os.rename .", "step Removing old snapshots", "os.remove snapshots/",
        "os.rename encoders/unused", "open runs/", "os.rename runs/", "os.remove .holder",
    ):  # fmt: skip
        assert point in named
    alike = [list(numbers) for _, numbers in groupby(range(len(events)), key=named.__getitem__)]
    for number in [number for numbers in alike for number in sorted({*numbers[:2], numbers[-1]})]:
        night = before.copy(tmp_path / str(number))
        code, _ = child(killed_at, number, night.source, night.store, night.encoder, OPTIONS)
        assert code == -signal.SIGKILL, events[number]
        assert_recovers(night, old, expected)
        shutil.rmtree(night.store)


@pytest.mark.parametrize("size", [0, 60, 500, 1_000, 2_000, 3_000, 6_000, 12_000])
def test_a_file_that_cannot_grow(night: Night, expected: dict[str, list[list[str]]], size: int) -> None:
    """Wherever writing ends: one line says so, the old snapshot answers, and with room again the night succeeds."""
    old = night.pointer()
    code, said = child(full_disk, size, night.source, night.store, night.encoder, OPTIONS)
    assert code == 0
    if said != "published":
        assert str(said).startswith("StoreError: ")
        assert "nothing was published" in str(said)
        assert "\n" not in str(said)
        assert night.pointer() == old
    assert_recovers(night, old, expected)


def test_limits_are_met(before: Night, tmp_path: Path) -> None:
    """Of the sizes above, the smallest stop the night and the largest does not."""
    said = []
    for size in (60, 100_000):
        night = before.copy(tmp_path / str(size))
        said.append(child(full_disk, size, night.source, night.store, night.encoder, OPTIONS)[1])
    assert [str(line).split(":")[0] for line in said] == ["StoreError", "published"]


FULL = """
import json, os, sys
from pathlib import Path
from search import PasserelleError
from tests.test_faults import Night, answers, assert_tidy
disk, source, encoder = map(Path, sys.argv[1:])
night = Night(disk / "store", source, encoder)
old, said = night.pointer(), []
for free in (0, 16_000, 32_000):
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            ballast.truncate(max(ballast.tell() - free, 0))
    try:
        said.append(night.run())
    except PasserelleError as error:
        said.append(str(error))
    if night.pointer() != old:
        break
    assert answers(night) == json.loads(os.environ["OLD"])
(disk / "ballast").unlink()
again = night.run()
assert_tidy(night)
print(json.dumps([said, again, answers(night)]))
"""


def test_a_full_disk(before: Night, expected: dict[str, list[list[str]]], tmp_path: Path) -> None:
    """On a small disk filled to the last bytes: refused in one line, answering as before, and well again once there is room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = 'mount -t tmpfs -o size=1m none "$1" && cp -r "$2" "$1/store" && shift 2 && exec "$@"'
    command = ["unshare", "-Urm", "sh", "-c", mounted, "sh", str(disk), str(before.store)]
    try:
        can = subprocess.run(
            ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", disk], check=False, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("this machine has no unshare")
    if can.returncode:
        pytest.skip("this machine does not let its users mount")
    done = subprocess.run(
        [*command, sys.executable, "-c", FULL, disk, before.source, before.encoder],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OLD": json.dumps(expected["old"])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, again, found = json.loads(done.stdout)
    assert "No space left on device" in said[0]
    assert "\n" not in "".join(said)
    assert again == ("unchanged" if said[-1] == "published" else "published")
    assert found == expected["new"]


@pytest.fixture
def readable() -> Iterator[Path]:
    """A folder that other accounts can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def unprivileged(source: Path, store: Path, encoder: Path, options: Options) -> str:
    """A night under an account that may read the store only."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    return index(source, store, encoder, options)


def test_a_read_only_store(before: Night, expected: dict[str, list[list[str]]], readable: Path) -> None:
    """The run is refused in one line, and the store is as it was."""
    night = before.copy(readable / "store")
    old = night.pointer()
    for path in [night.store, *night.store.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    code, said = child(unprivileged, night.source, night.store, night.encoder, OPTIONS)
    for path in [night.store, *night.store.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
    assert code == 0
    assert said == f"StoreError: cannot write to the store {night.store}: Permission denied; nothing was published"
    assert_recovers(night, old, expected)


def test_two_runs_at_once(night: Night, expected: dict[str, list[list[str]]]) -> None:
    """The second is refused at once and told which process holds the lock; the first goes on and publishes."""
    context = get_context("forkserver")
    here, there = context.Pipe()
    first = context.Process(target=waiting, args=(there, night.source, night.store, night.encoder, OPTIONS))
    first.start()
    assert here.recv() == "embedding"
    runs = len(Store(night.store).runs())
    with pytest.raises(
        StoreError, match=rf"another process is writing to .* \(process {first.pid} of .* since 2.*\); wait"
    ):
        night.run()
    assert answers(night) == expected["old"]
    assert len(Store(night.store).runs()) == runs
    here.send("go on")
    assert here.recv() == "published"
    first.join()
    assert answers(night) == expected["new"]
    assert_tidy(night)


def test_a_source_that_changes_while_it_is_read(
    night: Night, expected: dict[str, list[list[str]]], tmp_path: Path
) -> None:
    """The run is refused and says so; once the export is whole, the next one publishes it."""
    old = night.pointer()
    source = tmp_path / "export.jsonl"
    exporting = Night(night.store, source, night.encoder)
    whole = night.source.read_bytes()
    source.write_bytes(whole[:-10] + b"\n")

    def reached(event: str) -> None:
        if event.startswith("embedded"):  # rows are counted while the file is open
            source.write_bytes(whole)

    with pytest.raises(SourceError, match=r"export\.jsonl changed while it was read; run again"):
        index(source, night.store, night.encoder, OPTIONS, Steps(reached))
    report = last_run(Store(night.store))
    assert report is not None
    assert (report.status, night.pointer()) == ("failed", old)
    assert source.read_bytes() == whole
    assert_recovers(exporting, old, expected)


def test_a_killed_run_does_not_hold_the_lock(night: Night, expected: dict[str, list[list[str]]]) -> None:
    """Its name may stand beside the lock; the next run takes it all the same, and names itself."""
    old = night.pointer()
    (night.store / ".holder").write_text('{"pid": 1, "user": "\\u001b[31m', encoding="utf-8")
    assert_recovers(night, old, expected)


def test_an_error_in_the_program_is_reported(night: Night, expected: dict[str, list[list[str]]]) -> None:
    """Even then the old snapshot answers, and the report says what happened."""
    old = night.pointer()
    code, _ = child(raising, night.source, night.store, night.encoder, OPTIONS)
    assert code == 1
    report = last_run(Store(night.store))
    assert report is not None
    assert (report.status, report.error) == ("failed", "ZeroDivisionError: half-way; nothing was published")
    assert_recovers(night, old, expected)


def raising(source: Path, store: Path, encoder: Path, options: Options) -> None:
    """A night that ends in an error nobody thought of."""
    from tests.faults import Steps

    def reached(event: str) -> None:
        if event == "step Writing the snapshot":
            raise ZeroDivisionError("half-way")

    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    index(source, store, encoder, options, Steps(reached))


def test_all_is_on_the_disk_before_it_is_named(night: Night) -> None:
    """Every file and folder of a snapshot is forced to the disk before it gets its name, the name before CURRENT is written,
    CURRENT's text before it replaces the old one, and the folder last; reports and encoders likewise."""
    (night.store / "encoders" / Store(night.store).encoder_path(FakeEncoder().info.digest).name / "model.bin").unlink()
    code, order = child(order_of, night.source, night.store, night.encoder, OPTIONS)
    assert code == 0
    assert isinstance(order, list)
    named = [
        (number, old, new)
        for number, (what, old, new) in enumerate(order)
        if what == "rename" and ".staging-" not in new
    ]
    parents = [Path(new).parent.relative_to(night.store) for _, _, new in named]
    assert parents == [Path("encoders"), Path("snapshots"), Path(), Path("runs")]
    for number, old, new in named:
        synced = {path for what, path, _ in order[:number] if what == "fsync"}
        has = {path for what, path, _ in order[:number] if what == "has" and path.startswith(f"{old}/")}
        assert {old, *has} <= synced
        assert len(has) >= 2 or new.endswith("CURRENT")
        assert ("fsync", str(Path(new).parent), "") == order[number + 1]
