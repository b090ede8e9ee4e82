"""Keeping: corrections never overwrite.

A register table holds its current rows and the superseded copies of earlier ones. `id` is stable: it names the thing
for ever. When a current row changes, its old values are inserted as a new physical row that carries `current_id` and
`superseded_at`; a withdrawn row (undo of an import) only gets `superseded_at`. History, undo, as-of and replay read
nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from sqlalchemy import (
    JSON,
    Connection,
    Executable,
    ForeignKey,
    Index,
    String,
    Table,
    event,
    func,
    insert,
    inspect,
    or_,
    select,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql.elements import ColumnElement

from portal.kernel.database import Base, BigInt, UtcDateTime, WritingSession, now_utc, raise_data_version, reserve_ids

BOOKKEEPING = frozenset(
    {
        "id",
        "current_id",
        "recorded_at",
        "superseded_at",
        "superseded_event_id",
        "superseded_batch_id",
        "event_id",
        "batch_id",
        "batch_row",
    }
)
"""Columns that do not enter a row's digest: the trail itself says them, so a kept copy has the digest of what it keeps."""


KNOWN_AT = "known_at"


def _next_id(context: DefaultExecutionContext) -> int:
    # SQLAlchemy hands the compiled insert; the table's name is the counter's name.
    compiled: Any = context.compiled
    return reserve_ids(context.root_connection, compiled.statement.table.name, 1)


class Kept:
    """Mixin of every register table: provenance, versions and local extensions."""

    __public__: ClassVar[bool] = True  # changes raise data_version: public pages may read this table
    __key__: ClassVar[tuple[str, ...]] = ()

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False, default=_next_id, sort_order=-10)

    @classmethod
    def moment_of_writing(cls) -> datetime:
        """The time that is kept of a change; a register whose minutes would tell too much keeps a coarser one."""
        return now_utc()

    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now_utc, sort_order=900)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime, sort_order=901)
    superseded_event_id: Mapped[str | None] = mapped_column(String(36), sort_order=902)
    superseded_batch_id: Mapped[int | None] = mapped_column(BigInt, sort_order=903)
    event_id: Mapped[str | None] = mapped_column(String(36), sort_order=904)
    batch_id: Mapped[int | None] = mapped_column(BigInt, sort_order=905)
    batch_row: Mapped[int | None] = mapped_column(BigInt, sort_order=906)
    extensions: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), sort_order=907)

    @declared_attr
    def current_id(cls) -> Mapped[int | None]:
        """Set on a superseded copy: the id of the row that lives on."""
        return mapped_column(BigInt, ForeignKey(f"{cls.__tablename__}.id"), sort_order=899)  # type: ignore[attr-defined]  # a mixin has no table; every class that uses it names one

    @hybrid_property
    def identity(self) -> int:
        """The stable id, of the current row and of every superseded copy alike."""
        return self.id if self.current_id is None else self.current_id

    @identity.inplace.expression
    @classmethod
    def _identity_expression(cls) -> ColumnElement[int]:
        return func.coalesce(cls.current_id, cls.id)

    @property
    def is_current(self) -> bool:
        """True for the row that counts today."""
        return self.superseded_at is None


def keep_indexes(table: str, *key: str) -> tuple[Index, ...]:
    """Indexes of every register table: the trade's key is unique among current rows; copies and batches are findable."""
    current = text("superseded_at IS NULL")
    kept = text("current_id IS NOT NULL")
    by_file = text("batch_id IS NOT NULL")
    ended = text("superseded_batch_id IS NOT NULL")
    return (
        Index(f"uq_{table}_current", *key, unique=True, sqlite_where=current, postgresql_where=current),
        Index(f"ix_{table}_kept", "current_id", sqlite_where=kept, postgresql_where=kept),
        Index(f"ix_{table}_batch", "batch_id", sqlite_where=by_file, postgresql_where=by_file),
        Index(f"ix_{table}_ended", "superseded_batch_id", sqlite_where=ended, postgresql_where=ended),
    )


def kept_tables() -> list[Table]:
    """All register tables, from the models that are loaded."""
    return [
        m.local_table for m in Base.registry.mappers if issubclass(m.class_, Kept) and isinstance(m.local_table, Table)
    ]


