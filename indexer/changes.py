"""Which members came, went or changed, between two snapshots or between a snapshot and what is about to follow it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.directory import Directory
from search.errors import SnapshotRefused, StoreError
from search.snapshot import Snapshot
from search.store import Store
from search.types import Member

__all__ = [
    "Changes",
    "Difference",
    "MemberChange",
    "Named",
    "Roster",
    "compare",
    "content_digest",
    "difference",
    "write_fingerprints",
]

FINGERPRINTS = "fingerprints.npy"
FIELDS = tuple(field.name for field in fields(Member) if field.name != "languages")
"""What a member says of itself; its languages follow from its descriptions."""

Fingerprints = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Roster:
    """Member ids, with a fingerprint of all each member says: shape (n,), uint64; equal members have equal ones."""

    ids: tuple[str, ...]
    fingerprints: Fingerprints

    @classmethod
    def of(cls, members: Sequence[Member]) -> "Roster":
        """The roster of members, in their order."""
        prints = b"".join(hashlib.sha256(_canonical(member)).digest()[:8] for member in members)
        return cls(tuple(member.id for member in members), np.frombuffer(prints, "<u8"))

    @classmethod
    def read(cls, folder: Path, directory: Directory) -> "Roster":
        """The roster of the snapshot in `folder`. Raises SnapshotRefused."""
        try:
            prints = np.load(folder / FINGERPRINTS, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise SnapshotRefused(f"cannot read {folder / FINGERPRINTS} ({error}); index again or roll back") from error
        if prints.shape != (directory.size,):
            raise SnapshotRefused(
                f"{folder / FINGERPRINTS} has shape {prints.shape}, expected ({directory.size},); index again or roll back"
            )
        return cls(tuple(directory.languages()), prints)


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of members that came, went or stayed and changed, each in order of id."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A member that came or went."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member in both snapshots and the fields that differ; `descriptions.fr` is its French description."""

    id: str
    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different in the snapshot `newer`, beside `older`."""

    older: str
    newer: str
    added: tuple[Named, ...]
    removed: tuple[Named, ...]
    changed: tuple[MemberChange, ...]


def write_fingerprints(folder: Path, roster: Roster) -> None:
    """Write what `Roster.read` reads into the snapshot in `folder`."""
    np.save(folder / FINGERPRINTS, roster.fingerprints)


def content_digest(roster: Roster, *makers: object) -> str:
    """SHA-256 over the members and over what makes an index of them (encoder, format, version)."""
    digest = hashlib.sha256(json.dumps([str(maker) for maker in makers]).encode())
    for member_id in roster.ids:
        digest.update(member_id.encode() + b"\0")
    digest.update(roster.fingerprints.astype("<u8").tobytes())
    return digest.hexdigest()


def compare(older: Roster, newer: Roster) -> Changes:
    """What came, went and changed from one roster to the other."""
    before = dict(zip(older.ids, older.fingerprints.tolist(), strict=True))
    after = dict(zip(newer.ids, newer.fingerprints.tolist(), strict=True))
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(key for key in after.keys() & before.keys() if after[key] != before[key])),
    )


def difference(store: Store, older: str | None = None, newer: str | None = None) -> Difference:
    """What differs from snapshot `older` to `newer`; by default from the one before the current to the current.

    Raises StoreError (StoreNotFound, SnapshotRefused) where one is missing or damaged.
    """
    newer = newer or store.current()
    older = older or _before(store, newer)
    (first, was), (second, now) = (_open(store, name) for name in (older, newer))
    found = compare(first, second)
    at_first, at_second = ({key: row for row, key in enumerate(roster.ids)} for roster in (first, second))
    return Difference(
        older,
        newer,
        added=tuple(_named(now, at_second[key]) for key in found.added),
        removed=tuple(_named(was, at_first[key]) for key in found.removed),
        changed=tuple(_change(was.member(at_first[key]), now.member(at_second[key])) for key in found.changed),
    )


def _before(store: Store, snapshot: str) -> str:
    earlier = [name for name in store.snapshots() if name < snapshot]
    if not earlier:
        raise StoreError(
            f"no snapshot in {store.path} is older than {snapshot}, so there is nothing to compare it with; "
            "name two that `passerelle status` lists"
        )
    return earlier[-1]


def _open(store: Store, snapshot: str) -> tuple[Roster, Directory]:
    if snapshot not in store.snapshots():
        raise SnapshotRefused(f"no snapshot {snapshot!r} in {store.path}; `passerelle status` lists them")
    folder = store.snapshot_path(snapshot)
    directory = Snapshot.open(folder).directory
    return Roster.read(folder, directory), directory


def _named(directory: Directory, row: int) -> Named:
    member = directory.member(row)
    return Named(member.id, member.name)


def _change(was: Member, now: Member) -> MemberChange:
    return MemberChange(now.id, now.name, tuple(_changed_fields(was, now)))


def _changed_fields(was: Member, now: Member) -> Iterator[str]:
    for name in FIELDS:
        before, after = getattr(was, name), getattr(now, name)
        if before == after:
            continue
        if name in ("descriptions", "extra"):
            keys = sorted(before.keys() | after.keys())
            yield from (f"{name}.{key}" for key in keys if before.get(key) != after.get(key))
        else:
            yield name


def _canonical(member: Member) -> bytes:
    return json.dumps([getattr(member, name) for name in FIELDS], sort_keys=True, ensure_ascii=False).encode()
