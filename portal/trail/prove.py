"""Receipts (.tlog-proof): that a leaf is in the newest checkpoint, what chosen fields of it say, and for a row that came
in a batch also its place in the batch's row tree. Every receipt is checked before it is handed out.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from portal.kernel.errors import CannotRun, NotFound, Refused
from portal.kernel.keeping import kept_tables
from portal.trail import merkle, verifier
from portal.trail.commitments import Opening, commit
from portal.trail.encoding import canonical, row_digest, row_values
from portal.trail.keys import keys_of
from portal.trail.models import (
    TrailBatch,
    TrailBatchSalt,
    TrailBatchTile,
    TrailEvent,
    TrailRow,
    TrailSubject,
    TrailTable,
)
from portal.trail.publish import LogFiles
from portal.trail.queries import open_events

SALT = merkle.HASH_BYTES


@dataclass(frozen=True)
class Record:
    """What a proof is asked for: an event, or row `row` of a batch with the values it has."""

    event_id: str
    table: Table | None = None
    row: Mapping[str, Any] | None = None


def receipt(files: LogFiles, index: int, opened: Mapping[str, Opening] | None = None, row: Any = None) -> bytes:
    """Receipt of leaf `index` in the newest checkpoint, from the public files alone. Raises NotFound beyond it."""
    note = files.checkpoint()
    if note is None:
        raise NotFound("日志还没有发布")
    size = verifier.parse_checkpoint(note).size
    if not 0 <= index < size:
        raise NotFound("最新检查点中没有这一条", fix="刚记下的内容要等下一次发布（通常一分钟内）")
    leaf = files.leaf(index, size)
    extra = {
        "leaf": base64.b64encode(leaf).decode(),
        "open": {name: opening.as_json() for name, opening in (opened or {}).items()},
        "row": row,
    }
    path = [base64.b64encode(value).decode() for value in files.hashes(size).inclusion(index)]
    head = ["c2sp.org/tlog-proof@v1", f"extra {base64.b64encode(canonical(extra)).decode()}", f"index {index}", *path]
    return "\n".join(head).encode() + b"\n\n" + note


def checked(proof: bytes, vkey: str) -> bytes:
    """The same receipt, after the verifier that outsiders use has accepted it."""
    try:
        verifier.check_proof(proof, verifier.parse_key(vkey))
    except verifier.Invalid as error:
        raise CannotRun(
            "写出的证明自检不通过，没有写文件", why=str(error), fix="请运行 yangguang trail verify"
        ) from error
    return proof


def prove(session: Session, files: LogFiles, record: Record, fields: Sequence[str] = ()) -> bytes:
    """A checked receipt of a record; `fields` of its event are opened, and of a batch always `rows`.

    Opening fields to somebody is a reveal: the caller records it. Raises Refused while the event is not published.
    """
    index = session.scalar(select(TrailEvent.seq).where(TrailEvent.event_id == record.event_id))
    if index is None:
        raise Refused("这条记录还没有发布", fix="请在下一个检查点之后再试（通常一分钟内）")
    opened = open_events(session, keys_of(session), [record.event_id])[record.event_id].fields
    wanted = {*fields, "rows"} if record.row is not None else set(fields)
    if "all" in wanted:
        wanted = set(opened)
    missing = wanted - set(opened)
    if missing:
        raise Refused(f"没有可公开的字段 {'、'.join(sorted(missing))}", why=f"此条有：{'、'.join(sorted(opened))}")
    row = _row_step(session, record) if record.row is not None else None
    shown = {name: opened[name] for name in sorted(wanted)}
    return checked(receipt(files, index, shown, row), files.read("key").decode().strip())


def _row_step(session: Session, record: Record) -> dict[str, Any]:
    """Salt, entry, values and path of one row: the entry is the one whose commitment the row tree holds."""
    assert record.table is not None
    assert record.row is not None
    batch_id, index = record.row["batch_id"], record.row["batch_row"]
    batch = session.get_one(TrailBatch, batch_id)
    salt = _salt(session, batch_id, index)
    hashes = merkle.TileHashes(batch.n, _tiles(session, batch_id))
    known = hashes.node(0, index)
    values = row_values(record.table, record.row)
    for entry in _entries(session, record, row_digest(values)):
        if merkle.leaf_hash(commit(salt, "row", entry)) == known:
            path = [base64.b64encode(value).decode() for value in hashes.inclusion(index)]
            salt64 = base64.b64encode(salt).decode()
            return {"i": index, "n": batch.n, "salt": salt64, "value": entry, "data": values, "path": path}
    raise CannotRun("登记行与导入批次的行树不符", why="这一行在导入之后被改动过，没有留痕", fix="请立即核对留痕")


def _entries(session: Session, record: Record, after: str) -> Iterator[dict[str, Any]]:
    """What the batch may have said of the row: inserted, or updated from the copy that the batch put aside."""
    assert record.table is not None
    assert record.row is not None
    table, row = record.table, record.row
    pk = row["current_id"] if row["current_id"] is not None else row["id"]
    aside = select(table).where(table.c.current_id == pk, table.c.superseded_batch_id == row["batch_id"])
    befores = [None, *(row_digest(row_values(table, old)) for old in session.execute(aside).mappings())]
    for op, before in product(("insert", "update", "delete"), befores):
        yield {"after": after, "before": before, "i": row["batch_row"], "op": op, "pk": str(pk), "t": table.name}


def row_agrees(session: Session, table: Table, row: Mapping[str, Any]) -> bool | None:
    """Whether a version of a record is what the trail says of it: the state that its event left, or its place in the
    batch's row tree. None where the trail says nothing of it, or its salt was erased by law.
    """
    pk = row["current_id"] if row["current_id"] is not None else row["id"]
    if row["batch_id"] is not None:
        try:
            _row_step(session, Record("", table, row))
        except (Refused, NoResultFound):
            return None
        except CannotRun:
            return False
        return True
    number = select(TrailTable.id).where(TrailTable.name == table.name).scalar_subquery()
    said = select(TrailRow.after).where(
        TrailRow.event_id == row["event_id"], TrailRow.table_id == number, TrailRow.pk == pk
    )
    known = session.execute(said).one_or_none()
    return None if known is None or known[0] is None else known[0].hex() == row_digest(row_values(table, row))


def _salt(session: Session, batch_id: int, index: int) -> bytes:
    block, offset = divmod(index, merkle.TILE_WIDTH)
    salts = session.get_one(TrailBatchSalt, (batch_id, block)).salts
    salt = salts[offset * SALT : (offset + 1) * SALT]
    if not any(salt):
        raise Refused("这一行的明文已依法删除，只能证明它曾经存在")
    return salt


def _tiles(session: Session, batch_id: int) -> merkle.ReadTile:
    def read(level: int, tile: int, width: int) -> bytes:
        return session.get_one(TrailBatchTile, (batch_id, level, tile)).hashes[: width * merkle.HASH_BYTES]

    return read


def find_record(session: Session, kind: str, no: str) -> Record:
    """What KIND NO names: `event ID`, a subject of an event, or a register table (or its singular) with its key.

    Parts of a key are joined with `/`, a batch and its line with `-` (`payment FF-2026-01-17`); `#12` is a row id. The newest
    record counts.
    Raises NotFound.
    """
    if kind == "event":
        return Record(no)
    for table in kept_tables():
        if table.name in (kind, f"{kind}s", f"{kind}es", f"{kind[:-1]}ies"):
            found = _find_row(session, table, no)
            if found is not None:
                return found
    newest = (
        select(TrailEvent.event_id)
        .join(TrailSubject, TrailSubject.event_id == TrailEvent.event_id)
        .where(TrailSubject.kind == kind, TrailSubject.no == no)
        .order_by(TrailEvent.n.desc())
        .limit(1)
    )
    event_id = session.scalar(newest)
    if event_id is None:
        raise NotFound(f"没有 {kind} {no} 的留痕", fix="请核对种类和编号")
    return Record(event_id)


def find_row_id(session: Session, kind: str, no: str) -> tuple[Table, Mapping[str, Any]] | None:
    """Table and current row of a register that KIND NO names; None where no register holds it."""
    for table in kept_tables():
        if table.name in (kind, f"{kind}s", f"{kind}es", f"{kind[:-1]}ies"):
            row = _current_row(session, table, no)
            if row is not None:
                return table, row
    return None


def _find_row(session: Session, table: Table, no: str) -> Record | None:
    row = _current_row(session, table, no)
    if row is None:
        return None
    if row["event_id"] is not None:
        return Record(row["event_id"])
    event_id = session.scalar(select(TrailBatch.event_id).where(TrailBatch.id == row["batch_id"]))
    return None if event_id is None else Record(event_id, table, dict(row))


def _current_row(session: Session, table: Table, no: str) -> Mapping[str, Any] | None:
    statement = select(table).where(table.c.superseded_at.is_(None))
    if no.startswith("#") and no[1:].isdigit():
        statement = statement.where(table.c.id == int(no[1:]))
    else:
        keys = _key_columns(table)
        parts = _parts(no, keys)
        if len(parts) != len(keys):
            return None
        for column, part in zip(keys, parts, strict=True):
            try:
                statement = statement.where(column == _typed(column.type.python_type, part))
            except ValueError:
                return None
    found = session.execute(statement).mappings().first()
    return None if found is None else dict(found)


def _parts(no: str, keys: Sequence[Any]) -> list[str]:
    """The parts of a key. A batch and the number of its line are one number everywhere else, with a `-` between."""
    if len(keys) < 2:
        return [no]
    is_line = len(keys) == 2 and keys[1].type.python_type is int and "/" not in no
    return no.rsplit("-", 1) if is_line else no.split("/")


def _typed(kind: type[Any], part: str) -> Any:
    if kind is int:
        return int(part)
    return date.fromisoformat(part) if kind is date else part


def _key_columns(table: Table) -> list[Any]:
    """Columns of the trade's key: those of the unique index among current rows."""
    index = next((i for i in table.indexes if i.name == f"uq_{table.name}_current"), None)
    return list(index.columns) if index is not None else []


def describe(proof: bytes) -> dict[str, Any]:
    """Index and opened fields of a receipt, for the person who asked for it."""
    lines = proof.split(b"\n")
    extra = json.loads(base64.b64decode(lines[1].removeprefix(b"extra ")))
    return {
        "index": int(lines[2].removeprefix(b"index ")),
        "opened": sorted(extra["open"]),
        "steps": 2 if extra["row"] else 1,
    }
