"""A PostgreSQL server of our own for the tests: in a temporary folder, on a unix socket, as an account without rights."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url

__all__ = ["driver_url", "fresh_database", "postgresql_server"]

SETTINGS = (
    "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=16MB"
)


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """The URL of the server's first database. Where the machine has no server the test is skipped, but not in CI."""
    programs = _programs()
    if programs is None:
        message = "no PostgreSQL on this machine; the memory is not tested with it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="passerelle-pg-"))
    user = _account()
    if user is not None:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [programs / program, *arguments], check=False, capture_output=True, text=True, user=user, cwd=folder
        )
        assert done.returncode == 0, done.stdout + done.stderr

    data = str(folder / "data")
    try:
        run("initdb", "--pgdata", data, "--username", "tester", "--auth", "trust", "--no-sync", "--encoding", "UTF8")
        log = str(folder / "log")
        run("pg_ctl", "start", "--wait", "-D", data, "-l", log, "-o", f"{SETTINGS} -k {folder}")
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "--wait", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(folder)


def fresh_database(server: str) -> str:
    """The URL of another, empty database on a server."""
    url = driver_url(server)
    name = f"test_{uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} STRATEGY file_copy")
    engine.dispose()
    return url.set(drivername="postgresql", database=name).render_as_string()


def driver_url(database: str) -> URL:
    """A database as SQLAlchemy is told of it, for looking into it directly."""
    url = make_url(database)
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _programs() -> Path | None:
    """Where initdb and pg_ctl are: on the path, or where Debian puts them, the newest first."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: int(path.parent.name), default=None)


def _account() -> str | None:
    """Root may not run a server: the account to run it as, None for our own."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
