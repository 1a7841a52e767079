"""The database of the memory: its schema, its steps, and what goes when a user goes."""

import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url

from search.evaluation import read_topics
from service.memory import Memory, open_memory, upgrade_memory
from service.memory.errors import Conflict, InvalidEntry, MemoryRefused, NotKept
from service.memory.introductions import FOLLOWING, add_introduction, get_introduction, take_step
from service.memory.judgments import judge, list_judgments, qrels, verdicts_on
from service.memory.models import Base, State, Verdict
from service.memory.schema import HEAD, VERSION_TABLE
from service.memory.shortlists import Entry, add_shortlist, change_shortlist, get_shortlist, list_shortlists
from service.memory.topics import Answer, Watch, save_topic
from service.memory.users import export_user, forget_user, list_users
from tests.databases import driver_url

PRIVATE = "Ask-Jeanne-about-the-budget"
JEANNE, PAUL = "key:jeanne", "key:paul"


def entry(member_id: str, note: str = "") -> Entry:
    return Entry(member_id, member_id.title(), note)


def keep_everything(memory: Memory, user: str) -> UUID:
    """One of each kind, with the secret in each; the id of the shortlist."""
    with memory.writing() as session:
        kept = add_shortlist(session, user, f"T {PRIVATE}", "sensors", [entry("alpha", PRIVATE), entry("beta")])
        add_introduction(session, user, "alpha", "Alpha", PRIVATE, PRIVATE, date(2026, 1, 2))
        judge(session, user, f"topic {PRIVATE}", "en", "beta", "Beta", Verdict.GOOD, "s1")
        save_topic(session, user, Watch(PRIVATE, {"country": ["FR"]}, 0.4), Answer("s1", "en", ()))
        return kept.id


def test_models_and_migrations_agree(database: str) -> None:
    """What the migrations make is what the models say, and nothing else."""
    assert upgrade_memory(database) == (None, HEAD)
    assert upgrade_memory(database) == (HEAD, HEAD)
    engine = create_engine(driver_url(database))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "target_metadata": Base.metadata}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_a_newer_schema_is_refused(database: str) -> None:
    """One line that names the schema found, by opening and by upgrading."""
    upgrade_memory(database)
    engine = create_engine(driver_url(database))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0999'")  # noqa: S608
    engine.dispose()
    for opened in (open_memory, upgrade_memory):
        with pytest.raises(MemoryRefused, match=f"has schema '0999', which is newer than this version knows .{HEAD}"):
            opened(database)


def test_something_else_is_refused(database: str) -> None:
    """A database with tables that are not the memory's is left as it is."""
    if database.startswith("sqlite"):
        Path(make_url(database).database or "").touch()
    engine = create_engine(driver_url(database))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER)")
    for opened in (open_memory, upgrade_memory):
        with pytest.raises(MemoryRefused, match="has the table 'invoices' and is no memory of Passerelle"):
            opened(database)
    engine.dispose()


def test_an_empty_postgresql_waits_for_upgrade(postgresql: str) -> None:
    """The service makes no tables in a database that others look after; it says how."""
    with pytest.raises(MemoryRefused, match=r"has no tables .* run `passerelle memory upgrade`"):
        open_memory(postgresql)


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("mysql://root@db/x", "of kind 'mysql'; expected sqlite or postgresql"),
        ("://", "the database is no URL"),
        ("sqlite://", "a SQLite memory is a file"),
        ("sqlite:///:memory:", "a SQLite memory is a file"),
        ("/nowhere/at/all/memory.sqlite", "cannot write the memory /nowhere/at/all/memory.sqlite"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "cannot be used"),
        ("a\0b", "cannot write the memory"),
    ],
)
def test_a_database_that_cannot_be_used(database: str, said: str) -> None:
    """One line, without the password."""
    with pytest.raises(MemoryRefused, match=said) as refused:
        open_memory(database)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """Said in one line, and left as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes, not a database " * 100, encoding="utf-8")
    with pytest.raises(MemoryRefused, match="file is not a database"):
        open_memory(str(path))
    assert path.read_text(encoding="utf-8").startswith("my notes")


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Notes are nobody else's to read."""
    open_memory(str(tmp_path / "memory.sqlite")).close()
    assert stat.S_IMODE((tmp_path / "memory.sqlite").stat().st_mode) == 0o600


def test_shortlists_are_kept(memory: Memory) -> None:
    """Order, notes and version; a change made from an old version is refused, and nothing of it stays."""
    kept = keep_everything(memory, JEANNE)
    with memory.writing() as session:
        changed = change_shortlist(
            session, JEANNE, kept, 1, "Two", "", [entry("beta", "b"), entry("alpha"), entry("zeta")]
        )
        assert changed.version == 2
    with pytest.raises(Conflict, match="at version 2, this change was made from 1"), memory.writing() as session:
        change_shortlist(session, JEANNE, kept, 1, "Lost", "", [])
    with memory.reading() as session:
        found = get_shortlist(session, JEANNE, kept)
        assert (found.title, found.version) == ("Two", 2)
        assert [(member.member_id, member.note) for member in found.members] == [
            ("beta", "b"),
            ("alpha", ""),
            ("zeta", ""),
        ]
        assert [(shortlist.id, size) for shortlist, size in list_shortlists(session, JEANNE)] == [(kept, 3)]
        assert found.updated > found.created
        assert found.created.tzinfo is UTC


