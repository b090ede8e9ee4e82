"""How a person adds, corrects or withdraws one record of a register.

Corrections never overwrite (kernel/keeping keeps the copy); each is one event of the trail with its reason and the
values before and after. Whoever edits an outdated version is refused and told what the other person changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.kernel.keeping import BOOKKEEPING, Kept, withdraw
from portal.trail.actions import RecordedEvent, record

Subjects = Sequence[tuple[str, str]]
KeptRow = TypeVar("KeptRow", bound=Kept)
MIN_REASON = 2


@dataclass(frozen=True)
class Act:
    """Who does it and why: handed to every action that changes a record.

    `stepped_up`: he has just proven himself anew by a fresh code of his second factor.
    """

    actor: str
    why: str
    request_id: str | None = None
    stepped_up: bool = False


@dataclass(frozen=True)
class Change:
    """One changed field: its column, the value before and after."""

    field: str
    before: Any
    after: Any


def get_current(session: Session, model: type[KeptRow], row_id: int) -> KeptRow:
    """A current record by its stable id; raises NotFound for an unknown, superseded or withdrawn one."""
    row = session.get(model, row_id)
    if row is None or not row.is_current:
        raise NotFound("没有这条记录", fix="它可能已被撤销；从列表重新查找")
    return row


def version_of(row: Kept) -> str:
    """A mark of the row's present version, for optimistic locking: every change gives another one."""
    if row.event_id is not None:
        return row.event_id
    return f"{row.batch_id}.{row.batch_row}.{row.recorded_at.isoformat()}"


def differences(row: Kept, values: Mapping[str, Any]) -> list[Change]:
    """What would change; sealed columns are compared by their blind index, since two seals of one value differ."""
    found = [
        Change(field, getattr(row, field), value) for field, value in values.items() if getattr(row, field) != value
    ]
    changed = {change.field for change in found}
    return [c for c in found if not (c.field.endswith("_sealed") and _index_stands(c, values, changed))]


def _index_stands(change: Change, values: Mapping[str, Any], changed: set[str]) -> bool:
    index = change.field.removesuffix("_sealed") + "_index"
    return index in values and index not in changed and change.before is not None


def spoken(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the trail keeps them: never a sealed text, a blind index in hexadecimal, local fields as pairs.

    Local fields have Chinese names, and keys of the trail are ASCII.
    """
    return {
        field: _spoken(value)
        for field, value in values.items()
        if not field.endswith("_sealed") and field not in BOOKKEEPING
    }


def _spoken(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return [{"name": str(name), "value": str(held)} for name, held in value.items()]
    return value


def need_reason(act: Act) -> str:
    """The reason of an act; refused when there is none."""
    why = act.why.strip()
    if len(why) < MIN_REASON:
        raise BadInput(
            "没有写原因", why="每次更改都要说明原因，并写入留痕", fix="用一句话写明为什么改，依据什么", code="why"
        )
    return why


def add_record(
    session: Session,
    row: Kept,
    act: Act,
    *,
    kind: str,
    subjects: Subjects | Callable[[], Subjects],
    unit: str | None = None,
) -> RecordedEvent:
    """Put a new record into its register and write the act down; `kind` names the act (`household.added`).

    `subjects` may be a function where it needs the id that the new row only gets here.
    """
    why = need_reason(act)
    session.add(row)
    session.flush()
    values = _values(row)
    after = spoken({k: v for k, v in values.items() if v is not None})
    return record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=subjects() if callable(subjects) else subjects,
        after=after,
        why=why,
        unit=unit,
        request_id=act.request_id,
    )


def correct_record(
    session: Session,
    row: Kept,
    values: Mapping[str, Any],
    act: Act,
    *,
    version: str | None,
    kind: str,
    subjects: Subjects,
    unit: str | None = None,
) -> list[Change]:
    """Change some fields of a current record. `version` is what the person had before the eyes (None: do not ask).

    Raises Conflict (code `stale`) when somebody else changed the record meanwhile, Refused when nothing would change,
    BadInput without a reason. Nothing is written in these cases.
    """
    why = need_reason(act)
    check_version(row, version)
    changes = differences(row, values)
    if not changes:
        raise Refused("没有任何改动", fix="改好一处再保存，或者返回", code="unchanged")
    for change in changes:
        setattr(row, change.field, change.after)
    session.flush()
    record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=subjects,
        before=spoken({c.field: c.before for c in changes}),
        after=spoken({c.field: c.after for c in changes}),
        why=why,
        unit=unit,
        request_id=act.request_id,
    )
    return changes


def check_version(row: Kept, version: str | None) -> None:
    """Refuse a change to a version that is no longer the present one."""
    if version is not None and version != version_of(row):
        raise Conflict(
            "这条记录刚被别人改过",
            why="您打开之后，它有了新的版本",
            fix="看清下面逐项的差别，再决定是否保存",
            code="stale",
        )


def withdraw_record(
    session: Session,
    row: Kept,
    act: Act,
    *,
    version: str | None,
    kind: str,
    subjects: Subjects,
    unit: str | None = None,
) -> RecordedEvent:
    """Take a record out of force. It stays readable in the history."""
    why = need_reason(act)
    check_version(row, version)
    values = _values(row)
    withdraw(row, session)
    session.flush()
    before = spoken({k: v for k, v in values.items() if v is not None})
    return record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=subjects,
        before=before,
        why=why,
        unit=unit,
        request_id=act.request_id,
    )


def refuse_unknown_fields(values: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """A programming error, not a person's: an action was handed a column that it does not let anybody set."""
    if strange := set(values) - allowed:
        raise TypeError(f"fields that this action does not set: {sorted(strange)}")


@dataclass(frozen=True)
class RecordRow:
    """One record for a page or a form: stable id, mark of its version, when it was recorded, its columns."""

    id: int
    version: str
    recorded_at: datetime
    values: Mapping[str, Any]
    is_withdrawn: bool = False


def record_row(session: Session, model: type[Kept], row_id: int) -> RecordRow:
    """A record by its stable id, as columns: the current one, or a withdrawn one; raises NotFound."""
    own = select(model).where(model.id == row_id, model.current_id.is_(None))
    row = session.scalars(own.execution_options(include_superseded=True)).one_or_none()
    if row is None:
        raise NotFound("没有这条记录", fix="核对编号，或从列表重新查找")
    return as_record(row)


def as_record(row: Kept) -> RecordRow:
    """A record in hand, as columns."""
    values = {name: value for name, value in _values(row).items() if name not in BOOKKEEPING}
    return RecordRow(row.id, version_of(row), row.recorded_at, values, not row.is_current)


def _values(row: Kept) -> dict[str, Any]:
    mapped: Any = row  # every user of the mixin is mapped to a table
    return {column.key: getattr(row, column.key) for column in mapped.__table__.columns}
