"""Members to a published snapshot."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.capabilities import split_members
from indexer.embedding import CROWDING_WEIGHT, embed
from indexer.lock import locked
from indexer.progress import Silent
from indexer.publish import install_encoder, publish, rollback
from indexer.reports import Counts
from indexer.run import index_members
from search import Member, SnapshotRefused, StoreError, StoreNotFound, open_index
from search.encoder import write_description
from search.expansion import SolvedTopics
from search.language import PRIOR_WEIGHT, unit_rows
from search.manifest import Manifest
from search.store import Store
from tests.conftest import ANY, DIMENSION, SMALL, Build, FakeEncoder, member

LONG = "We design analogue front ends for sensors that must run for ten years on one battery, in gas meters and in parking lots, for makers who buy ten thousand of them. " * 3  # fmt: skip


class Experienced(FakeEncoder):
    """Knows that who asks for sensors is answered by chips."""

    def __init__(self) -> None:
        super().__init__()
        asked, answered = (unit_rows(self.encode_queries([w]) - self.means.query["en"]) for w in ("sensors", "chips"))
        self.solved = SolvedTopics(asked, answered, answered)


def test_what_the_encoder_knows_is_used(build: Build, tmp_path: Path) -> None:
    """The index holds passages that lean to the topics they answer, and how crowded each is; a topic is expanded by the answer known for it."""
    records = [
        member("a", en="Sensors."),
        member("b", en="Chips."),
        *(member(f"x{i}", en=f"Cow{i} milk.") for i in range(9)),
    ]
    found, leaning = {}, {}
    asked = Experienced().solved.topics[0]
    for encoder in (FakeEncoder(), Experienced()):
        build(records, encoder)
        searcher = open_index(tmp_path / "store", encoder=encoder)
        vectors = searcher._snapshot.vectors.rows(np.arange(11))
        expected = -CROWDING_WEIGHT * encoder.solved.crowding(np.ascontiguousarray(vectors[:, :-1]))
        assert vectors[:, -1] == pytest.approx(expected, abs=1e-5)
        (chips,) = searcher._snapshot.directory.passages(searcher._snapshot.directory.position("b"))
        leaning[type(encoder)] = float(vectors[chips, :-1] @ asked)
        found[type(encoder)] = {match.member.id: match.score for match in searcher.search("sensors", k=11)}
    assert leaning[Experienced] > leaning[FakeEncoder] + 0.1
    assert found[Experienced]["b"] > found[FakeEncoder]["b"] + 0.5
    assert found[Experienced]["a"] < found[FakeEncoder]["a"]


def test_identical_texts_are_embedded_once(build: Build) -> None:
    """Members sharing a passage share its vector, and none is lost."""
    encoder = FakeEncoder()
    report = build(
        [member(f"m{i}", en="The same words.") for i in range(5)] + [member("other", en="Other words.")], encoder
    )
    assert sorted(encoder.embedded) == ["Other words.", "The same words."]
    assert report.counts == Counts(rows=6, members=6, capabilities=6, passages=2, added=6, texts=2)


def test_an_edited_text_is_not_stale(build: Build, tmp_path: Path) -> None:
    """After an edit the new snapshot answers with the new text only."""
    build([member("a", en="Gas sensors."), *SMALL])
    build([member("a", en="Wooden toys."), *SMALL])
    best = open_index(tmp_path / "store", encoder=FakeEncoder()).search("wooden toys", k=1)[0]
    assert (best.member.id, best.evidence[0].text) == ("a", "Wooden toys.")


def test_the_paragraph_speaks_for_its_passages() -> None:
    """A passage's vector is its own mixed with its paragraph's; the same sentence in another paragraph is another passage."""
    sentence = "It works in gas meters and in parking lots and on bridges, wherever nobody wants to change a battery for ten years and more."
    texts = [f"{LONG}{sentence} {LONG}", f"{sentence} Cows. {LONG.replace('sensors', 'cows')}"]
    split = split_members([Member(f"m{i}", f"M{i}", {"en": text}) for i, text in enumerate(texts)])
    assert len(split.passages) == len(set(split.passages)) == 4
    embedded = embed(split.passages, FakeEncoder(), Silent())
    assert embedded.vectors.shape == (len(split.passages), DIMENSION + 1)
    encoder = FakeEncoder()
    for row, passage in enumerate(split.passages):
        own, paragraph = encoder.encode_passages([passage.text, passage.paragraph]) - embedded.means.passage["en"]
        expected = 0.6 * paragraph / np.linalg.norm(paragraph) + 0.4 * own / np.linalg.norm(own)
        assert embedded.vectors[row, :-1] == pytest.approx(expected, abs=5e-4)  # through 16 bits
    assert embedded.texts == len({p.text for p in split.passages} | {p.paragraph for p in split.passages})


def test_sectors_speak_for_the_passages_of_a_member() -> None:
    """Where a member names sectors, they are a third of what its passages stand in: less what all lists of sectors share."""
    text = "We mill parts."
    sectors = [("rail",), ("aeronautics", "rail"), ()]
    split = split_members([Member(f"m{i}", f"M{i}", {"en": text}, sectors=own) for i, own in enumerate(sectors)])
    assert [passage.sectors for passage in split.passages] == ["rail", "aeronautics, rail", ""]
    encoder = FakeEncoder()
    embedded = embed(split.passages, encoder, Silent())
    assert embedded.texts == 3
    fields = encoder.encode_passages(["rail", "aeronautics, rail"])
    prior = np.mean(list(encoder.means.passage.values()), axis=0)
    fields = unit_rows(fields - (fields.sum(axis=0) + PRIOR_WEIGHT * prior) / (2 + PRIOR_WEIGHT))
    said = unit_rows(encoder.encode_passages([text]) - embedded.means.passage["en"])[0]
    for row, about in enumerate(unit_rows(2 / 3 * said + 1 / 3 * fields)):
        assert embedded.vectors[row, :-1] == pytest.approx(0.4 * said + 0.6 * about, abs=5e-4)  # through 16 bits
    assert embedded.vectors[2, :-1] == pytest.approx(said, abs=5e-4)


def test_a_member_of_the_sector_asked_for_comes_first(build: Build, tmp_path: Path) -> None:
    """Of two who wrote the same, the one whose sectors the topic names; neither is lost."""
    build([member("a", en="We mill parts."), member("b", en="We mill parts.", sectors=["aeronautics"]), *SMALL])
    with_sector = open_index(tmp_path / "store", encoder=FakeEncoder()).search("mill parts for aeronautics", k=2)
    assert [match.member.id for match in with_sector] == ["b", "a"]
    assert {match.evidence[0].text for match in with_sector} == {"We mill parts."}


def test_undeclared_languages_are_detected() -> None:
    """Under "und", each paragraph's language is detected, and the member has those languages."""
    text = "Nous concevons des capteurs de gaz pour l'industrie.\n\nWe also sell wooden toys to schools.\n\nWir bauen Maschinen."
    split = split_members([Member("a", "A", {"und": text})])
    assert [(p.language, p.text[:4]) for p in split.passages] == [("de", "Wir "), ("en", "We a"), ("fr", "Nous")]
    assert split.members[0].languages == ("fr", "en", "de")
    assert [(c.description, text[c.start : c.start + 4]) for c in split.capabilities] == [
        ("und", "Nous"),
        ("und", "We a"),
        ("und", "Wir "),
    ]


