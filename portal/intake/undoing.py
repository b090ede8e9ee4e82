"""Undo: a compensating batch. What an import brought is withdrawn, what it changed gets its earlier values back.

Nothing is deleted: withdrawn rows stay with the moment and the batch that ended them, and a restored row is a new
version. Refused when something later rests on what would go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, inspect, or_, select
from sqlalchemy.orm import Session, aliased

from portal.intake.lookups import stored
from portal.intake.staging import StagingFile, data_columns
from portal.kernel.database import WRITING, Base, reserve_ids
from portal.kernel.errors import Refused
from portal.kernel.keeping import Kept, kept_tables
from portal.trail.batches import RowTreeBuilder
from portal.trail.encoding import row_digest, row_values

_CHUNK = 500
CODE_COLUMNS = ("division_code", "village_code", "parent_code")


@dataclass(frozen=True)
class Dependent:
    """Something later that rests on what an undo would take away."""

    table: str
    count: int
    examples: tuple[str, ...]


def stage_undo(engine: Engine, directory: Path, trail_batch: int) -> tuple[StagingFile, set[str]]:
    """Stage the compensating batch of a trail batch: the file (finished), and the tables it touches."""
    file = StagingFile.create(directory)
    tree = RowTreeBuilder()
    try:
        with engine.connect() as connection:
            tables = [t for t in kept_tables() if _any_row(connection, t, trail_batch)]
            for table in tables:
                file.prepare(table)
                restored = _stage_restored(engine, connection, file, tree, table, trail_batch)
                _stage_withdrawn(connection, file, tree, table, trail_batch, restored)
            connection.rollback()
        done = tree.finish()
        file.finish(done, {})
        done.close()
    except BaseException:
        file.discard()
        raise
    return StagingFile.open(file.path), {table.name for table in tables}


def _any_row(connection: Connection, table: Table, batch: int) -> bool:
    return connection.execute(select(table.c.id).where(table.c.batch_id == batch).limit(1)).first() is not None


def _stage_restored(
    engine: Engine, connection: Connection, file: StagingFile, tree: RowTreeBuilder, table: Table, batch: int
) -> set[int]:
    """Rows that the batch changed: their copies hold what stood before."""
    old, now = aliased(table, name="old"), aliased(table, name="now")
    statement = (
        select(old, now)
        .join(now, now.c.id == old.c.current_id)
        .where(old.c.superseded_batch_id == batch, old.c.current_id.is_not(None))
        .order_by(now.c.id)
    )
    width, names = len(table.columns), data_columns(table)
    done: set[int] = set()
    for chunk in _chunks(iter(connection.execute(statement))):
        before = [dict(zip((c.name for c in table.columns), map(stored, row[:width]), strict=True)) for row in chunk]
        current = [dict(zip((c.name for c in table.columns), map(stored, row[width:]), strict=True)) for row in chunk]
        ids = [row["id"] for row in current]
        after_digests = [row_digest(row_values(table, row)) for row in before]
        now_digests = [row_digest(row_values(table, row)) for row in current]
        first = tree.add_many(table.name, ids, ["update"] * len(ids), now_digests, after_digests)
        with engine.execution_options(**{WRITING: True}).begin() as writing:
            copy = reserve_ids(writing, table.name, len(ids))
        copies = list(range(copy, copy + len(ids)))
        copy_row = tree.add_many(table.name, copies, ["insert"] * len(ids), [None] * len(ids), now_digests)
        heads = zip(after_digests, now_digests, copies, strict=True)
        file.add_changed(
            table,
            (
                (
                    first + i,
                    ids[i],
                    bytes.fromhex(after),
                    bytes.fromhex(now_),
                    copy_id,
                    copy_row + i,
                    *_data(before[i], names),
                )
                for i, (after, now_, copy_id) in enumerate(heads)
            ),
        )
        done.update(ids)
    return done


def _data(row: Mapping[str, Any], names: Sequence[str]) -> Iterator[Any]:
    for name in names:
        yield StagingFile.json_text(row[name]) if name == "extensions" and row[name] is not None else row[name]


def _stage_withdrawn(
    connection: Connection, file: StagingFile, tree: RowTreeBuilder, table: Table, batch: int, restored: set[int]
) -> None:
    """Rows that the batch brought: they are ended, their values stay as they are."""
    statement = select(table).where(table.c.batch_id == batch, table.c.superseded_at.is_(None)).order_by(table.c.id)
    for chunk in _chunks(iter(connection.execute(statement).mappings())):
        rows = [{name: stored(value) for name, value in row.items()} for row in chunk if row["id"] not in restored]
        digests = [row_digest(row_values(table, row)) for row in rows]
        ids = [row["id"] for row in rows]
        first = tree.add_many(table.name, ids, ["update"] * len(ids), digests, digests)
        file.add_withdrawn(table.name, ((first + i, ids[i], bytes.fromhex(digests[i])) for i in range(len(ids))))


def _chunks(rows: Iterator[Any]) -> Iterator[Sequence[Any]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def tables_of(session: Session, batch: int) -> set[str]:
    """Register tables that a trail batch wrote to."""
    return {table.name for table in kept_tables() if _any_row(session.connection(), table, batch)}


def refuse_dependents(session: Session, batch: int, tables: set[str]) -> None:
    """Refused, naming them, when later changes or records rest on what the batch brought; inside the transaction."""
    found = [d for name in sorted(tables) for d in _dependents(session, Base.metadata.tables[name], batch)]
    if found:
        named = "；".join(f"{_title(d.table)} {d.count} 条（{'、'.join(d.examples)}）" for d in found[:6])
        raise Refused(
            "不能撤销：后来的记录要靠这批数据",
            why=named,
            fix="先撤销或更正后来的这些，再撤销这一批",
            code="depended_on",
        )


def _dependents(session: Session, table: Table, batch: int) -> Iterator[Dependent]:
    later = select(table.c.id, table.c.current_id).where(table.c.batch_id == batch, table.c.superseded_at.is_not(None))
    changed = session.execute(later).all()
    if changed:
        rows = [row.current_id or row.id for row in changed]
        yield Dependent(table.name, len(rows), _examples(session, table, table.c.id.in_(rows[:3])))
    brought = select(table.c.id).where(table.c.batch_id == batch, table.c.superseded_at.is_(None))
    kept = aliased(table, name="kept")
    brought = brought.where(
        ~select(kept.c.id).where(kept.c.superseded_batch_id == batch, kept.c.current_id == table.c.id).exists()
    )
    for other in kept_tables():
        conditions = [
            c.in_(brought)
            for c in other.columns
            if c.name != "current_id" and any(f.column.table is table for f in c.foreign_keys)
        ]
        if table.name == "divisions":
            codes = select(table.c.code).where(table.c.id.in_(brought))
            still = aliased(table, name="still")
            codes = codes.where(
                ~select(still.c.id)
                .where(
                    still.c.code == table.c.code,
                    still.c.superseded_at.is_(None),
                    or_(still.c.batch_id.is_(None), still.c.batch_id != batch),
                )
                .exists()
            )
            conditions += [other.c[name].in_(codes) for name in CODE_COLUMNS if name in other.columns]
        if conditions:
            own = or_(other.c.batch_id.is_(None), other.c.batch_id != batch)
            resting = (or_(*conditions), own, other.c.superseded_at.is_(None))
            ids = session.execute(select(other.c.id).where(*resting).limit(1000)).scalars().all()
            if ids:
                yield Dependent(other.name, len(ids), _examples(session, other, other.c.id.in_(ids[:3])))


def _examples(session: Session, table: Table, condition: Any) -> tuple[str, ...]:
    named = next((n for n in ("no", "code", "batch_no", "name") if n in table.columns), "id")
    return tuple(str(value) for value in session.execute(select(table.c[named]).where(condition)).scalars())


def _title(name: str) -> str:
    """The Chinese term that the model's docstring begins with."""
    models = (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Kept))
    said = next((model.__doc__ for model in models if inspect(model).local_table is Base.metadata.tables[name]), None)
    return re.split(r"[:;.,，。]", said or name)[0].strip()
