"""The guard: no commit may change a protected table without an event, and every touched row gets its new head.

What was touched is read from the change log that the database's own triggers wrote in this transaction, so ORM
flushes, bulk statements and plain SQL are all seen alike. Rows of a declared batch are the batch's own affair: their
heads come from its staging, and a row of such a table must not be changed by other means in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, Table, bindparam, event, insert, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction, object_mapper

from portal.kernel.database import Base, protected_tables, table_of
from portal.kernel.errors import CannotRun, ProductError
from portal.kernel.keeping import transaction_event_id
from portal.kernel.prepared import Prepared, PreparedInsert, among, listed, size_for
from portal.trail import context
from portal.trail.encoding import digest_columns, plain, row_digest
from portal.trail.heads import head_lines, table_id, write_heads
from portal.trail.models import ChangeLog, TrailEvent, TrailRow, TrailTable

FLUSHED = "trail_flushed"
UNGUARDED = "unguarded"
"""In `session.info`, for tests that arrange rows past the actions. The triggers still report them as a bypass."""
CHUNK = 512
# Made once: every transaction of everybody runs them.
# Over the tables themselves: the same through mapped classes costs twice as much at each run.
_CHAIN = Prepared(insert(table_of(TrailRow)), ("event_id", "table_id", "pk", "before", "after"))
_EVENTS, _LOG, _NUMBERS = table_of(TrailEvent).c, table_of(ChangeLog).c, table_of(TrailTable).c
_RECORDED = Prepared(select(_EVENTS.n).where(_EVENTS.event_id == bindparam("event")))
_TOUCHED = Prepared(
    select(_LOG.table_name, _LOG.pk, _LOG.op, _NUMBERS.id)
    .outerjoin(table_of(TrailTable), _NUMBERS.name == _LOG.table_name)
    .where(_LOG.app_event_id == bindparam("event"), _LOG.pk.is_not(None))
    .order_by(_LOG.id)
)


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


def write_row(session: Session, into: PreparedInsert, row: Mapping[str, Any]) -> int:
    """Insert one row by a statement made once instead of through the ORM: where every upload of every phone writes.

    Returns its id. The guard expects the triggers to have seen it, as it does of what the ORM flushes.
    """
    number = into.add(session.connection(), row)
    session.info.setdefault(FLUSHED, set()).add(into.table.name)
    return number


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
    touched, numbers = _touched(connection, event_id)
    _refuse_silence(session, touched, batch)
    if (touched or batch) and not _is_recorded(connection, event_id):
        raise Unrecorded(
            f"改动了 {'、'.join(sorted({*touched, *(t for t, _ in batch)}))}，但没有留痕，未提交",
            why="每一次改动都必须在同一事务中记入留痕",
            fix="动作里缺少 trail.actions.record(…)",
        )
    _put(connection, {table: touched[table.name] for table in _tables(touched)}, numbers, event_id)
    if connection.dialect.name == "sqlite":
        if batch:
            lines = [
                {"table_name": t, "op": op, "rows": n, "app_event_id": event_id} for (t, op), n in sorted(batch.items())
            ]
            connection.execute(insert(ChangeLog), lines)
        context.set_context(connection, None)


def _touched(connection: Connection, event_id: str) -> tuple[dict[str, list[tuple[int, str]]], dict[str, int]]:
    """(primary key, operation) by table, in order, from what the triggers wrote; and the tables' numbers, once given."""
    numbers: dict[str, int] = {}
    touched: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, pk, op, number in _TOUCHED.rows(connection, {"event": event_id}):
        touched[name].append((int(pk or 0), op))
        if number is not None:
            numbers[name] = int(number)
    return dict(touched), numbers


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
    return _RECORDED.first(connection, {"event": event_id}) is not None


def _tables(touched: dict[str, list[tuple[int, str]]]) -> list[Table]:
    missing = set(touched) - set(Base.metadata.tables)
    if missing:
        raise CannotRun(f"表 {'、'.join(sorted(missing))} 有触发器而程序不认识，未提交", fix="请升级程序或数据库")
    return [Base.metadata.tables[name] for name in sorted(touched)]


def _put(
    connection: Connection, touched: dict[Table, list[tuple[int, str]]], numbers: dict[str, int], event_id: str
) -> None:
    """Heads of all touched rows, and the row chain (before from the kept copy, after from the row): one statement each."""
    heads: list[dict[str, Any]] = []
    chain: list[dict[str, Any]] = []
    for table, changes in touched.items():
        number, pks = numbers.get(table.name) or table_id(connection, table.name), sorted({pk for pk, _ in changes})
        digests, copies, from_batch = _digests(connection, table, pks)
        gone = {pk: None for pk in pks if pk not in digests}
        heads += head_lines(number, sorted({**digests, **gone}.items()), event_id=event_id)
        befores: dict[int, bytes] = {}
        for copy_id, row_id in sorted(copies.items()):
            if copy_id not in from_batch:  # what a batch wrote is chained by its row tree, not by the event before it
                befores.setdefault(row_id, digests[copy_id])
        chain += [
            {"event_id": event_id, "table_id": number, "pk": pk, "before": befores.get(pk), "after": digests.get(pk)}
            for pk in pks
            if pk not in copies
        ]
    write_heads(connection, heads)
    if chain:
        _CHAIN.run(connection, *chain)


@cache
def _rows_of(table: Table, size: int) -> Prepared:
    return Prepared(select(table).where(among(table.c.id, size)))


@cache
def _names_of(table: Table) -> tuple[tuple[str, int], ...]:
    """The columns that enter a row's digest, and the place of each in the row."""
    names = [column.name for column in table.columns]
    return tuple((name, names.index(name)) for name in digest_columns(names))


def _digests(
    connection: Connection, table: Table, pks: Sequence[int]
) -> tuple[dict[int, bytes], dict[int, int], set[int]]:
    """Digest of every row that is there; for superseded copies the row they were copied from; copies from a batch."""
    kept = "current_id" in table.columns
    digests: dict[int, bytes] = {}
    copies: dict[int, int] = {}
    from_batch: set[int] = set()
    for start in range(0, len(pks), CHUNK):
        some = pks[start : start + CHUNK]
        for row in _rows_of(table, size_for(some)).rows(connection, listed(some)):
            values: dict[str, Any] = {name: plain(row[place]) for name, place in _names_of(table)}
            digests[row.id] = bytes.fromhex(row_digest(values))
            if kept and row.current_id is not None:
                copies[row.id] = row.current_id
                if row.batch_id is not None:
                    from_batch.add(row.id)
    return digests, copies, from_batch
