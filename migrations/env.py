"""Alembic's environment: runs the numbered migrations on the connection that installation.upgrade_database hands in."""

from alembic import context

from portal.kernel.database import WRITING, make_engine
from portal.schema import metadata
from portal.settings import read_settings


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    engine = make_engine(read_settings().database_url).execution_options(**{WRITING: True})
    with engine.begin() as own:
        _migrate(own)


def _migrate(connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=False, compare_type=True
    )
    context.run_migrations()


run()
