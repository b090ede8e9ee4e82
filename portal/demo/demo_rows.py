"""Appending a few told rows to a drawn table; columns that they do not name stay blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from portal.demo.arrays import DemoTable, column


def appended(table: DemoTable, rows: Mapping[str, Any]) -> DemoTable:
    """The table with the rows at its end."""
    made = {header: column(values) for header, values in rows.items()}
    names = [*table.columns.column_names, *[h for h in made if h not in table.columns.column_names]]
    count = len(next(iter(made.values())))
    columns = {}
    for name in names:
        old = table.columns.column(name) if name in table.columns.column_names else None
        kind = made[name].type if old is None else old.type
        new = made[name].cast(kind) if name in made else pa.nulls(count, kind)
        before = pa.nulls(table.rows, kind) if old is None else old
        columns[name] = pa.chunked_array([*_chunks(before), new])
    return replace(table, columns=pa.table(columns))


def _chunks(values: Any) -> list[pa.Array]:
    return list(values.chunks) if isinstance(values, pa.ChunkedArray) else [values]
