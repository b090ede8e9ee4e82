"""The guard: no commit may change a protected table without an event, and every touched row gets its new head.

What was touched is read from the change log that the database's own triggers wrote in this transaction, so ORM
flushes, bulk statements and plain SQL are all seen alike. Rows of a declared batch are the batch's own affair: their
heads come from its staging, and a row of such a table must not be changed by other means in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, Table, event, insert, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction, object_mapper

from portal.kernel.database import Base, protected_tables
from portal.kernel.errors import CannotRun, ProductError
from portal.kernel.keeping import transaction_event_id
from portal.trail import context
from portal.trail.encoding import digest_columns, plain, row_digest
from portal.trail.heads import put_heads, table_id
from portal.trail.models import ChangeLog, TrailEvent, TrailRow

FLUSHED = "trail_flushed"
UNGUARDED = "unguarded"
"""In `session.info`, for tests that arrange rows past the actions. The triggers still report them as a bypass."""
CHUNK = 500


class Unrecorded(ProductError):
    """A transaction changed a protected table and recorded nothing. Nothing was committed."""

    code = "unrecorded"


def install(session_class: type[Session]) -> None:
    """Watch every session of this class (the application's `WritingSession`); calling it twice does no harm."""
    if event.contains(session_class, "before_commit", _before_commit):
        return
    check_keys(Base.metadata)
    event.listen(session_class, "after_begin", _after_begin)
    event.listen(session_class, "after_flush", _after_flush)
    event.listen(session_class, "before_commit", _before_commit)
    event.listen(session_class, "after_transaction_end", _forget)


def check_keys(metadata: MetaData) -> None:
    """Raise TypeError for a protected table that cannot be watched: heads need one integer key named `id`."""
    for table in protected_tables(metadata):
        key = list(table.primary_key.columns)
        if len(key) != 1 or key[0].name != "id" or not isinstance(key[0].type, Integer):
            raise TypeError(
                f"protected table {table.name} needs one integer primary key named id, or __why_unprotected__"
            )


def _after_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested:
        context.set_context(connection, transaction_event_id(session))


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    written = session.info.setdefault(FLUSHED, set())
    for row in (*session.new, *session.deleted):
        if isinstance(row, Base) and not row.__why_unprotected__:
            written.add(object_mapper(row).local_table.name)  # type: ignore[attr-defined]  # a mapped class has a Table


def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(FLUSHED, None)
        context.forget(session)


def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint is no commit
    session.flush()
    if not session.in_transaction():
        return
    connection = session.connection()
    context.speak_again(session, connection)
    if session.info.get(UNGUARDED):
        context.set_context(connection, None)
        return
    event_id = transaction_event_id(session)
    batch: dict[tuple[str, str], int] = session.info.get(context.BATCHES, {})
    touched = _touched(connection, event_id)
    _refuse_silence(session, touched, batch)
    if (touched or batch) and not _is_recorded(connection, event_id):
        raise Unrecorded(
            f"改动了 {'、'.join(sorted({*touched, *(t for t, _ in batch)}))}，但没有留痕，未提交",
            why="每一次改动都必须在同一事务中记入留痕",
            fix="动作里缺少 trail.actions.record(…)",
        )
    for table in _tables(touched):
        _put(connection, table, touched[table.name], event_id)
    if connection.dialect.name == "sqlite":
        if batch:
            lines = [
                {"table_name": t, "op": op, "rows": n, "app_event_id": event_id} for (t, op), n in sorted(batch.items())
            ]
            connection.execute(insert(ChangeLog), lines)
        context.set_context(connection, None)


def _touched(connection: Connection, event_id: str) -> dict[str, list[tuple[int, str]]]:
    """(primary key, operation) by table, in order, from what the triggers wrote in this transaction."""
    statement = (
        select(ChangeLog.table_name, ChangeLog.pk, ChangeLog.op)
        .where(ChangeLog.app_event_id == event_id, ChangeLog.pk.is_not(None))
        .order_by(ChangeLog.id)
    )
    touched: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, pk, op in connection.execute(statement):
        touched[name].append((int(pk or 0), op))
    return dict(touched)


def _refuse_silence(
    session: Session, touched: dict[str, list[tuple[int, str]]], batch: dict[tuple[str, str], int]
) -> None:
    """Rows were written but the triggers said nothing: they are missing or switched off."""
    silent = session.info.get(FLUSHED, set()) - set(touched) - {table for table, _ in batch}
    if silent:
        raise CannotRun(
            f"表 {'、'.join(sorted(silent))} 的留痕触发器没有响应，未提交",
            fix="请运行 yangguang init 重建触发器，并核对留痕",
        )


def _is_recorded(connection: Connection, event_id: str) -> bool:
    return connection.execute(select(TrailEvent.n).where(TrailEvent.event_id == event_id)).first() is not None


def _tables(touched: dict[str, list[tuple[int, str]]]) -> list[Table]:
    missing = set(touched) - set(Base.metadata.tables)
    if missing:
        raise CannotRun(f"表 {'、'.join(sorted(missing))} 有触发器而程序不认识，未提交", fix="请升级程序或数据库")
    return [Base.metadata.tables[name] for name in sorted(touched)]


def _put(connection: Connection, table: Table, changes: Sequence[tuple[int, str]], event_id: str) -> None:
    """Heads of all touched rows of one table, and the row chain (before from the kept copy, after from the row)."""
    pks = sorted({pk for pk, _ in changes})
    digests, copies, from_batch = _digests(connection, table, pks)
    gone = {pk: None for pk in pks if pk not in digests}
    put_heads(connection, table.name, sorted({**digests, **gone}.items()), event_id=event_id)
    befores: dict[int, bytes] = {}
    for copy_id, row_id in sorted(copies.items()):
        if copy_id not in from_batch:  # what a batch wrote is chained by its row tree, not by the event before it
            befores.setdefault(row_id, digests[copy_id])
    number = table_id(connection, table.name)
    chain = [
        {"event_id": event_id, "table_id": number, "pk": pk, "before": befores.get(pk), "after": digests.get(pk)}
        for pk in pks
        if pk not in copies
    ]
    if chain:
        connection.execute(insert(TrailRow), chain)


def _digests(
    connection: Connection, table: Table, pks: Sequence[int]
) -> tuple[dict[int, bytes], dict[int, int], set[int]]:
    """Digest of every row that is there; for superseded copies the row they were copied from; copies from a batch."""
    names = digest_columns(column.name for column in table.columns)
    kept = "current_id" in table.columns
    digests: dict[int, bytes] = {}
    copies: dict[int, int] = {}
    from_batch: set[int] = set()
    for start in range(0, len(pks), CHUNK):
        rows = connection.execute(select(table).where(table.c.id.in_(pks[start : start + CHUNK]))).mappings()
        for row in rows:
            values: dict[str, Any] = {name: plain(row[name]) for name in names}
            digests[row["id"]] = bytes.fromhex(row_digest(values))
            if kept and row["current_id"] is not None:
                copies[row["id"]] = row["current_id"]
                if row["batch_id"] is not None:
                    from_batch.add(row["id"])
    return digests, copies, from_batch
