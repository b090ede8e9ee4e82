# ruff: noqa: S608  # every name in these statements is our own
"""The merge: staged rows into the register, in the caller's one transaction, in bulk on both databases.

SQLite takes the rows straight from the staging file's cursor (executemany); PostgreSQL by COPY.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
import psycopg
from sqlalchemy import JSON, Connection, LargeBinary, Table, select, text
from sqlalchemy.exc import IntegrityError

from portal.intake.staging import StagingFile, data_columns
from portal.kernel.database import Base, iso_millis
from portal.kernel.errors import Conflict
from portal.trail.heads import HEAD_COLUMNS, head_digests, table_id

CLASH = (
    " ON CONFLICT (table_id, pk) DO UPDATE SET digest = excluded.digest, event_id = NULL,"
    " batch_id = excluded.batch_id, batch_row = excluded.batch_row"
)
AGAIN = "重新上传这份表，看过新的预览再提交"
ORDER = ("divisions", "units", "households", "persons", "helpers", "projects", "programmes", "allocations")


class Merger:
    """Writes one staging file into the register."""

    def __init__(self, connection: Connection, file: StagingFile, batch_id: int, moment: datetime) -> None:
        self._connection = connection
        self._file = file
        self._batch = batch_id
        self._sqlite = connection.dialect.name == "sqlite"
        self._stamp = iso_millis(moment)
        self._raw: Any = connection.connection.dbapi_connection

    def run(self, tables: Iterable[str]) -> None:
        """Merge all tables; raises Conflict when the register has moved on since the preview."""
        names = sorted(set(tables), key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
        if self._sqlite:
            self._raw.execute("PRAGMA defer_foreign_keys=ON")  # a line may name a line further down
        with _conflicts():
            for name in names:
                table = Base.metadata.tables[name]
                if self._file.count(f"changed_{name}"):
                    self._verify(table)
                    self._change(table)
                if self._file.count(f"new_{name}"):
                    self._insert(table)
            self._check_referred()

    def _verify(self, table: Table) -> None:
        """The rows to change must still be as they were when the preview was made."""
        source = self._file.select(f"SELECT id, before FROM changed_{table.name} ORDER BY id")
        while chunk := list(islice(source, 2000)):
            heads = head_digests(self._connection, table.name, [row_id for row_id, _ in chunk])
            moved = [row_id for row_id, before in chunk if heads.get(row_id) != before]
            if moved:
                raise Conflict(
                    f"预览之后，有 {len(moved)} 条记录被别人改过",
                    why="现在提交会盖掉别人的更改，所以什么都没有写入",
                    fix=AGAIN,
                )

    def _insert(self, table: Table) -> None:
        names = data_columns(table)
        head = ", ".join(f'"{name}"' for name in names)
        chosen = f"SELECT id, row, {head} FROM new_{table.name} ORDER BY row"
        columns = ("id", "batch_row", *names)
        constants = {"recorded_at": self._stamp, "batch_id": self._batch}
        self._load(table, columns, constants, self._file.select(chosen))
        self._put_heads(table, f"SELECT id, digest, row FROM new_{table.name} ORDER BY id", fresh=True)

    def _load(self, table: Table, columns: Sequence[str], constants: dict[str, Any], rows: Iterator[Any]) -> None:
        if self._sqlite:
            named = ", ".join(f'"{name}"' for name in (*columns, *constants))
            marks = ", ".join(["?"] * len(columns) + [_literal(value) for value in constants.values()])
            self._raw.executemany(f"INSERT INTO {table.name} ({named}) VALUES ({marks})", rows)
            return
        tail = tuple(constants.values())
        self._copy(table.name, (*columns, *constants), (row + tail for row in rows))

    def _copy(self, name: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        named = ", ".join(f'"{column}"' for column in columns)
        with self._raw.cursor() as cursor, cursor.copy(f"COPY {name} ({named}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _change(self, table: Table) -> None:
        names = data_columns(table)
        self._keep_copies(table)
        columns = ("id", "row", *names)
        listed = ", ".join(f'"{name}"' for name in names)
        rows = self._file.select(f"SELECT id, row, {listed} FROM changed_{table.name} ORDER BY row")
        stamp = f"recorded_at = '{self._stamp}', event_id = NULL, batch_id = {self._batch}"
        if self._sqlite:
            sets = ", ".join(f'"{name}" = ?{index}' for index, name in enumerate(names, 3))
            self._raw.executemany(f"UPDATE {table.name} SET {sets}, {stamp}, batch_row = ?2 WHERE id = ?1", rows)
        else:
            staged = f"staged_{table.name}"
            shape = f"SELECT id, batch_row AS row, {listed} FROM {table.name}"
            self._connection.execute(text(f"CREATE TEMPORARY TABLE {staged} ON COMMIT DROP AS {shape} WITH NO DATA"))
            self._copy(staged, columns, rows)
            sets = ", ".join(f'"{name}" = s."{name}"' for name in names)
            change = f"UPDATE {table.name} t SET {sets}, {stamp}, batch_row = s.row FROM {staged} s WHERE t.id = s.id"
            self._connection.execute(text(change.replace(":", r"\:")))
        self._put_heads(table, f"SELECT id, digest, row FROM changed_{table.name} ORDER BY id", fresh=False)

    def _keep_copies(self, table: Table) -> None:
        """The values that stood until now become superseded rows of their own."""
        source = self._file.select(f"SELECT id, copy_id FROM changed_{table.name} ORDER BY id")
        columns = [column.name for column in table.columns]
        while chunk := dict(islice(source, 500)):
            rows = self._connection.execute(select(table).where(table.c.id.in_(list(chunk)))).mappings()
            copies = [self._copy_of(dict(row), chunk[row["id"]]) for row in rows]
            if len(copies) != len(chunk):
                raise Conflict("要改的记录有的已经不在了", why="什么都没有写入", fix=AGAIN)
            self._load(
                table,
                columns,
                {},
                iter([tuple(_plain(table, name, copy[name]) for name in columns) for copy in copies]),
            )
        chosen = f"SELECT copy_id, before, copy_row FROM changed_{table.name} ORDER BY copy_id"
        self._put_heads(table, chosen, fresh=True)

    def _copy_of(self, row: dict[str, Any], copy_id: int) -> dict[str, Any]:
        current = row["id"]
        row.update(
            id=copy_id,
            current_id=current,
            superseded_at=self._stamp,
            superseded_batch_id=self._batch,
            superseded_event_id=None,
        )
        return row

    def _put_heads(self, table: Table, chosen: str, *, fresh: bool) -> None:
        number = table_id(self._connection, table.name)
        rows = ((number, pk, digest, None, self._batch, row) for pk, digest, row in self._file.select(chosen))
        named = ", ".join(HEAD_COLUMNS)
        clash = "" if fresh else CLASH
        if self._sqlite:
            self._raw.executemany(f"INSERT INTO trail_heads ({named}) VALUES (?, ?, ?, ?, ?, ?){clash}", rows)
        elif fresh:
            self._copy("trail_heads", HEAD_COLUMNS, rows)
        else:
            with self._raw.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO trail_heads ({named}) VALUES (%s, %s, %s, %s, %s, %s){clash}", list(rows)
                )

    def _check_referred(self) -> None:
        """What the rows refer to must still stand (it may have been undone meanwhile)."""
        source = self._file.select("SELECT table_name, id FROM referred ORDER BY table_name, id")
        while chunk := list(islice(source, 500)):
            for name in {table for table, _ in chunk}:
                table = Base.metadata.tables[name]
                ids = [i for t, i in chunk if t == name]
                standing = select(table.c.id).where(table.c.id.in_(ids), table.c.superseded_at.is_(None))
                if len(self._connection.execute(standing).all()) != len(ids):
                    raise Conflict("预览之后，这份表引用的记录有的被撤销了", why="什么都没有写入", fix=AGAIN)


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


def _plain(table: Table, name: str, value: Any) -> Any:
    """A value as the driver takes it raw: JSON as text, moments and dates as ISO text."""
    if value is None or isinstance(value, str | int):
        return value
    kind = table.c[name].type
    if isinstance(kind, JSON):
        return orjson.dumps(value).decode()
    if isinstance(kind, LargeBinary):
        return bytes(value)
    if isinstance(value, datetime):
        return iso_millis(value)
    return value.isoformat()


@contextmanager
def _conflicts() -> Iterator[None]:
    """A key that somebody else entered meanwhile is a conflict, not a crash."""
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError, psycopg.IntegrityError) as error:
        raise Conflict("预览之后，有人登记了同样编号的记录", why="什么都没有写入", fix=AGAIN) from error
