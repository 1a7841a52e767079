"""Texts embedded before are not embedded again, and the cache never stands in the way."""

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.cache import KEEP_DAYS, EmbeddingCache
from search.store import Store
from tests.conftest import SMALL, Build, FakeEncoder, member
from tests.faults import child, killed_in_a_commit

TEXTS = [f"Sensors number {i} and cows." for i in range(300)]
VECTORS = FakeEncoder().encode_passages(TEXTS).astype(np.float16)


class Cache:
    """A cache file, opened anew for each use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []

    def open(self, today: int = 1_000, digest: str = "fake") -> EmbeddingCache:
        return EmbeddingCache(self.path, FakeEncoder(digest).info, self.notices.append, today)

    def put(self, today: int = 1_000) -> None:
        with self.open(today) as cache:
            cache.put(TEXTS, VECTORS)

    def found(self, today: int = 1_000, digest: str = "fake") -> list[str]:
        with self.open(today, digest) as cache:
            vectors, found = cache.look_up(TEXTS)
        assert np.array_equal(vectors[found], VECTORS[found])
        assert not vectors[~found].any()
        return [text for text, is_there in zip(TEXTS, found, strict=True) if is_there]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "embeddings.sqlite")


def test_what_was_put_is_found(cache: Cache) -> None:
    """The same vectors, bit for bit, in whatever order; one file remains and nobody is told anything."""
    assert cache.found() == []
    cache.put()
    assert cache.found() == TEXTS
    with cache.open() as opened:
        vectors, found = opened.look_up(["new", *TEXTS[::-1]])
    assert found.tolist() == [False] + [True] * len(TEXTS)
    assert np.array_equal(vectors[1:], VECTORS[::-1])
    assert [path.name for path in cache.path.parent.iterdir()] == [cache.path.name]
    assert cache.notices == []


def test_encoders_do_not_mix(cache: Cache) -> None:
    """A vector of one encoder is not found by another."""
    cache.put()
    assert cache.found(digest="other") == []


def test_texts_out_of_use_are_forgotten(cache: Cache) -> None:
    """What no run looked up for the days it is kept goes when pruned, and the file shrinks; what was looked up stays."""
    cache.put(today=1_000)
    size = cache.path.stat().st_size
    with cache.open(today=1_000 + KEEP_DAYS) as later:
        later.look_up(TEXTS[:7])
        later.prune()
    assert cache.found() == TEXTS
    with cache.open(today=1_001 + KEEP_DAYS) as later:
        later.look_up(TEXTS[:7])
        later.prune()
    assert cache.found() == TEXTS[:7]
    assert cache.path.stat().st_size < size


@pytest.mark.parametrize("damage", ["text", "half", "middle", "format", "schema"])
def test_a_damaged_cache_is_replaced(cache: Cache, damage: str) -> None:
    """Whatever stands in the file, or is missing from it: a notice, an empty cache, and it works again."""
    cache.put()
    whole = cache.path.read_bytes()
    if damage == "text":
        cache.path.write_text("not a database " * 100, encoding="utf-8")
    elif damage == "half":
        cache.path.write_bytes(whole[: len(whole) // 2])
    elif damage == "middle":
        cache.path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    else:
        with closing(sqlite3.connect(cache.path)) as database:
            database.execute("PRAGMA user_version = 99" if damage == "format" else "DROP TABLE vectors")
    assert cache.found() == []
    (notice,) = cache.notices
    assert "was replaced by an empty one" in notice
    cache.put()
    assert cache.found() == TEXTS


@pytest.mark.parametrize("vector", [b"", b"\0" * 128, b"\xff" * 128, b"\x3c" * 128, b"short", "text", 7])
def test_rows_that_are_no_vectors_are_not_found(cache: Cache, vector: object) -> None:
    """A row of another size, or not of unit length, is embedded again and then whole."""
    cache.put()
    with closing(sqlite3.connect(cache.path)) as database:
        database.execute("UPDATE vectors SET vector = ? WHERE place = 1", [vector])
        database.commit()
    assert cache.found() == TEXTS[1:]
    with cache.open() as opened:
        opened.put(TEXTS[:1], VECTORS[:1])
    assert cache.found() == TEXTS
    assert cache.notices == []


def test_a_cache_that_cannot_be_used_is_done_without(cache: Cache) -> None:
    """A folder in its place stays as it is; a notice says so."""
    cache.path.mkdir()
    cache.put()
    assert cache.found() == []
    assert "cannot be used and is left as it is" in cache.notices[0]


def test_killed_in_a_commit(cache: Cache) -> None:
    """A process that dies while it writes leaves a journal; the next one undoes the half and removes it."""
    cache.put()
    whole = cache.path.read_bytes()
    code, _ = child(killed_in_a_commit, cache.path, TEXTS)
    assert code == -signal.SIGKILL
    assert cache.path.with_name("embeddings.sqlite-journal").exists()
    assert cache.path.read_bytes() != whole
    assert cache.found() == TEXTS
    assert [path.name for path in cache.path.parent.iterdir()] == [cache.path.name]
    assert cache.notices == []


def test_only_new_text_is_embedded(build: Build) -> None:
    """The second night embeds what changed, members sharing a text with earlier ones nothing; the report counts both."""
    build(SMALL)
    encoder = FakeEncoder()
    changed = [member("alpha", en="Radar for drones.", country="BE", clusters=["DSP Valley"]), *SMALL[1:]]
    report = build([*changed, member("twin", en="Batteries for buses.")], encoder)
    assert encoder.embedded == ["Radar for drones."]
    assert (report.counts.texts, report.counts.cached, report.counts.embedded) == (9, 8, 1)


@pytest.mark.parametrize("trouble", ["deleted", "damaged", "warm"])
def test_the_cache_does_not_show(build: Build, tmp_path: Path, trouble: str) -> None:
    """With the cache, without it or after damage, the index is the same to the byte."""
    store = Store(tmp_path / "store")
    cold = store.snapshot_path(build(SMALL).snapshot)
    if trouble == "deleted":
        store.embeddings_file.unlink()
    elif trouble == "damaged":
        store.embeddings_file.write_bytes(b"\0" * 10_000)
    report = build(SMALL)
    again = store.snapshot_path(report.snapshot)
    names = sorted(str(path.relative_to(cold)) for path in cold.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(again)) for path in again.rglob("*") if path.is_file())
    for name in names:
        if name != "manifest.json":
            assert (cold / name).read_bytes() == (again / name).read_bytes(), name
    assert report.counts.cached == (9 if trouble == "warm" else 0)
    assert len(report.notices) == (trouble == "damaged")


def test_a_run_that_ends_half_way_keeps_its_work(build: Build, tmp_path: Path) -> None:
    """What was embedded before the encoder failed is not embedded again."""

    class Failing(FakeEncoder):
        def encode_passages(self, texts, advance=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            if self.embedded:
                raise MemoryError
            return super().encode_passages(texts, advance)

    many = [member(f"m{i:04}", en=f"Sensors number {i}.") for i in range(2_000)]
    first, second = Failing(), FakeEncoder()
    with pytest.raises(MemoryError):
        build(many, first)
    build(many, second)
    assert len(first.embedded) == 1_024
    assert sorted(first.embedded + second.embedded) == sorted(record["descriptions"]["en"] for record in many)  # type: ignore[index]