def test_the_order_of_the_file_does_not_matter(build: Build, tmp_path: Path) -> None:
    """The same members in another order make the same index."""
    answers = []
    for records in (SMALL, SMALL[::-1]):
        build(records)
        shortlist = open_index(tmp_path / "store", encoder=FakeEncoder()).search("sensors", k=6)
        answers.append([(match.member.id, match.score) for match in shortlist])
    assert answers[0] == answers[1]


def test_nothing_is_published_where_writing_fails(build: Build, tmp_path: Path) -> None:
    """An error half-way leaves the old snapshot current and no temporary file."""
    old = build(SMALL).snapshot
    store = Store(tmp_path / "store")

    class Broken(Silent):
        def step(self, description: str, total: int | None = None) -> None:
            if description == "Verifying the snapshot":
                raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="No space left on device; nothing was published"):
        index_members([tmp_path / "members.jsonl"], store, lambda *_: FakeEncoder(), ANY, Broken())
    assert store.current() == old
    assert store.snapshots() == [old]
    assert not [path for path in store.path.rglob("*") if path.name.startswith((".staging", ".CURRENT"))]


def test_leftovers_of_a_killed_run_are_removed(build: Build, tmp_path: Path) -> None:
    """Staging folders and half-written pointers go when the next run holds the lock."""
    build(SMALL)
    store = tmp_path / "store"
    (store / "snapshots" / ".staging-x" / "deep").mkdir(parents=True)
    (store / ".CURRENT.abc").write_text("half", encoding="utf-8")
    build(SMALL)
    assert not [path for path in store.rglob("*") if path.name.startswith((".staging", ".CURRENT"))]


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    """While one process writes, another is refused at once and told why."""
    store = Store(tmp_path / "store")
    refused = []

    def second() -> None:
        try:
            with locked(store):
                refused.append("not refused")
        except StoreError as error:
            refused.append(str(error))

    with locked(store):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "another process is writing" in refused[0]


