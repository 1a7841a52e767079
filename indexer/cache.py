"""Vectors of texts embedded before, kept in the store and shared by all its snapshots.

It saves time and decides nothing: deleted, damaged or full, it costs the time to embed again and never a run.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from search.encoder import EncoderInfo

__all__ = ["KEEP_DAYS", "EmbeddingCache"]

KEEP_DAYS = 30
"""A text that no run needed for so long is forgotten."""
FORMAT = 1
CHUNK = 50_000
UNIT_TOLERANCE = 0.01
SIDE_FILES = ("-journal", "-wal", "-shm")
DAMAGED = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_NOTADB)
"""Primary error codes that say the file is not, or no longer, a cache; others (a full disk) say nothing about the file."""
# Keys stand apart from vectors, so that stamping those in use rewrites 30 bytes a text and not 800.
SCHEMA = f"""
PRAGMA auto_vacuum = INCREMENTAL;
BEGIN;
CREATE TABLE texts (key BLOB PRIMARY KEY, place INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE vectors (place INTEGER PRIMARY KEY, vector BLOB NOT NULL);
PRAGMA user_version = {FORMAT};
COMMIT;
"""

Halves = NDArray[np.float16]


class EmbeddingCache:
    """The vectors of one encoder, in STORE/embeddings.sqlite. To be used under the store's lock; a context manager.

    A text's key is the SHA-256 over the encoder's digest and the text, its first 16 bytes. Vectors are float16 unit rows.
    """

    def __init__(
        self, path: Path, encoder: EncoderInfo, notice: Callable[[str], None], today: int | None = None
    ) -> None:
        """`notice` is told in one line where the cache cannot be used; `today` is a day's ordinal (for `used`), now by default."""
        self._path = path
        self._dimension = encoder.dimension
        self._prefix = hashlib.sha256(encoder.digest.encode() + b"\0")
        self._notice = notice
        self._today = datetime.now(UTC).toordinal() if today is None else today
        self._database: sqlite3.Connection | None = None
        self._is_off = False
        self._attempt(lambda _: None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def look_up(self, texts: Sequence[str]) -> tuple[Halves, NDArray[np.bool_]]:
        """Vectors of `texts` (distinct), shape (n, dim), float16, and which were found, shape (n,); rows not found are zero."""
        vectors = np.zeros((len(texts), self._dimension), np.float16)
        found = np.zeros(len(texts), np.bool_)

        def fetch(database: sqlite3.Connection) -> None:
            for start in range(0, len(texts), CHUNK):
                part = slice(start, start + CHUNK)
                self._fetch(database, self._keys(texts[part]), vectors[part], found[part])

        self._attempt(fetch)
        return vectors, found

    def put(self, texts: Sequence[str], vectors: Halves) -> None:
        """Keep the vectors of `texts`, shape (len(texts), dim), float16; on the disk when this returns."""
        width = self._bytes
        raw = vectors.tobytes()
        rows = [raw[start : start + width] for start in range(0, len(raw), width)]
        self._attempt(lambda database: self._insert(database, self._keys(texts), rows))

    def prune(self) -> None:
        """Forget texts that no run needed for `KEEP_DAYS` days, and give their room back."""
        self._attempt(self._forget)

    @property
    def _bytes(self) -> int:
        return 2 * self._dimension

    def _keys(self, texts: Sequence[str]) -> list[bytes]:
        keys = []
        for text in texts:
            digest = self._prefix.copy()
            digest.update(text.encode())
            keys.append(digest.digest()[:16])
        return keys

    def _fetch(self, db: sqlite3.Connection, keys: Sequence[bytes], vectors: Halves, found: NDArray[np.bool_]) -> None:
        with db:
            db.execute("DELETE FROM wanted")
            db.executemany("INSERT INTO wanted VALUES (?, ?)", enumerate(keys))
            rows = db.execute(
                "SELECT position, vector FROM wanted JOIN texts USING (key) JOIN vectors USING (place)"
                " WHERE typeof(vector) = 'blob' AND length(vector) = ?",
                [self._bytes],
            ).fetchall()
            db.execute(
                "UPDATE texts SET used = ? WHERE used <> ? AND key IN (SELECT key FROM wanted)", [self._today] * 2
            )
        if not rows:
            return
        positions = np.array([position for position, _ in rows])
        read = np.frombuffer(b"".join(vector for _, vector in rows), np.float16).reshape(-1, self._dimension)
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.abs(np.linalg.norm(read.astype(np.float32), axis=1) - 1) < UNIT_TOLERANCE  # false for NaN
        vectors[positions[whole]] = read[whole]
        found[positions[whole]] = True

    def _insert(self, db: sqlite3.Connection, keys: Sequence[bytes], rows: Sequence[bytes]) -> None:
        with db:
            (last,) = db.execute("SELECT coalesce(max(place), 0) FROM vectors").fetchone()
            places = range(last + 1, last + 1 + len(keys))
            db.executemany("INSERT INTO vectors VALUES (?, ?)", zip(places, rows, strict=True))
            db.executemany(
                "INSERT OR REPLACE INTO texts VALUES (?, ?, ?)",
                zip(keys, places, repeat(self._today, len(keys)), strict=True),
            )

    def _forget(self, db: sqlite3.Connection) -> None:
        with db:
            forgotten = db.execute("DELETE FROM texts WHERE used < ?", [self._today - KEEP_DAYS]).rowcount
            if forgotten:
                db.execute("DELETE FROM vectors WHERE place NOT IN (SELECT place FROM texts)")
        db.execute("PRAGMA incremental_vacuum").fetchall()

    def _attempt(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do `work` with the database; one that is damaged is replaced, any other trouble ends its use for this run."""
        if self._is_off:
            return
        try:
            self._database = self._database or self._opened()
            work(self._database)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in DAMAGED:
                self._replace(error)
            else:
                self._give_up(error)

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path)
        try:
            (version,) = database.execute(
                "PRAGMA user_version"
            ).fetchone()  # also undoes what a killed run left half-done
            (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                database.executescript(SCHEMA)
            elif version != FORMAT:
                raise sqlite3.DatabaseError(f"it has format {version}, this version reads {FORMAT}")
            database.executescript(
                "PRAGMA journal_mode = DELETE; PRAGMA temp_store = MEMORY;"
                "CREATE TEMP TABLE wanted (position INTEGER PRIMARY KEY, key BLOB NOT NULL)"
            )
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _replace(self, error: sqlite3.Error) -> None:
        """Start again with an empty file."""
        try:
            self._close()
            self._path.unlink(missing_ok=True)
            self._remove_side_files()
            self._database = self._opened()
        except (OSError, sqlite3.Error) as failure:
            self._give_up(failure)
        else:
            self._notice(f"the cache {self._path} was replaced by an empty one, texts are embedded again: {error}")

    def _give_up(self, error: Exception) -> None:
        self._is_off = True
        self._close()
        self._notice(
            f"the cache {self._path} cannot be used and is left as it is; texts are embedded without it: {error}"
        )

    def _close(self) -> None:
        if self._database is None:
            return
        database, self._database = self._database, None
        try:
            database.close()
        except sqlite3.Error:
            return
        if not self._is_off:  # else a journal may still be needed to undo what was half-done
            self._remove_side_files()

    def _remove_side_files(self) -> None:
        for suffix in SIDE_FILES:
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
