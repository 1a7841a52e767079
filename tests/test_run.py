"""The night: what is published, what is refused, and what is said about it."""

import gc
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.capabilities import split_members
from indexer.changes import MemberChange, Named, difference
from indexer.merges import read_merges, write_merges
from indexer.merging import Merge
from indexer.probes import check, choose_probes
from indexer.reports import last_run
from indexer.run import Options
from search import Member, RunRefused, SnapshotRefused, SourceError, StoreError, open_index
from search.encoder import Advance
from search.snapshot import Snapshot
from search.store import Store
from tests.conftest import SMALL, Build, FakeEncoder, Vectors, member

MANY = [member(f"m{i:02}", en=f"Sensors number {i}.", clusters=["Even" if i % 2 else "Odd"]) for i in range(40)]
BAD = {"id": "bad", "name": "<b>Bad</b>"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_night_without_change_publishes_nothing(build: Build, store: Store) -> None:
    """The same members in another order and another file: the snapshot stays and nothing is embedded; --force builds all the same."""
    first = build(SMALL, options=Options())
    encoder = FakeEncoder()
    second = build(SMALL[::-1], encoder, Options())
    assert (second.status, second.snapshot, encoder.embedded) == ("unchanged", first.snapshot, [])
    assert (second.counts.members, second.counts.added, second.counts.changed) == (6, 0, 0)
    assert store.snapshots() == [first.snapshot]
    forced = build(SMALL, options=Options(force=True))
    assert forced.status == "published"
    assert store.snapshots() == [first.snapshot, forced.snapshot]


def test_another_encoder_is_a_change(build: Build) -> None:
    """The same members with another encoder are published anew."""
    build(SMALL, options=Options())
    assert build(SMALL, FakeEncoder("other"), Options()).status == "published"


def test_what_is_damaged_is_built_again(build: Build, store: Store) -> None:
    """A current snapshot that is not whole does not count as published."""
    first = build(SMALL, options=Options()).snapshot
    (store.snapshot_path(first) / "fingerprints.npy").write_bytes(b"x")
    second = build(SMALL[:3], options=Options())
    assert second.status == "published"
    assert "cannot be compared with" in second.notices[0]


def test_counts_of_changes(build: Build) -> None:
    """Added, changed and removed members are counted against the snapshot before."""
    build(MANY, options=Options())
    report = build([member("new", fr="Des puces."), {**MANY[1], "city": "Lyon"}, *MANY[2:]], options=Options())
    assert (report.counts.added, report.counts.changed, report.counts.removed) == (1, 1, 1)


def test_too_many_rejects_publish_nothing(build: Build, store: Store) -> None:
    """Above the share accepted the run is refused, with the figures and where to look; at it, it is published."""
    first = build(MANY, options=Options())
    with pytest.raises(
        RunRefused, match=r"3 of 43 lines were rejected \(7\.0 %, at most 5 % is accepted; first: .*:41: "
    ) as refused:
        build([*MANY, BAD, BAD, BAD], options=Options())
    assert "\n" not in str(refused.value)
    assert store.current() == first.snapshot
    report = last_run(store)
    assert report is not None
    assert (report.status, report.counts.rejected, report.error) == ("refused", 3, str(refused.value))
    assert build([*MANY, BAD, BAD], options=Options(force=True)).counts.rejected == 2
    assert build([*MANY, BAD, BAD, BAD], options=Options(max_rejects=7, force=True)).status == "published"


def test_drift_publishes_nothing(build: Build, store: Store) -> None:
    """A cluster that vanished with half the members is refused with both figures, and published when that is accepted."""
    first = build(MANY, options=Options())
    half = [record for record in MANY if record["clusters"] == ["Odd"]]
    with pytest.raises(RunRefused, match=r"members fell from 40 to 20 .*; cluster 'Even' vanished .*--accept-drift"):
        build(half, options=Options())
    assert store.snapshots() == [first.snapshot]
    report = build(half, options=Options(accept_drift=True))
    assert report.status == "published"
    assert len(report.drift) == 2


def test_the_first_snapshot_cannot_drift(build: Build) -> None:
    """Nothing to compare with, nothing to refuse."""
    assert build(MANY[:1], options=Options()).drift == ()


def test_members_must_find_themselves(build: Build, store: Store) -> None:
    """Members sharing a passage may stand in for each other; vectors and words that belong to other members are noticed."""

    def opened(turned: int) -> Snapshot:
        words = [f"Alpha{i} beta{i * 7}." for i in range(200)]
        texts = ["The same words."] * 60 + words[turned:] + words[:turned]
        report = build([member(f"m{i:03}", en=text, country="FR") for i, text in enumerate(texts)])
        assert report.notices == ()
        return Snapshot.open(store.snapshot_path(report.snapshot))

    right, turned = opened(0), opened(100)
    split = split_members([right.directory.member(row) for row in range(260)])
    probes = choose_probes(split, right.vectors.rows(np.arange(len(split.passages))))
    assert [probe.member for probe in probes[:3]] == ["m000", "m013", "m027"]
    assert check(right, FakeEncoder(), probes) == []
    mixed_up = replace(right, vectors=turned.vectors, lexical=turned.lexical, sample=turned.sample)
    with pytest.raises(
        RunRefused, match=r"[1-9]\d* of 20 members tried are not among the first 20 answers to their own words \('m0"
    ):
        check(mixed_up, FakeEncoder(), probes)


def test_words_like_those_of_everybody(build: Build) -> None:
    """Members whom no ranking can tell apart are published all the same, and a notice says so."""
    report = build([member(f"m{i:03d}", en="cows " * (i % 25 + 1) + "milk " * (i // 25 + 1)) for i in range(500)])
    assert report.status == "published"
    assert re.fullmatch(
        r"\d+ of 20 members tried are not among the first answers to their own words.*", report.notices[0]
    )


def test_texts_without_words_are_not_asked_for() -> None:
    """A description of punctuation is no topic."""
    split = split_members([Member("a", "A", {"en": "..."}), Member("b", "B", {"en": "Cows."})])
    assert [probe.member for probe in choose_probes(split, np.zeros((2, 65), np.float32))] == ["b"]


def test_old_snapshots_go(build: Build, store: Store) -> None:
    """The newest are kept; the current one and the one before it in any case."""
    made = [build(SMALL[: 3 + i % 3], options=Options(accept_drift=True, keep=3)) for i in range(5)]
    assert store.snapshots() == [report.snapshot for report in made[2:]]
    assert [report.removed_snapshots for report in made[3:]] == [(made[0].snapshot,), (made[1].snapshot,)]
    last = build(SMALL, options=Options(accept_drift=True, keep=1))
    assert store.snapshots() == [made[4].snapshot, last.snapshot]
    assert store.current() == last.snapshot


def test_encoders_nobody_needs_go(build: Build, store: Store) -> None:
    """An encoder leaves the store with the last snapshot made with it."""
    keep = Options(accept_drift=True, force=True, keep=1)
    kept = []
    for name in ("one", "two", "two"):
        folder = store.encoder_path(FakeEncoder(name).info.digest)
        folder.mkdir(parents=True, exist_ok=True)
        build(SMALL, FakeEncoder(name), keep)
        kept.append(sorted(path.name for path in (store.path / "encoders").iterdir()))
    one, two = "oneoneoneoneoneo", "twotwotwotwotwot"
    assert kept == [[one], [one, two], [two]]


def test_the_report_says_it_all(build: Build, store: Store) -> None:
    """Steps with times, counts, sources, encoder; rejects as JSON Lines and grouped by reason; the page shows members' words as text."""
    report = build([*SMALL, BAD, {**BAD, "id": "worse", "descriptions": {"en": "x"}, "country": "<script>"}, BAD])
    assert report == last_run(store)
    folder = store.run_path(report.run)
    assert sorted(path.name for path in folder.iterdir()) == [
        "rejects.jsonl",
        "rejects.txt",
        "report.html",
        "report.json",
    ]
    assert (report.status, report.snapshot, report.encoder) == ("published", store.current(), "fake")
    assert {"Reading members", "Embedding texts", "Publishing"} <= {step.name for step in report.steps}
    assert sum(step.seconds for step in report.steps) <= report.seconds + 0.01
    assert [Path(source).name for source in report.sources] == ["members.jsonl"]
    rejects = [json.loads(line) for line in (folder / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(reject["line"], reject["field"]) for reject in rejects] == [
        (7, "descriptions"),
        (8, "country"),
        (9, "descriptions"),
    ]
    text = (folder / "rejects.txt").read_text(encoding="utf-8")
    assert text.startswith("9 rows read, 3 rejected.\n\n2 x descriptions: is missing")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_a_failed_run_is_reported(build: Build, store: Store) -> None:
    """The report of a run that could not read its sources says so; the service goes on from the old snapshot."""
    first = build(SMALL)
    with pytest.raises(SourceError):
        build([])
    report = last_run(store)
    assert report is not None
    assert (report.status, report.snapshot) == ("failed", first.snapshot)
    assert report.error.endswith("expected JSON Lines, one member a line with id, name and descriptions")


def test_garbage_is_collected_again_after_a_run(build: Build) -> None:
    """Python does not look for garbage while members are indexed, and does afterwards, also where the run failed."""
    seen: list[bool] = []

    class Watching(FakeEncoder):
        def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Vectors:
            seen.append(gc.isenabled())
            if len(seen) > 1:
                raise MemoryError
            return super().encode_passages(texts, advance)

    build(SMALL, encoder=Watching())
    assert gc.isenabled()
    with pytest.raises(MemoryError):
        build([*SMALL, member("another", fr="Nous fabriquons des miroirs.")], encoder=Watching())
    assert gc.isenabled()
    assert seen == [False, False]


def test_unreadable_reports_are_passed_over(build: Build, store: Store) -> None:
    """The last run is the newest whose report can be read; a store without runs has none."""
    assert last_run(store) is None
    first, second = build(SMALL), build(SMALL)
    (store.run_path(second.run) / "report.json").write_text("{}", encoding="utf-8")
    assert last_run(store) == first


def test_what_differs_between_snapshots(build: Build, store: Store) -> None:
    """Members that came, went or changed, and which fields; by default from the snapshot before to the current."""
    first = build(SMALL).snapshot
    edited = {**SMALL[0], "descriptions": {"en": "New words.", "fr": "Des mots."}, "city": "Gent", "note": 1}
    second = build([edited, *SMALL[2:], member("new", en="Cows.")]).snapshot
    found = difference(store)
    assert (found.older, found.newer) == (first, second)
    assert found.added == (Named("new", "New"),)
    assert found.removed == (Named("beta", "Beta"),)
    assert found.changed == (
        MemberChange("alpha", "Alpha", ("descriptions.en", "descriptions.fr", "city", "extra.note")),
    )
    back = difference(store, second, first)
    assert (back.added, back.removed) == (found.removed, found.added)
    with pytest.raises(StoreError, match="is older than"):
        difference(store, newer=first)
    with pytest.raises(SnapshotRefused, match="no snapshot 'x'"):
        difference(store, "x")


TWICE = [
    member("bcs-zorbax", en="Zorbax makes gallium detectors.", country="DE", city="München", clusters=["BCS"], website="https://zorbax.example"),
    member("mec-zorbax-gmbh", fr="Des capteurs au gallium.", country="DE", city="Munich", clusters=["ME2C"], website="https://www.zorbax.example/fr"),
]  # fmt: skip
TWICE[1]["name"] = "Zorbax GmbH"


def test_the_same_organisation_is_one_member(build: Build, store: Store, tmp_path: Path) -> None:
    """Both texts and clusters, the reason in the snapshot; a verdict to the contrary makes two of it again, and unknown ids are told."""
    TWICE[0]["name"] = "Zorbax"
    report = build([*TWICE, *SMALL])
    assert (report.counts.merged, report.counts.members) == (1, len(SMALL) + 1)
    (merge,) = read_merges(store.snapshot_path(report.snapshot))
    assert (merge.kept, merge.merged) == ("bcs-zorbax", "mec-zorbax-gmbh")
    assert "same website" in merge.reason
    found = open_index(store.path, encoder=FakeEncoder()).member("bcs-zorbax")
    assert (found.clusters, found.languages) == (("BCS", "ME2C"), ("en", "fr"))
    assert found.extra["merged_from"] == ["bcs-zorbax", "mec-zorbax-gmbh"]
    verdicts = tmp_path / "verdicts.csv"
    verdicts.write_text("a,b,verdict\nbcs-zorbax,mec-zorbax-gmbh,different\nalpha,nobody,same\n", encoding="utf-8")
    report = build([*TWICE, *SMALL], options=Options(same=verdicts, accept_drift=True))
    assert (report.counts.merged, report.counts.members) == (0, len(SMALL) + 2)
    assert report.notices == (f"{verdicts} names ids that no member has: nobody",)


def test_merges_are_kept_with_the_snapshot(build: Build, store: Store, tmp_path: Path) -> None:
    """What is written is read; a snapshot without merges says so; a damaged file is refused."""
    assert read_merges(store.snapshot_path(build(SMALL).snapshot)) == ()
    merges = (Merge("a", "b", 0.93, "the same website"), Merge("c", "d", 1.0, "vu à la main"))
    write_merges(tmp_path, merges)
    assert read_merges(tmp_path) == merges
    (tmp_path / "merges.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(SnapshotRefused, match="a line is not a merge"):
        read_merges(tmp_path)