def test_nobody_elses(memory: Memory) -> None:
    """Another user finds nothing, whatever the id."""
    kept = keep_everything(memory, JEANNE)
    with memory.reading() as session:
        assert list_shortlists(session, PAUL) == []
        assert list_judgments(session, PAUL, 10, 0) == []
        assert "".join(qrels(session, PAUL)) == ""
        assert verdicts_on(session, PAUL, f"topic {PRIVATE}", ["beta"]) == {}
        assert export_user(session, PAUL)["shortlists"] == []
        for shortlist_id in (kept, uuid4()):
            with pytest.raises(NotKept):
                get_shortlist(session, PAUL, shortlist_id)


@pytest.fixture(scope="module")
def introductions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    """A memory that all examples share."""
    memory = open_memory(str(tmp_path_factory.mktemp("steps") / "memory.sqlite"))
    yield memory
    memory.close()


@given(steps=st.lists(st.tuples(st.sampled_from(State), st.integers(-2, 2)), max_size=6))
@settings(max_examples=60)
def test_introductions_take_allowed_steps_alone(introductions: Memory, steps: list[tuple[State, int]]) -> None:
    """Whatever is tried: every step follows the one before, days never go back nor far ahead, and what is refused changes nothing."""
    today = datetime.now(UTC).date()
    memory = introductions
    with memory.writing() as session:
        made = add_introduction(session, JEANNE, "alpha", "Alpha", "", "", today - timedelta(days=2))
    states, days = [State.PROPOSED], [today - timedelta(days=2)]
    for state, ahead in steps:
        day = today + timedelta(days=ahead)
        try:
            with memory.writing() as session:
                take_step(session, JEANNE, made.id, len(states), state, day)
        except Conflict:
            assert state not in FOLLOWING[states[-1]]
        except InvalidEntry:
            assert state in FOLLOWING[states[-1]]
            assert ahead == 2 or day < days[-1]
        else:
            assert state in FOLLOWING[states[-1]]
            assert days[-1] <= day <= today + timedelta(days=1)
            states.append(state)
            days.append(day)
        with memory.reading() as session:
            found = get_introduction(session, JEANNE, made.id)
            assert [(step.state, step.day) for step in found.steps] == list(zip(states, days, strict=True))
            assert (found.state, found.version) == (states[-1], len(states))


def test_the_steps_there_are() -> None:
    """proposed -> accepted or declined; accepted -> met -> project submitted; two ends."""
    assert FOLLOWING == {
        State.PROPOSED: (State.ACCEPTED, State.DECLINED),
        State.ACCEPTED: (State.MET,),
        State.MET: (State.SUBMITTED,),
        State.DECLINED: (),
        State.SUBMITTED: (),
    }


def test_the_last_verdict_counts(memory: Memory) -> None:
    """Judged again, there is one judgment; another wording of the topic is another topic."""
    with memory.writing() as session:
        for verdict in (Verdict.GOOD, Verdict.NOT_FOR_US):
            judge(session, JEANNE, "sensors", "en", "alpha", "Alpha", verdict, "s1")
        judge(session, JEANNE, "capteurs", "fr", "alpha", "Alpha", Verdict.GOOD, "s1")
    with memory.reading() as session:
        assert verdicts_on(session, JEANNE, "sensors", ["alpha", "beta"]) == {"alpha": Verdict.NOT_FOR_US}
        assert len(list_judgments(session, JEANNE, 10, 0)) == 2


def test_judgments_become_qrels(memory: Memory, tmp_path: Path) -> None:
    """`evaluate` reads them: grades by member, users together, a good match before "not for us"; no topic without a good match."""
    said = [
        (JEANNE, "sensors", "en", "alpha", Verdict.GOOD),
        (JEANNE, "sensors", "en", "beta", Verdict.NOT_FOR_US),
        (PAUL, "sensors", "en", "beta", Verdict.GOOD),
        (PAUL, "sensors", "en", "gamma", Verdict.NOT_FOR_US),
        (PAUL, "cows", "en", "alpha", Verdict.NOT_FOR_US),
    ]
    with memory.writing() as session:
        for user, topic, language, member_id, verdict in said:
            judge(session, user, topic, language, member_id, member_id.title(), verdict, "s1")
    with memory.reading() as session:
        everybody, jeannes = "".join(qrels(session, None)), "".join(qrels(session, JEANNE))
    (tmp_path / "qrels.jsonl").write_text(everybody, encoding="utf-8")
    (judged,) = read_topics(tmp_path / "qrels.jsonl")
    assert (judged.language, judged.text, judged.relevant) == ("en", "sensors", {"alpha": 2, "beta": 2})
    assert json.loads(everybody)["relevant"] == {"alpha": 2, "beta": 2, "gamma": 0}
    assert json.loads(jeannes)["relevant"] == {"alpha": 2, "beta": 0}


