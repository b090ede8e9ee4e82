"""The transaction's context: which event is being recorded, so that rows, triggers and the event agree.

PostgreSQL keeps it in transaction settings, SQLite in the one row of `trail_context`, which the guard empties again
before the commit: a later change from elsewhere then carries no event.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

RECORDED = "trail_recorded"
BATCHES = "trail_batches"

_SQLITE_SET = text("UPDATE trail_context SET event_id = :event, batch_tables = :tables WHERE id = 1")
_PG_SET = text(
    "SELECT set_config('yangguang.event_id', :event, true), set_config('yangguang.batch_tables', :tables, true)"
)


def set_context(connection: Connection, event_id: str | None, tables: str = "") -> None:
    """Say which event the changes from here on belong to (None: to none)."""
    if connection.dialect.name == "sqlite":
        connection.execute(_SQLITE_SET, {"event": event_id, "tables": tables})
    else:
        connection.execute(_PG_SET, {"event": event_id or "", "tables": tables})


def declare_batch(session: Session, counts: Mapping[tuple[str, str], int]) -> None:
    """From here on the triggers do not write a line per row for these tables."""
    declared: dict[tuple[str, str], int] = session.info.setdefault(BATCHES, {})
    for key, count in counts.items():
        declared[key] = declared.get(key, 0) + count
    tables = sorted({table for table, _ in declared})
    set_context(session.connection(), session.info["event_id"], f",{','.join(tables)}," if tables else "")


def forget(session: Session) -> None:
    """The transaction is over."""
    session.info.pop(RECORDED, None)
    session.info.pop(BATCHES, None)
