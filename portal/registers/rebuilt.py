"""A record as it stood on a day: the register's own version, what the events of the trail say of its fields, and whether
the version is the one that the trail holds.

The register keeps every version (kernel/keeping); the trail keeps a digest of each, and of an act the changed values.
Whoever alters a version past the application alters its digest, and the two no longer agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from portal.kernel.database import Base
from portal.kernel.keeping import BOOKKEEPING, Kept, versions
from portal.registers.history import Version, history_of
from portal.trail.prove import find_row_id, row_agrees
from portal.trail.queries import Entry, get_events


class Verdict(StrEnum):
    """What the comparison came to."""

    AGREES = "与留痕一致"
    DIFFERS = "与留痕不一致"
    UNSAID = "留痕里没有这一版"
    NOT_YET = "那一天还没有这条记录"
    WITHDRAWN = "那一天已经撤销"


@dataclass(frozen=True)
class FieldThen:
    """One field on that day: in the register, and as the events of the trail told it (`is_told`; files tell only a digest)."""

    name: str
    value: Any
    told: Any
    is_told: bool

    @property
    def differs(self) -> bool:
        """Whether an event said otherwise."""
        return self.is_told and _plain(self.value) != _plain(self.told)


@dataclass(frozen=True)
class Rebuilt:
    """A record at a moment."""

    table: str
    at: datetime
    verdict: Verdict
    since: datetime | None
    fields: Sequence[FieldThen]


@dataclass(frozen=True)
class Record:
    """A registered thing that the trail names by kind and number."""

    table: str
    row_id: int
    division_code: str | None
    household_id: int | None  # whose it is, where it is a household's


def find_registered(session: Session, kind: str, no: str) -> Record | None:
    """The current row of a kind and number; None where no register holds it."""
    found = find_row_id(session, kind, no)
    if found is None:
        return None
    table, row = found
    return Record(table.name, row["id"], row.get("division_code"), row.get("household_id"))


def versions_of(session: Session, record: Record) -> list[Version]:
    """Every version of a record, the latest first, with the act or the file's row behind it."""
    return history_of(session, _model(record.table), record.row_id)


def rebuild(session: Session, record: Record, at: datetime) -> Rebuilt:
    """A record as it stood at a moment, and whether that version is the one that the trail holds."""
    model = _model(record.table)
    kept = versions(session, model, record.row_id)
    then = [row for row in kept if row.recorded_at <= at]
    if not then:
        return Rebuilt(record.table, at, Verdict.NOT_YET, None, ())
    row = then[-1]
    if row.superseded_at is not None and row.superseded_at <= at and row is kept[-1]:
        return Rebuilt(record.table, at, Verdict.WITHDRAWN, row.superseded_at, ())
    table = Base.metadata.tables[record.table]
    values = dict(session.execute(select(table).where(table.c.id == row.id)).mappings().one())
    agrees = row_agrees(session, table, values)
    verdict = Verdict.UNSAID if agrees is None else Verdict.AGREES if agrees else Verdict.DIFFERS
    told = _told(session, record, [one.event_id for one in then if one.event_id is not None])
    return Rebuilt(record.table, at, verdict, row.recorded_at, _fields(table, values, told))


def _told(session: Session, record: Record, events: Sequence[str]) -> dict[str, Any]:
    """What the events of a record's versions say of its fields, a later one over an earlier."""
    told: dict[str, Any] = {}
    for entry in get_events(session, list(dict.fromkeys(events))):
        if _tells_of(session, record, entry):
            told |= entry.after or {}
    return told


def _tells_of(session: Session, record: Record, entry: Entry) -> bool:
    """Whether an event's fields are this record's: a procedure's, which changed the household too, are the procedure's."""
    own = entry.kind.partition(".")[0]
    named = next((no for kind, no in entry.subjects if kind == own), None)
    if named is None:
        return True
    found = find_row_id(session, own, named)
    return found is not None and found[0].name == record.table


def _fields(table: Table, values: Mapping[Any, Any], told: Mapping[str, Any]) -> list[FieldThen]:
    names = [c.name for c in table.columns if c.name not in BOOKKEEPING and not _is_hidden(c.name)]
    return [FieldThen(name, values[name], told.get(name), name in told) for name in names]


def _is_hidden(name: str) -> bool:
    return name.endswith(("_sealed", "_index", "_hash")) or name.startswith("id_")


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return "" if value is None else str(value)


def _model(table: str) -> type[Kept]:
    return next(
        m.class_
        for m in Base.registry.mappers
        if issubclass(m.class_, Kept) and getattr(m.local_table, "name", "") == table
    )