def transaction_event_id(session: Session) -> str:
    """The id of this transaction's first event: rows, triggers and the event itself carry the same one."""
    event_id: str = session.info.setdefault("event_id", str(uuid.uuid4()))
    return event_id


def withdraw(row: Kept, session: Session) -> None:
    """Take a current row out of force (undo): it stays, with the moment and the event that ended it."""
    row.superseded_at = now_utc()
    row.superseded_event_id = transaction_event_id(session)


def versions(session: Session, model: type[Kept], row_id: int) -> list[Any]:
    """All versions of one record, oldest first; the last is the present or the withdrawn one."""
    rows = session.scalars(
        select(model)
        .where(or_(model.id == row_id, model.current_id == row_id))
        .order_by(model.recorded_at, model.superseded_at.is_(None), model.superseded_at)
        .execution_options(include_superseded=True)
    )
    return list(rows)


def in_force_at(model: type[Kept], moment: datetime) -> ColumnElement[bool]:
    """Rows as they were known at `moment` (use with include_superseded): as-of reading of a register."""
    still = or_(model.superseded_at.is_(None), model.superseded_at > moment)
    return (model.recorded_at <= moment) & still


def _keep_old_values(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    connection = session.connection()
    public = False
    for row in list(session.new) + list(session.dirty):
        if not isinstance(row, Kept):
            continue
        public = public or row.__public__
        if row in session.dirty and session.is_modified(row):
            _keep_one(session, connection, row)
        elif row in session.new and row.event_id is None and row.batch_id is None:
            row.event_id = transaction_event_id(session)
            if "recorded_at" not in inspect(row).dict:
                row.recorded_at = row.moment_of_writing()
    if public:
        raise_data_version(connection)


def _keep_one(session: Session, connection: Connection, row: Kept) -> None:
    state = inspect(row)
    changed = {a.key for a in state.attrs if a.history.has_changes()}
    if changed <= {"superseded_at", "superseded_event_id", "superseded_batch_id"}:
        return  # a withdrawal: the row itself is what is kept
    table: Table = state.mapper.local_table
    old = connection.execute(select(table).where(table.c.id == row.id)).mappings().one()
    event_id = transaction_event_id(session)
    moment = row.moment_of_writing()
    copy = dict(old)
    copy.update(
        id=reserve_ids(connection, table.name, 1),
        current_id=old["id"],
        superseded_at=moment,
        superseded_event_id=event_id,
    )
    connection.execute(insert(table), copy)
    row.recorded_at = moment
    row.event_id, row.batch_id, row.batch_row = event_id, None, None


_CURRENT_ONLY = with_loader_criteria(Kept, lambda cls: cls.superseded_at.is_(None), include_aliases=True)
# Of each statement that lives on (a module's, made once) the one that asks for current rows alone, with its cache key:
# made anew at every request it costs more than what the database does for it.
_current_of: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()


def _only_current(state: ORMExecuteState) -> None:
    if not state.is_select or not state.is_orm_statement or state.is_column_load:
        return  # a statement over plain tables says itself which rows it wants
    if state.execution_options.get("include_superseded", False):
        return
    moment: datetime | None = state.session.info.get(KNOWN_AT)
    if moment is None:
        asked = state.statement
        known = _current_of.get(asked)
        if known is None:
            known = _current_of[asked] = asked.options(_CURRENT_ONLY)
        state.statement = known
        return
    criteria = with_loader_criteria(
        Kept, lambda cls: in_force_at(cls, moment), include_aliases=True, track_closure_variables=True
    )
    state.statement = state.statement.options(criteria)


@contextmanager
def as_known_at(session: Session, moment: datetime) -> Iterator[Session]:
    """Inside, every query sees the registers as they were known at `moment`: what a replay of a run reads.

    Statements that are to be replayed join on `identity`, since an earlier version has an id of its own.
    """
    session.info[KNOWN_AT] = moment
    try:
        yield session
    finally:
        session.info.pop(KNOWN_AT, None)


def _forget_event(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:  # the end of a savepoint is not the end of the act
        session.info.pop("event_id", None)


event.listen(WritingSession, "before_flush", _keep_old_values)
event.listen(WritingSession, "after_transaction_end", _forget_event)
event.listen(Session, "do_orm_execute", _only_current)
