"""The database: one declarative base, two engines (SQLite, PostgreSQL ≥ 15), reading and writing sessions.

SQLite: WAL, synchronous=FULL, foreign keys and recursive triggers on, and every writing transaction opens with
BEGIN IMMEDIATE, so there is one writer at a time and the order of events is the order of commits.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import (
    URL,
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
    make_url,
    text,
)
from sqlalchemy.engine.base import OptionEngine
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from sqlalchemy.types import DateTime, TypeDecorator

from portal.kernel.errors import CannotRun
from portal.kernel.prepared import Prepared

BUSY_TIMEOUT_MS = 5000
LOOK_EVERY_S = 0.002
RESTED_S = 2.0
POOL_SIZE = 16
FILE_POOL_SIZE = 8
"""What is beyond a pool's size is closed at every return and opened anew, which costs more than all statements of a visit.
Of an SQLite file one for each thread of a server process is kept, for reading and again for writing: each keeps pages of
its own in memory. The connection that was given back last is taken first: it has the statements and pages of a moment ago."""
WRITING = "yangguang_writing"
READ_ONLY = "postgresql_readonly"
_READERS, _WRITERS, _MAY_WRITE = "yangguang_readers", "yangguang_writers", "yangguang_may_write"

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
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


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


_RESERVE = Prepared(
    text(
        "INSERT INTO id_blocks (name, next_id) VALUES (:name, 1 + :n) "
        "ON CONFLICT (name) DO UPDATE SET next_id = id_blocks.next_id + :n RETURNING next_id - :n"
    )
)
_RAISE = text(
    "INSERT INTO site_state (name, value) VALUES ('data_version', 1) "
    "ON CONFLICT (name) DO UPDATE SET value = site_state.value + 1"
)


def reserve_ids(connection: Connection, table: str, n: int) -> int:
    """Reserve `n` consecutive ids of a table; returns the first. Gaps are harmless, reuse would not be."""
    return int(_RESERVE.first(connection, {"name": table, "n": n})[0])


_BLOCK = 32
_blocks: WeakKeyDictionary[Pool, dict[str, list[int]]] = WeakKeyDictionary()
_blocks_lock = threading.Lock()


def next_id(connection: Connection, table: str) -> int:
    """One id for a row that many people write at once.

    On PostgreSQL `reserve_ids` keeps the counter's row until the commit, and everybody else waits for it: here a process
    takes some ids at a time, in a transaction of its own. SQLite has one writer anyway.
    """
    if connection.dialect.name != "postgresql":
        return reserve_ids(connection, table, 1)
    with _blocks_lock:
        waiting = _blocks.setdefault(connection.engine.pool, {}).setdefault(table, [])
        if not waiting:
            waiting.extend(_another_block(connection.engine, table))
        return waiting.pop() if waiting else reserve_ids(connection, table, 1)


def _another_block(engine: Engine, table: str) -> list[int]:
    """Some ids, the lowest last; none while a longer transaction (it may be the caller's own) holds the counter."""
    try:
        with engine.execution_options(**{WRITING: True}).begin() as own:
            own.exec_driver_sql("SET LOCAL lock_timeout = 100")
            first = reserve_ids(own, table, _BLOCK)
    except OperationalError:
        return []
    return list(range(first + _BLOCK - 1, first - 1, -1))


_TURN = Prepared(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"))


def take_turns(session: Session, name: str) -> None:
    """One transaction at a time for this name, until it ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        _TURN.rows(session.connection(), {"name": name})


def raise_data_version(connection: Connection) -> None:
    """Say that public pages may have changed; in the same transaction as the change."""
    connection.execute(_RAISE)


_VERSION = Prepared(text("SELECT value FROM site_state WHERE name = 'data_version'"))


def data_version(connection: Connection) -> int:
    """What `raise_data_version` has counted; 0 before the first change."""
    found = _VERSION.first(connection, {})
    return int(found[0]) if found is not None else 0


def read_url(database_url: str) -> URL:
    """The address of the database, with our driver; CannotRun for one that names no database we can keep."""
    address = database_url
    if address.startswith(("postgresql://", "postgres://")):
        address = "postgresql+psycopg://" + address.split("://", 1)[1]
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in ("sqlite", "postgresql+psycopg"):
        # The address may hold a password: it is not repeated.
        raise CannotRun(
            "YANGGUANG_DATABASE_URL 看不懂",
            why="只支持 SQLite 和 PostgreSQL",
            fix="写成 postgresql://用户:口令@主机/库名，或者不设，用数据目录里的 SQLite",
        )
    return url


def make_engine(database_url: str) -> Engine:
    """An engine with the settings that durability needs. PostgreSQL urls may be given as postgresql:// alone."""
    url = read_url(database_url)
    if url.drivername == "sqlite":
        engine = create_engine(
            url,
            pool_size=FILE_POOL_SIZE,
            max_overflow=POOL_SIZE + 4 - FILE_POOL_SIZE,
            pool_use_lifo=True,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        readers: Engine = _Readers(engine)
    else:
        # Each of eight threads may hold a reading and a writing connection.
        engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=4, pool_use_lifo=True)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _wake)
        readers = engine.execution_options(**{READ_ONLY: True})
    event.listen(engine, "begin", _begin)
    writers = engine.execution_options(**{WRITING: True})
    for each in (engine, readers, writers):  # whoever is at hand, of a session too, leads to both
        each.update_execution_options(**{_READERS: readers, _WRITERS: writers})
    return engine


class _Readers(OptionEngine):
    """The same SQLite file through connections of their own, which never write.

    Whether a connection may write is a setting, and SQLite forgets all statements that a connection has prepared whenever
    it is set: with the writers' connections every statement of every request would be read and planned anew.
    """

    pool: Pool = cast(Pool, None)  # of its own: otherwise it would be the other engine's

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, {})
        self.pool = engine.pool.recreate()
        event.listen(engine, "engine_disposed", self._go_with)

    def _go_with(self, disposed: Engine) -> None:
        if disposed is not self:  # its own end is told to those who listen to the other's as well
            self.dispose()


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
    options = connection.get_execution_options()
    writing = bool(options.get(WRITING))
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        if connection.info.get(_MAY_WRITE) is not writing:
            raw.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
            connection.info[_MAY_WRITE] = writing
        if writing:
            _begin_writing(connection, raw)
        else:
            raw.execute("BEGIN")
    elif not writing and not options.get(READ_ONLY):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _begin_writing(connection: Connection, raw: sqlite3.Connection) -> None:
    """Begin as SQLite's writer as soon as the present one is done; a DBAPIError when that takes too long.

    SQLite's own waiting sleeps up to a tenth of a second between two looks, while the lock lies idle. One thread of a
    process looks, the others wait for it: looking costs as much as the statements that are waited for.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    raw.execute("PRAGMA busy_timeout=0")
    looks = _looking(connection)
    is_mine = looks.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        while time.monotonic() < deadline:
            with suppress(sqlite3.OperationalError):
                raw.execute("BEGIN IMMEDIATE")
                return
            time.sleep(LOOK_EVERY_S)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        if is_mine:
            looks.release()
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


_lookers: WeakKeyDictionary[Pool, threading.Lock] = WeakKeyDictionary()


def _looking(connection: Connection) -> threading.Lock:
    with _blocks_lock:
        return _lookers.setdefault(connection.engine.pool, threading.Lock())


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rested_since"] = time.monotonic()


def _wake(dbapi_connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Ask a connection that has rested whether the server is still there; the pool then makes another one.

    In a busy hour none rests: a question before every transaction would cost as much as its other statements.
    """
    if time.monotonic() - record.info.get("rested_since", time.monotonic()) < RESTED_S:
        return
    try:
        dbapi_connection.execute("SELECT 1")
        dbapi_connection.rollback()
    except psycopg.OperationalError as error:
        raise DisconnectionError from error


class ReadingSession(Session):
    """A session whose transaction the database itself keeps read-only."""


class WritingSession(Session):
    """A session that may change things; trail/guard and kernel/keeping watch it."""


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A read-only session; rolled back and closed at the end."""
    bound: Engine = engine.get_execution_options().get(_READERS, engine)
    session = ReadingSession(bound, autoflush=False, expire_on_commit=False)
    try:
        yield session
    finally:
        session.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A writing session: commits once on a clean exit, rolls back on any error."""
    bound: Engine = engine.get_execution_options().get(_WRITERS, engine)
    session = WritingSession(bound, expire_on_commit=False)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def table_of(model: type[Base]) -> Table:
    """The table of a mapped class, for statements that are made once and run at every request."""
    found: Any = model.__table__
    return cast(Table, found)


def protected_tables(metadata: MetaData = Base.metadata) -> list[Table]:
    """All tables that no commit may change without recording it, in a stable order."""
    open_tables = {m.local_table for m in Base.registry.mappers if m.class_.__why_unprotected__}
    return [t for t in metadata.sorted_tables if t not in open_tables]
