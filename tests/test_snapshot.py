"""Opening what is published, and refusing what is not whole."""

import json
from pathlib import Path

import pytest

from search import SnapshotRefused, StoreNotFound, open_index
from search.manifest import Manifest
from search.store import Store
from tests.conftest import SMALL, Build, FakeEncoder


@pytest.fixture
def folder(build: Build, tmp_path: Path) -> Path:
    return Store(tmp_path / "store").snapshot_path(build(SMALL).snapshot)


def reopen(folder: Path) -> None:
    open_index(folder.parents[1], encoder=FakeEncoder())


def test_every_file_is_checked(folder: Path) -> None:
    """One changed byte in any file of a snapshot, or a missing file, is refused by name."""
    names = list(Manifest.read(folder).files)
    assert {"members.arrow", "capabilities.arrow", "vectors/0.faiss", "lexical/words.npy"} < set(names)
    for name in names:
        file = folder / name
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if whole else b"x")
        with pytest.raises(SnapshotRefused, match=f"{file.name} has SHA-256 .* expected"):
            reopen(folder)
        file.unlink()
        with pytest.raises(SnapshotRefused, match=f"{file.name} has SHA-256 no such file"):
            reopen(folder)
        file.write_bytes(whole)
    reopen(folder)


def test_half_written_is_refused(folder: Path) -> None:
    """Without its manifest, which is written last, a snapshot is not one; nor with half a manifest."""
    manifest = folder / "manifest.json"
    whole = manifest.read_text(encoding="utf-8")
    manifest.write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.raises(SnapshotRefused, match=r"cannot read .*manifest\.json"):
        reopen(folder)
    manifest.unlink()
    with pytest.raises(SnapshotRefused, match=r"no manifest\.json"):
        reopen(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "format 99, this version reads 5"),
        ({"counts": None}, "cannot open snapshot"),
        ({"x": 1}, "damaged"),
    ],
)
def test_other_formats_are_refused(folder: Path, change: dict[str, object], message: str) -> None:
    """A manifest of another format version, or with other keys, says so."""
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(SnapshotRefused, match=message):
        reopen(folder)


def test_another_encoder_is_refused(folder: Path) -> None:
    """Vectors of one encoder are not searched with another; the message names both."""
    with pytest.raises(
        SnapshotRefused, match=r"made with the encoder fake \(fakefakefake\), not with fake \(otherotherot\)"
    ):
        open_index(folder.parents[1], encoder=FakeEncoder("other"))


def test_no_store(tmp_path: Path) -> None:
    """A missing store, an empty one and a pointer to nothing each say what to do."""
    with pytest.raises(StoreNotFound, match=r"no store at .*passerelle index"):
        open_index(tmp_path / "nope")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreNotFound, match="nothing published"):
        open_index(tmp_path / "empty")
    (tmp_path / "empty" / "snapshots" / "x").mkdir(parents=True)
    (tmp_path / "empty" / "CURRENT").write_text("../../etc\n", encoding="utf-8")
    with pytest.raises(StoreNotFound, match=r"names '\.\./\.\./etc', which is no snapshot of the store"):
        open_index(tmp_path / "empty")


def test_an_older_snapshot_by_name(build: Build, tmp_path: Path) -> None:
    """Every published snapshot stays open to questions; one that never was is refused."""
    old = build(SMALL[:2]).snapshot
    build(SMALL)
    assert len(open_index(tmp_path / "store", old, encoder=FakeEncoder())) == 2
    assert len(open_index(tmp_path / "store", encoder=FakeEncoder())) == 6
    with pytest.raises(SnapshotRefused, match="no snapshot 'never'"):
        open_index(tmp_path / "store", "never", encoder=FakeEncoder())
