"""API keys: the commands, the file, and keys that change while a service runs."""

import json
import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from search import PasserelleError
from service.keys import app
from service.security.keyfile import KeyRing, Scope, add_key, read_keys, revoke_key


def keys(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "120", "TERM": "dumb"})


def test_a_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    """`add` prints the key alone; the file has 256 bits' worth of hash, is for its owner only, and `list` shows no secret."""
    done = keys("add", "minalogic", "--scope", "search", "--scope", "export", "--store", tmp_path)
    assert done.exit_code == 0, done.output
    secret = done.stdout.strip()
    assert len(secret) == len("passerelle_") + 43
    file = tmp_path / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in file.read_text(encoding="utf-8")
    assert KeyRing(file).find(secret) == read_keys(file)[0]
    assert read_keys(file)[0].scopes == {Scope.SEARCH, Scope.EXPORT}
    listed = keys("list", "--store", tmp_path)
    assert "minalogic: export, search, made 20" in listed.stdout
    assert listed.stdout.endswith("1 valid\n")
    assert read_keys(file)[0].digest not in listed.stdout
    assert [entry["name"] for entry in json.loads(keys("list", "--store", tmp_path, "--json").stdout)] == ["minalogic"]


def test_a_key_searches_unless_told_otherwise(tmp_path: Path) -> None:
    """Without --scope, a key is for searching only; --keys names another file."""
    keys("add", "a", "--keys", tmp_path / "other.json")
    assert read_keys(tmp_path / "other.json")[0].scopes == {Scope.SEARCH}


def test_revoked_keys_stay_listed(tmp_path: Path) -> None:
    """With the time; the name may be used again, and the old secret stays useless."""
    file = tmp_path / "keys.json"
    old = add_key(file, "a", [Scope.SEARCH])
    assert keys("revoke", "a", "--store", tmp_path).stdout == "Revoked a.\n"
    assert ", revoked 20" in keys("list", "--store", tmp_path).stdout
    new = add_key(file, "a", [Scope.SEARCH])
    ring = KeyRing(file)
    assert ring.find(old) is None
    assert ring.find(new) is not None
    assert keys("list", "--store", tmp_path).stdout.endswith("1 valid\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "taken"], "there is a key named 'taken' already; choose another name, or revoke it first"),
        (["add", " "], "the name of a key is empty"),
        (["add", "a\nb"], "not printable"),
        (["add", "x" * 101], "1 to 100 letters"),
        (["revoke", "nobody"], "no valid key named 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: list[str], said: str) -> None:
    """One line, and the file stays as it was."""
    add_key(tmp_path / "keys.json", "taken", [Scope.SEARCH])
    before = (tmp_path / "keys.json").read_bytes()
    done = keys(*arguments, "--store", tmp_path)
    assert isinstance(done.exception, PasserelleError)
    assert said in str(done.exception)
    assert (tmp_path / "keys.json").read_bytes() == before


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": 2, "keys": []}', '{"format": 1, "keys": [{"name": "a"}]}', "\xff"]
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    """Neither read as "no keys", which would open the service, nor overwritten."""
    file = tmp_path / "keys.json"
    file.write_text(content, encoding="latin-1")
    with pytest.raises(PasserelleError, match=r"is not a keys file|format 2, expected 1"):
        KeyRing(file)
    with pytest.raises(PasserelleError):
        add_key(file, "a", [Scope.SEARCH])
    assert file.read_text(encoding="latin-1") == content


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is a file: one line, no traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(PasserelleError, match="cannot write keys to"):
        add_key(tmp_path / "file" / "keys.json", "a", [Scope.SEARCH])


def test_added_at_the_same_time(tmp_path: Path) -> None:
    """Eight writers at once lose no key."""
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda n: add_key(tmp_path / "keys.json", str(n), [Scope.SEARCH]), range(8)))
    ring = KeyRing(tmp_path / "keys.json")
    assert [key.name for secret in secrets if (key := ring.find(secret))] == [str(n) for n in range(8)]


def test_keys_change_while_a_service_runs(tmp_path: Path) -> None:
    """The first key closes an open service, a revocation holds at the next request."""
    file = tmp_path / "keys.json"
    ring = KeyRing(file)
    assert not ring.required
    secret = add_key(file, "a", [Scope.SEARCH])
    assert ring.required
    assert ring.find(secret) is not None
    revoke_key(file, "a")
    assert ring.find(secret) is None
    assert ring.required


def test_nothing_opens_by_accident(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A keys file that is removed or broken under a running service leaves no key valid; one put back is read again."""
    file = tmp_path / "keys.json"
    secret = add_key(file, "a", [Scope.SEARCH])
    ring = KeyRing(file)
    kept = file.read_bytes()
    file.unlink()
    assert ring.required
    assert ring.find(secret) is None
    with caplog.at_level(logging.WARNING):
        file.write_text("{", encoding="utf-8")
        assert ring.find(secret) is None
        assert ring.find(secret) is None
    assert [record.message for record in caplog.records] == [
        f"{file} is not a keys file; restore it, or remove it and add keys with `passerelle keys add`; no key is valid until then"
    ]
    file.write_bytes(kept)
    assert ring.find(secret) is not None


def test_without_a_file_nothing_is_asked() -> None:
    """No file to look at: no key is needed and none is known."""
    ring = KeyRing(None)
    assert not ring.required
    assert ring.find("x") is None


@pytest.mark.parametrize("command", ["add", "list", "revoke"])
def test_every_command_has_help(command: str) -> None:
    """--help says what a command does, and gives an example."""
    done = keys(command, "--help")
    assert done.exit_code == 0
    assert f"Example: passerelle keys {command}" in done.stdout