def test_a_store_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the store should be is refused in one line."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot write to the store"), locked(Store(tmp_path / "file")):
        pass


def test_rollback(build: Build, tmp_path: Path) -> None:
    """Back to the snapshot before, to one by name, and forward again; a damaged one is refused and CURRENT stays."""
    store = Store(tmp_path / "store")
    old, new = build(SMALL[:2]).snapshot, build(SMALL).snapshot
    assert store.current() == new
    assert rollback(store) == old == store.current()
    with pytest.raises(StoreError, match=r"no snapshot .* is older than the current one"):
        rollback(store)
    assert rollback(store, new) == new == store.current()
    with pytest.raises(StoreError, match="no snapshot 'x'"):
        rollback(store, "x")
    (store.snapshot_path(old) / "manifest.json").unlink()
    with pytest.raises(SnapshotRefused):
        rollback(store)
    assert store.current() == new
    with pytest.raises(StoreNotFound):
        rollback(Store(tmp_path / "nope"))
    assert not (tmp_path / "nope").exists()


def test_rollback_mends_a_broken_pointer(build: Build, tmp_path: Path) -> None:
    """Where CURRENT is missing, unreadable or names nothing, rolling back makes the newest snapshot current."""
    store = Store(tmp_path / "store")
    new = [build(SMALL[:2]).snapshot, build(SMALL).snapshot][-1]
    for broken in (b"ghost\n", b"\xff\xfe"):
        store.current_file.write_bytes(broken)
        with pytest.raises(StoreNotFound, match="rollback"):
            store.current()
        assert rollback(store) == new == store.current()


def test_another_account_may_read(build: Build, tmp_path: Path) -> None:
    """The pointer and the snapshot are readable by all: the service need not run as who indexes."""
    snapshot = build(SMALL).snapshot
    store = Store(tmp_path / "store")
    assert store.current_file.stat().st_mode & 0o777 == 0o644
    assert store.snapshot_path(snapshot).stat().st_mode & 0o555 == 0o555


def test_manifest_tells_where_it_came_from(build: Build, tmp_path: Path) -> None:
    """Sources with their digests, counts, encoder and language rows stand in the manifest."""
    report = build(SMALL)
    manifest = Manifest.read(Store(tmp_path / "store").snapshot_path(report.snapshot))
    assert [Path(source).name for source in manifest.sources] == ["members.jsonl"]
    assert manifest.encoder == FakeEncoder().info
    assert [(rows.language, rows.start, rows.stop) for rows in manifest.languages] == [("en", 0, 5), ("fr", 5, 7)]
    assert set(manifest.query_means) == {"en", "fr"}
    assert json.loads((tmp_path / "store" / "snapshots" / report.snapshot / "manifest.json").read_text())["format"] == 5


def test_an_encoder_is_installed_once(tmp_path: Path) -> None:
    """Its files are linked into the store; a second snapshot uses the same."""
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    (prepared / "model.bin").write_bytes(b"weights")
    write_description(prepared, FakeEncoder().info, FakeEncoder().means, FakeEncoder().needs)
    store = Store(tmp_path / "store")
    with locked(store):
        first, second = (install_encoder(store, prepared, "d" * 64) for _ in range(2))
    assert first == second == store.encoder_path("d" * 64)
    assert (first / "model.bin").samefile(prepared / "model.bin")
    (first / "model.bin").unlink()
    with locked(store):
        install_encoder(store, prepared, "d" * 64)
    assert (first / "model.bin").read_bytes() == b"weights"


def test_a_snapshot_is_never_overwritten(tmp_path: Path) -> None:
    """Publishing an id that exists is refused and the old content stays."""
    store = Store(tmp_path / "store")

    def write(text: str) -> Callable[[Path], None]:
        def run(folder: Path) -> None:
            (folder / "a").write_text(text, encoding="utf-8")

        return run

    with locked(store):
        publish(store, "s", write("1"))
    with pytest.raises(StoreError, match="nothing was published"), locked(store):
        publish(store, "s", write("2"))
    assert (store.snapshot_path("s") / "a").read_text(encoding="utf-8") == "1"