def test_two_writers_of_one_shortlist(memory: Memory) -> None:
    """Of two changes made from one version at one time, one is kept and the other told, never half of each."""
    kept = keep_everything(memory, JEANNE)
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def change(title: str) -> None:
        start.wait()
        try:
            with memory.writing() as session:
                change_shortlist(session, JEANNE, kept, 1, title, "", [entry(f"{title}-{i}") for i in range(20)])
            outcomes.append(title)
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=change, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = set(outcomes) - {"conflict"}
    assert outcomes.count("conflict") == 3
    with memory.reading() as session:
        found = get_shortlist(session, JEANNE, kept)
        assert (found.title, found.version) == (winner, 2)
        assert {member.member_id[0] for member in found.members} == {winner}


def test_a_new_users_first_requests_at_once(memory: Memory) -> None:
    """Eight writers make one user and keep all eight judgments."""
    start = threading.Barrier(8)
    failures: list[Exception] = []

    def write(number: int) -> None:
        start.wait()
        try:
            with memory.writing() as session:
                judge(session, PAUL, "sensors", "en", f"m{number}", "M", Verdict.GOOD, "s1")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with memory.reading() as session:
        assert [(holding.user, holding.counts["judgments"]) for holding in list_users(session)] == [(PAUL, 8)]


def test_forgetting_a_user(memory: Memory, database: str) -> None:
    """All of it goes, from every table, and nothing of anybody else's."""
    keep_everything(memory, JEANNE)
    kept = keep_everything(memory, PAUL)
    with memory.writing() as session:
        done = forget_user(session, JEANNE)
    assert done.counts == {"shortlists": 1, "introductions": 1, "judgments": 1, "topics": 1}
    with memory.reading() as session:
        assert [holding.user for holding in list_users(session)] == [PAUL]
        assert get_shortlist(session, PAUL, kept).title == f"T {PRIVATE}"
    with memory.writing() as session:
        forget_user(session, PAUL)
        assert forget_user(session, "key:nobody").counts["topics"] == 0
    engine = create_engine(driver_url(database))
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            assert connection.execute(table.select()).all() == [], table.name
    engine.dispose()


def test_what_is_deleted_is_not_in_the_file(tmp_path: Path) -> None:
    """SQLite overwrites what it deletes: no note, title, name or token is found in the file, nor beside it."""
    path = tmp_path / "memory.sqlite"
    memory = open_memory(str(path))
    keep_everything(memory, JEANNE)
    with memory.reading() as session:
        (topic,) = export_user(session, JEANNE)["topics"]
    with sqlite3.connect(path) as direct:
        (token,) = direct.execute("SELECT feed_token FROM topics").fetchone()
    direct.close()
    before = path.read_bytes()
    assert all(text.encode() in before for text in (PRIVATE, JEANNE, token))
    assert topic["topic"] == PRIVATE
    assert token not in json.dumps(topic)
    with memory.writing() as session:
        forget_user(session, JEANNE)
    memory.close()
    assert [file.name for file in tmp_path.iterdir()] == ["memory.sqlite"]
    after = path.read_bytes()
    assert not any(text.encode() in after for text in (PRIVATE, JEANNE, token))


def test_exporting_a_user(memory: Memory) -> None:
    """Everything, by kind, as JSON."""
    keep_everything(memory, JEANNE)
    with memory.reading() as session:
        exported = json.loads(json.dumps(export_user(session, JEANNE)))
    (shortlist,), (introduction,) = exported["shortlists"], exported["introductions"]
    assert [(kept["member_id"], kept["note"]) for kept in shortlist["members"]] == [("alpha", PRIVATE), ("beta", "")]
    assert introduction["steps"] == [{"state": "proposed", "day": "2026-01-02"}]
    assert exported["judgments"][0]["verdict"] == "good_match"
    assert exported["topics"][0]["filters"] == {"country": ["FR"]}
    assert exported["topics"][0]["findings"] == []


def test_limits(memory: Memory) -> None:
    """A user's hundred-and-first shortlist is refused, in one line that says what to do."""
    with memory.writing() as session:
        for number in range(100):
            add_shortlist(session, JEANNE, str(number), "", [])
    with (
        pytest.raises(Conflict, match="100 shortlists are kept already, at most 100 are; delete some"),
        memory.writing() as session,
    ):
        add_shortlist(session, JEANNE, "one more", "", [])
    with memory.writing() as session:
        add_shortlist(session, PAUL, "another's", "", [])
