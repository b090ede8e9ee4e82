"""Loading: every file of the demonstration goes the way of any import, one trail event each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

from portal.demo.arrays import DemoTable
from portal.intake.actions import load_rows
from portal.intake.kinds import find_kind
from portal.intake.stage import stage_rows
from portal.kernel.errors import CannotRun
from portal.kernel.sealing import Keyring

ACTOR = "demo"
CHUNK_ROWS = 50_000


@dataclass
class Loaded:
    """What was loaded: rows and fen by kind, and how long it took."""

    rows: Counter[str] = field(default_factory=Counter)
    fen: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def load_tables(
    engine: Engine, keyring: Keyring, staging: Path, tables: Iterable[DemoTable], say: Callable[[str], None]
) -> Loaded:
    """Stage and merge the files one after the other, each in a transaction of its own.

    A refused row is a fault of the demonstration itself: CannotRun names the first.
    """
    loaded = Loaded()
    begun = time.monotonic()
    for table in tables:
        started = time.monotonic()
        staged = stage_rows(engine, keyring, staging, table.kind, chunks(table), fresh=True)
        if staged.errors_total:
            first = staged.errors[0]
            raise CannotRun(
                f"演示数据 {table.name} 有 {staged.errors_total} 处不合规", why=f"{first.column}：{first.why}"
            )
        load_rows(engine, staged, actor=ACTOR, source=table.name)
        loaded.rows[table.kind] += table.rows
        loaded.fen[table.kind] += staged.amount_fen or 0
        seconds = time.monotonic() - started
        say(f"{table.name}: {table.rows:,} 行，{seconds:.1f} 秒")
    loaded.seconds = time.monotonic() - begun
    return loaded


def chunks(table: DemoTable) -> Iterator[dict[str, list[Any]]]:
    """Typed columns by field name, some ten thousand rows at a time: what `stage_rows` takes."""
    kind = find_kind(table.kind)
    fields = {header: kind.column(header).field for header in table.columns.column_names}
    for start in range(0, max(table.rows, 1), CHUNK_ROWS):
        part = table.columns.slice(start, CHUNK_ROWS)
        if part.num_rows:
            yield {fields[header]: _plain(part.column(header)) for header in part.column_names}


def _plain(column: pa.ChunkedArray) -> list[Any]:
    kind = column.type
    if pa.types.is_date(kind):
        column = column.cast(pa.string())
    values: list[Any] = column.to_pylist()
    return values
