# ruff: noqa: S608  # every name in these statements is our own
"""The merge: staged rows into the register in one transaction, set-based on both databases.

SQLite attaches the staging file and lets one statement a table move the rows; PostgreSQL takes them by COPY.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.intake.staging import StagingFile, data_columns
from portal.kernel.database import WRITING, Base, WritingSession, iso_millis
from portal.kernel.errors import Conflict
from portal.trail.heads import bulk_heads_sql, table_id

SCHEMA = "staged"
AGAIN = "重新上传这份表，看过新的预览再提交"
ORDER = ("divisions", "units", "households", "persons", "helpers", "projects", "programmes", "allocations")
_NOTHING = "什么都没有写入"


@contextmanager
def merging(engine: Engine, path: Path) -> Iterator[Session]:
    """A writing session that can see a staging file; commits once on a clean exit, rolls back on any error."""
    with engine.execution_options(**{WRITING: True}).connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        attached = connection.dialect.name == "sqlite"
        if attached:
            raw.execute(f"ATTACH DATABASE ? AS {SCHEMA}", (str(path),))
        session = WritingSession(connection, expire_on_commit=False)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()
            if attached:
                raw.execute(f"DETACH DATABASE {SCHEMA}")


class Merger:
    """Writes one staging file into the register, in a session of `merging`."""

    def __init__(self, session: Session, file: StagingFile, batch_id: int, moment: datetime) -> None:
        self._connection: Connection = session.connection()
        self._file = file
        self._batch = batch_id
        self._sqlite = self._connection.dialect.name == "sqlite"
        self._stamp = iso_millis(moment)
        self._raw: Any = self._connection.connection.dbapi_connection

    def run(self, tables: Iterable[str]) -> None:
        """Merge all tables; raises Conflict when the register has moved on since the preview."""
        names = sorted(set(tables), key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
        if self._sqlite:
            self._raw.execute("PRAGMA defer_foreign_keys=ON")  # a line may name a line further down
        with _conflicts():
            for name in names:
                table = Base.metadata.tables[name]
                if self._file.count(f"changed_{name}"):
                    self._change(table, self._source(table))
                if self._file.count(f"new_{name}"):
                    self._insert(table)
                if self._file.count(f"withdrawn_{name}"):
                    self._withdraw(table)
            self._check_referred()

    def _run(self, statement: str) -> Any:
        return self._connection.execute(text(statement.replace(":", r"\:")))

    def _source(self, table: Table) -> str:
        """The changed rows as a table of this connection."""
        name = f"changed_{table.name}"
        if self._sqlite:
            return f"{SCHEMA}.{name}"
        head = "0::bigint AS row, id, ''::bytea AS digest, ''::bytea AS before, 0::bigint AS copy_id, 0::bigint AS copy_row"
        listed = _listed(data_columns(table))
        self._run(
            f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT {head}, {listed} FROM {table.name} WITH NO DATA"
        )
        columns = ("row", "id", "digest", "before", "copy_id", "copy_row", *data_columns(table))
        self._copy(name, columns, self._file.select(f"SELECT {_listed(columns)} FROM {name} ORDER BY row"))
        return name

    def _insert(self, table: Table) -> None:
        names = data_columns(table)
        number = table_id(self._connection, table.name)
        listed = _listed(names)
        columns = f"id, batch_row, {listed}, recorded_at, batch_id"
        if self._sqlite:
            chosen = (
                f"SELECT id, row, {listed}, '{self._stamp}', {self._batch} FROM {SCHEMA}.new_{table.name} ORDER BY row"
            )
            self._run(f"INSERT INTO {table.name} ({columns}) {chosen}")
            self._run(bulk_heads_sql(number, self._batch, f"{SCHEMA}.new_{table.name}", pk="id", fresh=True))
            return
        rows = self._file.select(f"SELECT id, row, {listed} FROM new_{table.name} ORDER BY row")
        tail = (self._stamp, self._batch)
        self._copy(table.name, ("id", "batch_row", *names, "recorded_at", "batch_id"), (row + tail for row in rows))
        heads = self._file.select(f"SELECT {number}, id, digest, {self._batch}, row FROM new_{table.name} ORDER BY id")
        self._copy("trail_heads", ("table_id", "pk", "digest", "batch_id", "batch_row"), heads)

    def _copy(self, name: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        with self._raw.cursor() as cursor, cursor.copy(f"COPY {name} ({_listed(columns)}) FROM STDIN") as copy:
            write = copy.write_row
            for row in rows:
                write(row)

    def _change(self, table: Table, source: str) -> None:
        """Verify, keep the old values as superseded rows of their own, then put the new ones in place."""
        number = table_id(self._connection, table.name)
        self._verify(source, number, "before")
        self._keep_copies(table, source)
        names = data_columns(table)
        sets = ", ".join(f'"{name}" = s."{name}"' for name in names)
        stamp = f"recorded_at = '{self._stamp}', event_id = NULL, batch_id = {self._batch}, batch_row = s.row"
        self._run(f"UPDATE {table.name} SET {sets}, {stamp} FROM {source} s WHERE {table.name}.id = s.id")
        self._run(bulk_heads_sql(number, self._batch, source, pk="id"))
        self._run(
            bulk_heads_sql(number, self._batch, source, pk="copy_id", digest="before", row="copy_row", fresh=True)
        )

    def _withdraw(self, table: Table) -> None:
        """End rows without changing what they say."""
        source = f"{SCHEMA}.withdrawn_{table.name}"
        if not self._sqlite:
            source = f"withdrawn_{table.name}"
            self._run(f"CREATE TEMPORARY TABLE {source} (row bigint, id bigint, digest bytea) ON COMMIT DROP")
            self._copy(source, ("row", "id", "digest"), self._file.select(f"SELECT row, id, digest FROM {source}"))
        number = table_id(self._connection, table.name)
        self._verify(source, number, "digest")
        stamp = f"superseded_at = {self._now()}, superseded_batch_id = {self._batch}"
        self._run(f"UPDATE {table.name} SET {stamp} WHERE id IN (SELECT id FROM {source})")
        self._run(bulk_heads_sql(number, self._batch, source, pk="id"))

    def _now(self) -> str:
        return f"CAST('{self._stamp}' AS {'TEXT' if self._sqlite else 'timestamptz'})"

    def _verify(self, source: str, number: int, before: str) -> None:
        """The rows must still be as they were when the batch was staged."""
        known = f"LEFT JOIN trail_heads h ON h.table_id = {number} AND h.pk = s.id"
        moved = self._run(
            f"SELECT count(*) FROM {source} s {known} WHERE h.digest IS NULL OR h.digest <> s.{before}"
        ).scalar()
        if moved:
            raise Conflict(
                f"预览之后，有 {moved} 条记录被别人改过", why=f"现在提交会盖掉别人的更改，所以{_NOTHING}", fix=AGAIN
            )

    def _keep_copies(self, table: Table, source: str) -> None:
        replaced = {"id": "s.copy_id", "current_id": "t.id", "superseded_batch_id": str(self._batch)}
        replaced["superseded_at"] = self._now()
        names = [column.name for column in table.columns]
        values = ", ".join(replaced.get(name, f't."{name}"') for name in names)
        self._run(
            f"INSERT INTO {table.name} ({_listed(names)}) SELECT {values} FROM {source} s JOIN {table.name} t ON t.id = s.id"
        )

    def _check_referred(self) -> None:
        """What the rows refer to must still stand (it may have been undone meanwhile)."""
        names = [name for (name,) in self._file.select("SELECT DISTINCT table_name FROM referred")]
        source = f"{SCHEMA}.referred"
        if not self._sqlite and names:
            source = "staged_referred"
            self._run(f"CREATE TEMPORARY TABLE {source} (table_name text, id bigint) ON COMMIT DROP")
            self._copy(source, ("table_name", "id"), self._file.select("SELECT table_name, id FROM referred"))
        for name in names:
            standing = f"LEFT JOIN {name} t ON t.id = r.id AND t.superseded_at IS NULL"
            gone = self._run(
                f"SELECT count(*) FROM {source} r {standing} WHERE r.table_name = '{name}' AND t.id IS NULL"
            ).scalar()
            if gone:
                raise Conflict("预览之后，这份表引用的记录有的被撤销了", why=_NOTHING, fix=AGAIN)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@contextmanager
def _conflicts() -> Iterator[None]:
    """A key that somebody else entered meanwhile is a conflict, not a crash."""
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError, psycopg.IntegrityError) as error:
        raise Conflict("预览之后，有人登记了同样编号的记录", why=_NOTHING, fix=AGAIN) from error
