"""Which schema a database has, and how it comes to this version's: revisions below migrations/, run by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

__all__ = ["HEAD", "VERSION_TABLE", "known_revisions", "revision_of", "upgrade_schema"]

HEAD = "0001"
"""The revision that the models describe."""
VERSION_TABLE = "passerelle_memory"


def revision_of(connection: Connection) -> str | None:
    """The revision that a database says it has; None where it says nothing."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def known_revisions() -> frozenset[str]:
    """All revisions up to this version's."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def upgrade_schema(connection: Connection) -> None:
    """Run the missing migrations within the transaction that the connection is in."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
