"""The transaction's context: which event is being recorded, so that rows, triggers and the event agree.

PostgreSQL keeps it in transaction settings, SQLite in the one row of `trail_context`, which the guard empties again
before the commit: a later change from elsewhere then carries no event.

SQLite pays for a trigger at every row even when it does nothing (a third of the time of an insert). A declared batch
therefore takes the triggers of its tables away and the guard puts them back before the commit: both inside the one
writing transaction, so nobody else ever works without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.orm import Session

from portal.kernel.prepared import Prepared

RECORDED = "trail_recorded"
BATCHES = "trail_batches"
SILENCED = "trail_silenced"

_SQLITE_SET = Prepared(text("UPDATE trail_context SET event_id = :event WHERE id = 1"))
_PG_SET = Prepared(
    text("SELECT set_config('yangguang.event_id', :event, true), set_config('yangguang.batch_tables', :tables, true)")
)
_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name IN :names").bindparams(
    bindparam("names", expanding=True)
)


def set_context(connection: Connection, event_id: str | None, tables: str = "") -> None:
    """Say which event the changes from here on belong to (None: to none)."""
    if connection.dialect.name == "sqlite":
        _SQLITE_SET.run(connection, {"event": event_id})
    else:
        _PG_SET.run(connection, {"event": event_id or "", "tables": tables})


def declare_batch(session: Session, counts: Mapping[tuple[str, str], int]) -> None:
    """From here on the triggers do not write a line per row for these tables."""
    declared: dict[tuple[str, str], int] = session.info.setdefault(BATCHES, {})
    for key, count in counts.items():
        declared[key] = declared.get(key, 0) + count
    tables = sorted({table for table, _ in declared})
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        session.info.setdefault(SILENCED, {}).update(_silence(connection, tables))
    else:
        set_context(connection, session.info["event_id"], f",{','.join(tables)}," if tables else "")


def _silence(connection: Connection, tables: Iterable[str]) -> dict[str, str]:
    names = [f"trail_{table}_{op}" for table in tables for op in ("insert", "update", "delete")]
    found = {name: sql for name, sql in connection.execute(_TRIGGERS, {"names": names})}
    for name in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return found


def speak_again(session: Session, connection: Connection) -> None:
    """Put the triggers back that a declared batch took away."""
    silenced: dict[str, str] = session.info.pop(SILENCED, {})
    present = {name for name, _ in connection.execute(_TRIGGERS, {"names": list(silenced)})} if silenced else set()
    for name, sql in silenced.items():
        if name not in present:  # a rolled back savepoint may have restored them already
            connection.exec_driver_sql(sql)


def forget(session: Session) -> None:
    """The transaction is over."""
    for name in (RECORDED, BATCHES, SILENCED):
        session.info.pop(name, None)
