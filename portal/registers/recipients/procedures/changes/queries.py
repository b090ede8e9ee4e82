"""Reads of household changes: those of a household, those that wait, how many lived together on a past day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from portal.kernel.clock import start_of_day_cn
from portal.kernel.errors import NotFound
from portal.registers.divisions.parameters.queries import find_value
from portal.registers.divisions.queries import lies_within
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.changes.actions import values_of
from portal.registers.recipients.procedures.changes.models import ChangeKind as ChangeKind
from portal.registers.recipients.procedures.changes.models import ChangeState as ChangeState
from portal.registers.recipients.procedures.changes.models import HouseholdChange
from portal.registers.recipients.procedures.changes.rules import is_split_too_near


@dataclass(frozen=True)
class ChangeRow:
    """One change."""

    household_id: int
    n: int
    kind: str
    division_code: str
    happened_on: date
    person_id: int | None
    other_household_id: int | None
    people: int | None
    basis: str
    entered_by: str
    entered_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None


_NAMES = tuple(ChangeRow.__dataclass_fields__)
_COLUMNS = [getattr(HouseholdChange, name) for name in _NAMES]

_COUNTED = select(
    HouseholdChange.household_id, HouseholdChange.other_household_id, HouseholdChange.happened_on,
    HouseholdChange.decided_at, HouseholdChange.people,
).where(HouseholdChange.state == ChangeState.CONFIRMED, HouseholdChange.people.is_not(None))  # fmt: skip
_COUNTED_OF = _COUNTED.where(
    or_(
        HouseholdChange.household_id == bindparam("household"),
        HouseholdChange.other_household_id == bindparam("household"),
    )
)


def changes_of(session: Session, household_id: int) -> list[ChangeRow]:
    """The changes of a household, and those by which it came to be or was merged, the newest first."""
    own = or_(HouseholdChange.household_id == household_id, HouseholdChange.other_household_id == household_id)
    query = select(*_COLUMNS).where(own).order_by(HouseholdChange.happened_on.desc(), HouseholdChange.id.desc())
    return [ChangeRow(*row) for row in session.execute(query)]


def get_change(session: Session, household_id: int, n: int) -> tuple[ChangeRow, dict[str, Any]]:
    """One change with what it says, opened; `disclosure` shapes it. Raises NotFound."""
    query = select(HouseholdChange).where(HouseholdChange.household_id == household_id, HouseholdChange.n == n)
    row = session.scalar(query)
    if row is None:
        raise NotFound("没有这项变动", fix="从这一户的页面重新进入")
    return ChangeRow(*(getattr(row, name) for name in _NAMES)), values_of(session, row)


def list_waiting(session: Session, within: Collection[str], *, limit: int = 100) -> list[tuple[ChangeRow, str]]:
    """Changes of some divisions that wait to be confirmed, with the household's number, the oldest first."""
    query = (
        select(*_COLUMNS, Household.no)
        .join(Household, Household.id == HouseholdChange.household_id)
        .where(HouseholdChange.state == ChangeState.WAITING, lies_within(HouseholdChange.division_code, within))
    )
    rows = session.execute(query.order_by(HouseholdChange.id).limit(limit))
    return [(ChangeRow(*row[:-1]), row[-1]) for row in rows]


def members_shift(session: Session, household_id: int, on: date, *, from_present: bool = False) -> int:
    """By how many persons the register, as it was known at the end of a day, missed what had happened by then.

    A birth of the 3rd that was confirmed on the 20th belongs to the household of the 10th. `from_present`: against the
    register as it stands, where nobody knew the household then.
    """
    counted = list(session.execute(_COUNTED_OF, {"household": household_id}))
    return _shifted(counted, household_id, on, from_present)


def members_shifts(session: Session, on: date) -> dict[int, tuple[int, int]]:
    """`members_shift` of every household with confirmed changes, against the day and against the present; one statement."""
    counted: dict[int, list[Any]] = {}
    for row in session.execute(_COUNTED):
        for home in {row.household_id, row.other_household_id} - {None}:
            counted.setdefault(home, []).append(row)
    return {i: (_shifted(rows, i, on, False), _shifted(rows, i, on, True)) for i, rows in counted.items()}


def _shifted(rows: Iterable[Any], household_id: int, on: date, from_present: bool) -> int:
    shift, known_until = 0, start_of_day_cn(on + timedelta(days=1))
    for row in rows:
        if row.people is None or row.decided_at is None:
            continue
        signed = row.people if row.household_id == household_id else -row.people
        had_happened, was_known = row.happened_on <= on, from_present or row.decided_at < known_until
        shift += signed * (had_happened - was_known)
    return shift


def near_split(session: Session, household_id: int, place: str, on: date) -> date | None:
    """The day of a 分户 so short before an application that it is shown; None where there is none, or no months are set."""
    months = find_value(session, "split_months", place, on)
    if months is None:
        return None
    splits = select(HouseholdChange.happened_on).where(
        HouseholdChange.kind == ChangeKind.SPLIT,
        HouseholdChange.state == ChangeState.CONFIRMED,
        or_(HouseholdChange.household_id == household_id, HouseholdChange.other_household_id == household_id),
    )
    near = [day for day in session.scalars(splits) if is_split_too_near(day, on, months.whole)]
    return max(near, default=None)
