"""API keys: random, shown once, kept as hashes in a file that only its owner can read."""

import hashlib
import json
import logging
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from search import PasserelleError
from search.files import replace_text

__all__ = ["KEYS_FILE", "Key", "KeyRing", "Scope", "add_key", "read_keys", "revoke_key"]

KEYS_FILE = "keys.json"
FORMAT = 1
PREFIX = "passerelle_"
"""Lets people, and scanners of repositories, recognise a key that leaked."""

_log = logging.getLogger(__name__)


class Scope(StrEnum):
    """What a key allows. None includes another."""

    SEARCH = "search"
    EXPORT = "export"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret: `digest` is the SHA-256 of it, in hexadecimal. `created` and `revoked` are times in UTC."""

    name: str
    scopes: frozenset[Scope]
    digest: str
    created: str
    revoked: str | None = None


class _KeyRecord(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    scopes: list[Scope]
    sha256: str
    created: str
    revoked: str | None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: int
    keys: list[_KeyRecord]


def read_keys(path: Path) -> tuple[Key, ...]:
    """All keys of a file, revoked ones too, oldest first; none where there is no file. Raises PasserelleError where it cannot be read."""
    try:
        found = _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise PasserelleError(
            f"cannot read the keys in {path} ({error.strerror}); it belongs to the account that ran `passerelle keys`"
        ) from error
    except ValidationError as error:
        raise PasserelleError(
            f"{path} is not a keys file; restore it, or remove it and add keys with `passerelle keys add`"
        ) from error
    if found.format != FORMAT:
        raise PasserelleError(
            f"{path} has keys of format {found.format}, expected {FORMAT}; use the version that wrote it"
        )
    return tuple(
        Key(record.name, frozenset(record.scopes), record.sha256, record.created, record.revoked)
        for record in found.keys
    )


def add_key(path: Path, name: str, scopes: Sequence[Scope]) -> str:
    """Add a key and return its secret, which is kept nowhere. Raises PasserelleError where the name is taken or cannot be used."""
    if not name.isprintable() or not 0 < len(name.strip()) <= 100:
        raise PasserelleError("the name of a key is empty, too long or not printable; use 1 to 100 letters")
    secret = PREFIX + secrets.token_urlsafe(32)
    with _locked(path):
        keys = read_keys(path)
        if any(key.name == name and key.revoked is None for key in keys):
            raise PasserelleError(f"there is a key named {name!r} already; choose another name, or revoke it first")
        _write(path, (*keys, Key(name, frozenset(scopes), _digest(secret), _now())))
    return secret


def revoke_key(path: Path, name: str) -> None:
    """Make a key useless, at once also for services that run. Raises PasserelleError where no valid key has the name."""
    with _locked(path):
        keys = read_keys(path)
        if not any(key.name == name and key.revoked is None for key in keys):
            raise PasserelleError(
                f"no valid key named {name!r} in {path}; `passerelle keys list` shows those there are"
            )
        _write(path, [replace(k, revoked=k.revoked or _now()) if k.name == name else k for k in keys])


class KeyRing:
    """The keys of a file as they are now: read again whenever the file changes. Raises PasserelleError where it cannot be read at first.

    Should the file vanish or break later, no key is valid until it is back: nothing ever opens by accident.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stamp: tuple[int, ...] | None = None
        self._valid: dict[str, Key] = {}
        self._required = False
        if path is not None and (stamp := _stamp(path)) is not None:
            self._valid = _by_digest(read_keys(path))
            self._stamp, self._required = stamp, True

    @property
    def required(self) -> bool:
        """Whether there is, or was, a keys file."""
        self._refresh()
        return self._required

    def find(self, secret: str) -> Key | None:
        """The valid key with this secret. What an attacker may time is the look-up of a hash, which says nothing of the secret."""
        self._refresh()
        return self._valid.get(_digest(secret))

    def holds(self, name: str, scope: Scope) -> bool:
        """Whether there is a valid key of this name with this scope."""
        self._refresh()
        return any(key.name == name and scope in key.scopes for key in self._valid.values())

    def _refresh(self) -> None:
        if self._path is None or (stamp := _stamp(self._path)) == self._stamp:
            return
        self._stamp, self._required = stamp, True
        try:
            self._valid = _by_digest(read_keys(self._path))
        except PasserelleError as error:
            self._valid = {}
            _log.warning("%s; no key is valid until then", error)


def _by_digest(keys: Sequence[Key]) -> dict[str, Key]:
    return {key.digest: key for key in keys if key.revoked is None}


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ino, found.st_size


def _digest(secret: str) -> str:
    # One round of SHA-256 is enough: unlike a password, 256 random bits cannot be guessed however fast one tries.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _locked(path: Path) -> AbstractContextManager[object]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(path.with_name(f".{path.name}.lock")).acquire(timeout=10)
    except OSError as error:  # a timeout is one
        raise PasserelleError(f"cannot write keys to {path} ({error.strerror or error}); check its folder") from error


def _write(path: Path, keys: Sequence[Key]) -> None:
    records = [
        {"name": k.name, "scopes": sorted(k.scopes), "sha256": k.digest, "created": k.created, "revoked": k.revoked}
        for k in keys
    ]
    try:
        replace_text(path, json.dumps({"format": FORMAT, "keys": records}, indent=2, ensure_ascii=False) + "\n", 0o600)
    except OSError as error:
        raise PasserelleError(f"cannot write keys to {path} ({error.strerror}); nothing was changed") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
