"""Runs in child processes that die, or find the disk full, at a point that a test chooses."""

import multiprocessing
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from indexer.progress import Progress, Silent
from indexer.publish import install_encoder
from indexer.run import Options, index_members
from search.encoder import write_description
from search.errors import PasserelleError
from search.store import Store
from tests.conftest import FakeEncoder

__all__ = [
    "Steps",
    "child",
    "events_of",
    "full_disk",
    "index",
    "killed_at",
    "killed_in_a_commit",
    "order_of",
    "prepared",
    "waiting",
]

CHANGES = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.chmod", "sqlite3.connect"}
"""Audit events of what changes a file system (`open` where it writes)."""
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.faults", "tests.faults_server"])


class Steps(Silent):
    """Calls back as each step begins, and as each batch is embedded."""

    def __init__(self, reached: Callable[[str], None]) -> None:
        self._reached = reached

    def step(self, description: str, total: int | None = None) -> None:
        self._reached(f"step {description}")

    def advance(self, done: int) -> None:
        self._reached(f"embedded {done}")


def prepared(folder: Path) -> Path:
    """A prepared encoder's folder, as far as a store looks at it."""
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights" * 1_000)
    write_description(folder, FakeEncoder().info, FakeEncoder().means, FakeEncoder().needs)
    return folder


def index(source: Path, store: Path, encoder: Path, options: Options, progress: Progress | None = None) -> str:
    """A night with the fake encoder, installed from a prepared folder; how it ended."""

    def load(place: Store, _: Progress) -> FakeEncoder:
        install_encoder(place, encoder, FakeEncoder().info.digest)
        return FakeEncoder()

    return index_members([source], Store(store), load, options, progress).status


def child(target: Callable[..., object], *arguments: object) -> tuple[int, object]:
    """Call `target` in a fresh process: its exit code (negative: the signal) and what it returned or raised in one line."""
    here, there = _context.Pipe(duplex=False)
    process = _context.Process(target=_call, args=(there, target, arguments))
    process.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        answer = None
    process.join()
    assert process.exitcode is not None
    return process.exitcode, answer


def _call(answer: Connection, target: Callable[..., object], arguments: Sequence[object]) -> None:
    try:
        answer.send(target(*arguments))
    except PasserelleError as error:
        answer.send(f"{type(error).__name__}: {error}")


@contextmanager
def _watched(store: Path, reached: Callable[[str], None]) -> Iterator[Steps]:
    """Calls back at every change that the process is about to make below `store`, and at every step."""
    watching = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event in CHANGES and (event != "open" or _writes(arguments)):
            path = _path(arguments)
            if path.is_relative_to(store):
                reached(f"{event} {path.relative_to(store)}")

    sys.addaudithook(hook)
    yield Steps(reached)
    watching = False


def _writes(arguments: tuple[object, ...]) -> bool:
    return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _path(arguments: tuple[object, ...]) -> Path:
    """The path an event is about; shutil.rmtree gives names within an open folder."""
    path = Path(os.fsdecode(arguments[0])) if isinstance(arguments[0], str | bytes | os.PathLike) else Path("/")
    folders = [a for a in arguments[1:] if isinstance(a, int) and a > 2]
    return path if path.is_absolute() or not folders else Path(f"/proc/self/fd/{folders[-1]}").readlink() / path


def events_of(source: Path, store: Path, encoder: Path, options: Options) -> list[str]:
    """What an undisturbed night does to its store, in order."""
    events: list[str] = []
    with _watched(store, events.append) as steps:
        index(source, store, encoder, options, steps)
    return events


def killed_at(number: int, source: Path, store: Path, encoder: Path, options: Options) -> None:
    """A night that is killed at the event of this number, counted from 0."""
    seen = 0

    def reached(_: str) -> None:
        nonlocal seen
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    with _watched(store, reached) as steps:
        index(source, store, encoder, options, steps)


def full_disk(size: int, source: Path, store: Path, encoder: Path, options: Options) -> str:
    """A night in which no file can grow beyond `size` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return index(source, store, encoder, options)


def waiting(pipe: Connection, source: Path, store: Path, encoder: Path, options: Options) -> None:
    """A night that says when it is embedding, waits until it is told to go on, and says how it ended."""

    def reached(event: str) -> None:
        if event == "step Embedding texts":
            pipe.send("embedding")
            pipe.recv()

    pipe.send(index(source, store, encoder, options, Steps(reached)))


def killed_in_a_commit(cache: Path, texts: Sequence[str]) -> None:
    """A process that dies with half of a change to the cache written to it, the journal beside it."""
    database = sqlite3.connect(cache, isolation_level=None)
    database.execute("PRAGMA cache_size = 1")
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE vectors SET vector = zeroblob(128)")
    database.executemany("INSERT INTO vectors VALUES (NULL, ?)", ((text.encode() * 50,) for text in texts))
    os.kill(os.getpid(), signal.SIGKILL)


def order_of(source: Path, store: Path, encoder: Path, options: Options) -> list[tuple[str, str, str]]:
    """Every fsync (path, "") and rename (from, to) of a night, in order, with the files below what is renamed as ("has", path, "")."""
    done: list[tuple[str, str, str]] = []
    fsync, rename, replace = os.fsync, os.rename, os.replace

    def note_fsync(descriptor: int) -> None:
        fsync(descriptor)
        done.append(("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink()), ""))

    def noted(move: Callable[..., None]) -> Callable[..., None]:
        def run(old: str | Path, new: str | Path) -> None:
            done.extend(("has", str(path), "") for path in sorted(Path(old).rglob("*")))
            move(old, new)
            done.append(("rename", str(old), str(new)))

        return run

    os.fsync, os.rename, os.replace = note_fsync, noted(rename), noted(replace)  # type: ignore[assignment]
    index(source, store, encoder, options)
    return done
