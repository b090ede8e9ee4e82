"""Many rows of one register table at once, as one batch in the trail: what a run over a whole city writes.

New rows are inserted; of changed ones the old values stay as superseded copies, like with every correction. One event
says it all and every row stands in its tree. From `write` on nothing else may change the table in this transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc, raise_data_version, reserve_ids, table_of
from portal.kernel.keeping import BOOKKEEPING, Kept
from portal.trail.actions import RecordedBatch, record_batch
from portal.trail.batches import BatchManifest, RowTreeBuilder
from portal.trail.encoding import digest_columns, plain, row_digest
from portal.trail.heads import put_heads

CHUNK: Final = 5_000


class Batch:
    """Rows are handed in by `add` and `change`, and written by `write`. Values as the columns take them."""

    def __init__(self, session: Session, model: type[Kept]) -> None:
        self._session = session
        self._public = model.__public__
        mapped: Any = model  # a mixin: every class that uses it is mapped
        self._table: Table = table_of(mapped)
        self._names = [column.name for column in self._table.columns if column.name not in BOOKKEEPING]
        self._digested = digest_columns(column.name for column in self._table.columns)
        self._tree = RowTreeBuilder()
        self._new: list[tuple[Any, ...]] = []  # row number, id, digest, values in the order of `_names`
        self._changed: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []

    def add(self, first_id: int, rows: Iterable[Mapping[str, Any]]) -> None:
        """New rows; their ids, reserved before, run from `first_id`. Columns that a row does not name stay empty."""
        values = [tuple(row.get(name) for name in self._names) for row in rows]
        digests = [self._digest(dict(zip(self._names, row, strict=True))) for row in values]
        ids = range(first_id, first_id + len(values))
        start = self._add(ids, "insert", None, digests)
        numbers = range(start, start + len(values))
        raw = map(bytes.fromhex, digests)
        self._new += zip(numbers, ids, raw, values, strict=True)

    def change(self, row: Mapping[str, Any], **changes: Any) -> None:
        """A current row as it lies there, with all its columns, and what becomes of some of them."""
        self._changed.append((row, changes))

    def write(self, kind: str, actor: str, subjects: Sequence[tuple[str, str]] = ()) -> RecordedBatch | None:
        """Record the batch and write its rows; None where there are none."""
        ids, copies, before, after, copied, changed = self._chain()
        tree = self._tree.finish()
        if tree.n == 0:
            return None
        self._session.flush()
        connection, moment = self._session.connection(), now_utc()
        number = reserve_ids(connection, "trail_batches", 1)
        done = record_batch(self._session, BatchManifest(number, kind, actor, subjects=subjects), tree)
        tree.close()
        self._insert(number, moment)
        self._keep(copies, number, moment)
        self._update(number, changed, moment)
        name = self._table.name
        put_heads(connection, name, zip(copies, before, strict=True), batch_id=number, first_row=copied)
        put_heads(connection, name, zip(ids, after, strict=True), batch_id=number, first_row=changed)
        if self._public:
            raise_data_version(connection)
        self._session.expire_all()
        return done

    def _digest(self, row: Mapping[str, Any]) -> str:
        return row_digest({name: plain(row[name]) for name in self._digested})

    def _add(self, ids: Sequence[int], op: str, befores: Sequence[str] | None, afters: Sequence[str]) -> int:
        ops, none = [op] * len(ids), [None] * len(ids)
        return self._tree.add_many(self._table.name, ids, ops, befores or none, afters)

    def _chain(self) -> tuple[list[int], list[int], list[bytes], list[bytes], int, int]:
        """Ids of changed rows and of their copies, digests before and after, and where both begin in the tree."""
        ids = [int(row["id"]) for row, _changes in self._changed]
        first = reserve_ids(self._session.connection(), self._table.name, len(ids)) if ids else 0
        copies = list(range(first, first + len(ids)))
        before = [self._digest(row) for row, _changes in self._changed]
        after = [self._digest({**row, **changes}) for row, changes in self._changed]
        copied = self._add(copies, "insert", None, before)
        changed = self._add(ids, "update", before, after)
        return ids, copies, [*map(bytes.fromhex, before)], [*map(bytes.fromhex, after)], copied, changed

    def _insert(self, number: int, moment: datetime) -> None:
        connection, statement = self._session.connection(), insert(self._table)
        for some in _chunks(self._new):
            rows = [
                {**dict(zip(self._names, values, strict=True)), "id": pk, "recorded_at": moment, "batch_id": number, "batch_row": n}
                for n, pk, _digest, values in some
            ]  # fmt: skip
            connection.execute(statement, rows)
            heads = [(pk, digest) for _n, pk, digest, _values in some]
            # Rows of one call of `add` follow each other; those of the next may begin further on.
            for start, end in _runs([n for n, *_rest in some]):
                put_heads(connection, self._table.name, heads[start:end], batch_id=number, first_row=some[start][0])

    def _keep(self, copies: Sequence[int], number: int, moment: datetime) -> None:
        ended = {"superseded_at": moment, "superseded_batch_id": number}
        rows = [
            {**row, **ended, "id": copy, "current_id": row["id"]}
            for copy, (row, _changes) in zip(copies, self._changed, strict=True)
        ]
        for some in _chunks(rows):
            self._session.connection().execute(insert(self._table), some)

    def _update(self, number: int, first_row: int, moment: datetime) -> None:
        stamp = {"recorded_at": moment, "event_id": None, "batch_id": number}
        named = sorted({name for _row, changes in self._changed for name in changes})
        statement = (
            update(self._table)
            .where(self._table.c.id == bindparam("of_row"))
            .values({name: bindparam(name) for name in (*named, *stamp, "batch_row")})
        )
        rows = [
            {**{name: row[name] for name in named}, **changes, **stamp, "of_row": row["id"], "batch_row": first_row + n}
            for n, (row, changes) in enumerate(self._changed)
        ]
        for some in _chunks(rows):
            self._session.connection().execute(statement, some)


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where unbroken runs of numbers start and end."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield start, at
            start = at
