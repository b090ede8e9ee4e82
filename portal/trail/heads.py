"""Heads: the last known digest of every protected row, and the small numbers of the tables.

Actions never call this: `guard` puts the heads of the rows a transaction touched. A bulk merge puts its own with the
statement that `bulk_heads_sql` gives (or COPY with `HEAD_COLUMNS`), from the digests it computed while staging.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select, text

from portal.kernel.prepared import Prepared
from portal.trail.models import TrailHeads, TrailTable

HEAD_COLUMNS = ("table_id", "pk", "digest", "event_id", "batch_id", "batch_row")
_COLUMNS = ", ".join(HEAD_COLUMNS)
_ON_CONFLICT = (
    " ON CONFLICT (table_id, pk) DO UPDATE SET digest = excluded.digest, event_id = excluded.event_id,"
    " batch_id = excluded.batch_id, batch_row = excluded.batch_row"
)
_PUT = Prepared(
    text(
        f"INSERT INTO trail_heads ({_COLUMNS})"  # noqa: S608  (our own column names)
        f" VALUES (:table_id, :pk, :digest, :event_id, :batch_id, :batch_row){_ON_CONFLICT}"
    )
)


def table_ids(connection: Connection) -> dict[str, int]:
    """Number of every table that has heads."""
    return {name: number for number, name in connection.execute(select(TrailTable.id, TrailTable.name))}


def table_id(connection: Connection, name: str) -> int:
    """Number of one table, given on first use; two that come first at once are one after the other."""
    known = select(TrailTable.id).where(TrailTable.name == name)
    found = connection.execute(known).scalar()
    if found is None and connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('trail_tables', 0))"))
        found = connection.execute(known).scalar()
    if found is None:
        number = (connection.execute(text("SELECT coalesce(max(id), 0) + 1 FROM trail_tables"))).scalar_one()
        connection.execute(
            text("INSERT INTO trail_tables (id, name) VALUES (:id, :name)"), {"id": number, "name": name}
        )
        return int(number)
    return int(found)


def put_heads(
    connection: Connection,
    table: str,
    heads: Iterable[tuple[int, bytes | None]],
    *,
    event_id: str | None = None,
    batch_id: int | None = None,
    first_row: int | None = None,
) -> int:
    """Upsert (pk, digest) pairs of one table, said by an event, or by a batch from row `first_row` on.

    Returns how many. A digest of None says that the row was deleted.
    """
    number = table_id(connection, table)
    rows = head_lines(number, heads, event_id=event_id, batch_id=batch_id, first_row=first_row)
    write_heads(connection, rows)
    return len(rows)


def head_lines(
    number: int,
    heads: Iterable[tuple[int, bytes | None]],
    *,
    event_id: str | None = None,
    batch_id: int | None = None,
    first_row: int | None = None,
) -> list[dict[str, Any]]:
    """(pk, digest) pairs of the table of this number, as `write_heads` takes them; those of several tables may be joined."""
    return [
        {
            "table_id": number,
            "pk": pk,
            "digest": digest,
            "event_id": event_id,
            "batch_id": batch_id,
            "batch_row": None if first_row is None else first_row + offset,
        }
        for offset, (pk, digest) in enumerate(heads)
    ]


def write_heads(connection: Connection, lines: list[dict[str, Any]]) -> None:
    """Upsert what `head_lines` made."""
    if lines:
        _PUT.run(connection, *lines)


def bulk_heads_sql(
    table_number: int,
    batch_id: int,
    source: str,
    *,
    pk: str = "pk",
    digest: str = "digest",
    row: str = "row",
    fresh: bool = False,
) -> str:
    """One statement that puts the heads of a whole batch from a staging table or attached file.

    `digest` is 32 raw bytes, `row` the row number in the batch. `fresh=True` (only new ids) skips the conflict check.
    `source` and the column names are ours, never a user's.
    """
    statement = (
        f"INSERT INTO trail_heads ({_COLUMNS})"  # noqa: S608  (names are ours, numbers are integers)
        f" SELECT {int(table_number)}, {pk}, {digest}, NULL, {int(batch_id)}, {row} FROM {source}"
        f" WHERE true ORDER BY {pk}"
    )
    return statement if fresh else statement + _ON_CONFLICT


def head_digests(connection: Connection, table: str, pks: Sequence[int]) -> dict[int, bytes | None]:
    """Known digests of some rows (rows without a head are absent)."""
    number = table_id(connection, table)
    found: dict[int, bytes | None] = {}
    for start in range(0, len(pks), 500):
        some = TrailHeads.pk.in_(pks[start : start + 500])
        rows = connection.execute(select(TrailHeads.pk, TrailHeads.digest).where(TrailHeads.table_id == number, some))
        found.update({pk: digest for pk, digest in rows})
    return found
