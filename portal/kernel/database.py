"""The database: one declarative base, two engines (SQLite, PostgreSQL ≥ 15), reading and writing sessions.

SQLite: WAL, synchronous=FULL, foreign keys and recursive triggers on, and every writing transaction opens with
BEGIN IMMEDIATE, so there is one writer at a time and the order of events is the order of commits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import DateTime, TypeDecorator

BUSY_TIMEOUT_MS = 5000
WRITING = "yangguang_writing"

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit integer that SQLite accepts as a rowid alias."""


class Base(DeclarativeBase):
    """Base of all models. A table is protected by the trail unless its model says why not."""

    metadata = MetaData(naming_convention=NAMING)
    __why_unprotected__: ClassVar[str] = ""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment with milliseconds: ISO text on SQLite (sorts as time), timestamptz on PostgreSQL."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Text of fixed width on SQLite, the native type elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(24))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times; cut to milliseconds so that both databases keep the same value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        value = value.replace(microsecond=value.microsecond // 1000 * 1000)
        return iso_millis(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to an aware UTC datetime."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
        moment: datetime = value
        return moment.astimezone(UTC)


def iso_millis(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ` of an aware moment: the one way times are written as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def now_utc() -> datetime:
    """The present moment, aware, cut to milliseconds (what the database can keep)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class IdBlock(Base):
    """Next free id of each register table: a staged import reserves its ids before it takes the lock."""

    __tablename__ = "id_blocks"
    __why_unprotected__ = "a counter; holds no fact"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_id: Mapped[int] = mapped_column(BigInt)


class SiteState(Base):
    """Small counters of the installation, such as `data_version`, of which public pages are a pure function."""

    __tablename__ = "site_state"
    __why_unprotected__ = "counters that can be rebuilt; hold no fact"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(BigInt)


_RESERVE = text(
    "INSERT INTO id_blocks (name, next_id) VALUES (:name, 1 + :n) "
    "ON CONFLICT (name) DO UPDATE SET next_id = id_blocks.next_id + :n RETURNING next_id - :n"
)
_RAISE = text(
    "INSERT INTO site_state (name, value) VALUES ('data_version', 1) "
    "ON CONFLICT (name) DO UPDATE SET value = site_state.value + 1"
)


def reserve_ids(connection: Connection, table: str, n: int) -> int:
    """Reserve `n` consecutive ids of a table; returns the first. Gaps are harmless, reuse would not be."""
    return int(connection.execute(_RESERVE, {"name": table, "n": n}).scalar_one())


def raise_data_version(connection: Connection) -> None:
    """Say that public pages may have changed; in the same transaction as the change."""
    connection.execute(_RAISE)


def make_engine(database_url: str) -> Engine:
    """An engine with the settings that durability needs. PostgreSQL urls may be given as postgresql:// alone."""
    url = database_url
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = create_engine(url, pool_pre_ping=True)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(dbapi_connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    dbapi_connection.isolation_level = None  # we say BEGIN ourselves: the driver's own would be deferred
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writing = bool(connection.get_execution_options().get(WRITING))
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")  # a held lock is then a DBAPIError
    elif not writing:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


class ReadingSession(Session):
    """A session whose transaction the database itself keeps read-only."""


class WritingSession(Session):
    """A session that may change things; trail/guard and kernel/keeping watch it."""


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A read-only session; rolled back and closed at the end."""
    session = ReadingSession(engine, autoflush=False, expire_on_commit=False)
    try:
        yield session
    finally:
        session.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A writing session: commits once on a clean exit, rolls back on any error."""
    session = WritingSession(engine.execution_options(**{WRITING: True}), expire_on_commit=False)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def protected_tables(metadata: MetaData = Base.metadata) -> list[Table]:
    """All tables that no commit may change without recording it, in a stable order."""
    open_tables = {m.local_table for m in Base.registry.mappers if m.class_.__why_unprotected__}
    return [t for t in metadata.sorted_tables if t not in open_tables]
