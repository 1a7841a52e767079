"""Run by Alembic: migrates the connection that `service.memory.schema` hands over."""

from alembic import context

from service.memory.models import Base
from service.memory.schema import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, version_table=VERSION_TABLE, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
