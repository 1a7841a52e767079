"""The database of the memory: a SQLite file, or PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Inspector, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from .errors import Conflict, MemoryRefused
from .schema import HEAD, VERSION_TABLE, known_revisions, revision_of, upgrade_schema

__all__ = ["Memory", "open_memory", "upgrade_memory"]

WAIT_SECONDS = 10
"""How long a writer waits for another, and a connection to be made."""


class Memory:
    """Sessions on a database whose schema is this version's. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._reading = sessionmaker(engine, expire_on_commit=False)
        self._writing = sessionmaker(engine.execution_options(passerelle_writes=True), expire_on_commit=False)
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read in. Raises MemoryRefused where the database fails."""
        with _told(self._engine.url), self._reading.begin() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are kept, all or none, on leaving without an error. On SQLite one at a time: others wait.

        Raises Conflict where somebody else changed the same entry meanwhile, MemoryRefused where the database fails.
        """
        with _told(self._engine.url), self._writing.begin() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_memory(database: str) -> Memory:
    """The memory in a database: a URL (sqlite:///..., postgresql://...) or the path of a SQLite file.

    A SQLite file is made, for its owner alone, and brought to this version's schema. Raises MemoryRefused where the database cannot be
    reached, is newer than this version, is something else, or is a PostgreSQL database that `upgrade_memory` has not prepared.
    """
    engine = _engine(database)
    try:
        with _told(engine.url):
            if engine.dialect.name == "sqlite":
                _upgrade(engine)
            else:
                _check_prepared(engine)
    except MemoryRefused:
        engine.dispose()
        raise
    return Memory(engine)


def upgrade_memory(database: str) -> tuple[str | None, str]:
    """Bring a database to this version's schema: the revision found, None for an empty one, and the one it has now. Raises MemoryRefused."""
    engine = _engine(database)
    try:
        with _told(engine.url):
            return _upgrade(engine), HEAD
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> str | None:
    with engine.execution_options(passerelle_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('passerelle memory'))")
        found = _checked_revision(connection)
        if found != HEAD:
            upgrade_schema(connection)
    return found


def _check_prepared(engine: Engine) -> None:
    with engine.connect() as connection:
        found = _checked_revision(connection)
    if found != HEAD:
        raise MemoryRefused(
            f"{_named(engine.url)} has {f'schema {found}' if found else 'no tables'} and this version needs schema {HEAD}; "
            "run `passerelle memory upgrade` with the same --database"
        )


def _checked_revision(connection: Connection) -> str | None:
    """The revision of a database that is the memory's or empty. Raises MemoryRefused for any other."""
    found = revision_of(connection)
    named = _named(connection.engine.url)
    if found is None:
        inspector: Inspector = inspect(connection)
        tables = sorted(set(inspector.get_table_names()) - {VERSION_TABLE})
        if tables:
            raise MemoryRefused(
                f"{named} has the table {tables[0]!r} and is no memory of Passerelle; give an empty database or a new file"
            )
    elif found not in known_revisions():
        raise MemoryRefused(
            f"{named} has schema {found[:40]!r}, which is newer than this version knows ({HEAD}); use the version that wrote it, or restore a backup"
        )
    return found


def _engine(database: str) -> Engine:
    url = _url(database)
    if url.drivername == "sqlite":
        _make_file(url)
        engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(
            url, pool_pre_ping=True, pool_timeout=WAIT_SECONDS, connect_args={"connect_timeout": WAIT_SECONDS}
        )
    except ModuleNotFoundError as error:
        raise MemoryRefused("PostgreSQL needs its driver; install passerelle[postgresql]") from error


def _url(database: str) -> URL:
    if "://" not in database:
        return URL.create("sqlite", database=database)
    try:
        url = make_url(database)
    except (ArgumentError, ValueError) as error:
        raise MemoryRefused(
            "the database is no URL; write a file, sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite":
        raise MemoryRefused(f"the database is of kind {url.drivername[:40]!r}; expected sqlite or postgresql")
    return url


def _make_file(url: URL) -> None:
    if url.query or not url.database or url.database == ":memory:":
        raise MemoryRefused("a SQLite memory is a file; write its path, or sqlite:///FILE")
    try:
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MemoryRefused(
            f"cannot write the memory {url.database} ({reason}); its folder must exist and this account must be allowed to write there"
        ) from error


def _prepare_sqlite(connection: object, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # transactions begin below, not when the driver thinks so
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("passerelle_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told(url: URL) -> Iterator[None]:
    """Turn what the database says into one line, without what was to be written."""
    try:
        yield
    except (StaleDataError, IntegrityError) as error:
        raise Conflict("this was changed by somebody else meanwhile; read it again, then change it") from error
    except NoSuchModuleError as error:
        raise MemoryRefused(f"{_named(url)} cannot be opened ({error}); expected sqlite or postgresql") from error
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or type(error).__name__).split("\n")[0][:200]
        raise MemoryRefused(
            f"the database {_named(url)} cannot be used ({said}); see that it runs and can be written"
        ) from error


def _named(url: URL) -> str:
    return url.database or "" if url.drivername == "sqlite" else url.render_as_string(hide_password=True)
