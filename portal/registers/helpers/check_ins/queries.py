"""Reads of check-ins. Doors take enums, tasks and dataclasses from here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.registers.corrections import RecordRow, as_record
from portal.registers.helpers.check_ins.models import Activity as Activity
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.models import NoLocation as NoLocation
from portal.registers.helpers.check_ins.models import NotPossible as NotPossible
from portal.registers.helpers.check_ins.models import Source as Source
from portal.registers.helpers.check_ins.models import State as State
from portal.registers.helpers.check_ins.models import Visit as Visit
from portal.registers.helpers.check_ins.needs.models import NeedKind as NeedKind
from portal.registers.helpers.check_ins.rules import Context as Context
from portal.registers.helpers.check_ins.tasks.queries import OwnHousehold as OwnHousehold
from portal.registers.helpers.check_ins.tasks.queries import list_own_households as list_own_households
from portal.registers.helpers.check_ins.tasks.queries import list_tasks_today as list_tasks_today
from portal.registers.helpers.check_ins.tasks.rules import Task as Task
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household


@dataclass(frozen=True)
class CheckInRow:
    """A check-in as its helper's phone compares it with its own queue; `id` is the phone's UUID."""

    id: str
    household_no: str
    captured_at: datetime
    received_at: datetime
    state: State
    visit: Visit


def _mine(helper_no: str, since: datetime | None) -> Select[Any]:
    query: Any = (
        select(
            CheckIn.claim_id, Household.no, CheckIn.captured_at, CheckIn.received_at, CheckIn.state, CheckIn.visit,
            CheckIn.id,
        )
        .join(Household, Household.id == CheckIn.household_id)
        .where(CheckIn.helper_id == select(Helper.id).where(Helper.no == helper_no).scalar_subquery())
    )  # fmt: skip
    chosen: Select[Any] = query.where(CheckIn.received_at >= since) if since is not None else query
    return chosen


def list_check_ins_since(
    session: Session, helper_no: str, since: datetime | None, limit: int = 200
) -> list[CheckInRow]:
    """A helper's check-ins received at or after a moment, in the order of receipt. All of one moment come together.

    So the next page begins a millisecond after the last one's `received_at`, whatever the limit.
    """
    query = _mine(helper_no, since).order_by(CheckIn.received_at, CheckIn.id)
    rows = list(session.execute(query.limit(limit)))
    if len(rows) == limit:
        last = rows[-1]
        rows += session.execute(query.where(CheckIn.received_at == last.received_at, CheckIn.id > last.id))
    return [CheckInRow(r[0], r[1], r[2], r[3], State(r[4]), Visit(r[5])) for r in rows]


def count_check_ins_since(session: Session, helper_no: str, since: datetime | None) -> int:
    """How many check-ins of a helper were received at or after a moment."""
    query = _mine(helper_no, since).with_only_columns(func.count())
    return int(session.scalar(query) or 0)


def find_check_in(session: Session, claim_id: str) -> RecordRow | None:
    """A check-in by the phone's UUID."""
    row = session.scalars(select(CheckIn).where(CheckIn.claim_id == claim_id)).one_or_none()
    return as_record(row) if row is not None else None


def get_check_in(session: Session, claim_id: str) -> RecordRow:
    """As `find_check_in`; raises NotFound."""
    found = find_check_in(session, claim_id)
    if found is None:
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    return found


@dataclass(frozen=True)
class VisitRow:
    """One visit to a household, for its file: when, by whom, what was done and seen."""

    id: int
    claim_id: str
    captured_at: datetime
    received_at: datetime
    helper_no: str
    helper_name: str
    source: Source
    visit: Visit
    not_possible_reason: str | None
    activities: tuple[str, ...]
    findings: tuple[str, ...]
    note: str | None
    state: State
    photo_count: int


_VISITS = select(
    CheckIn.id, CheckIn.claim_id, CheckIn.captured_at, CheckIn.received_at, Helper.no, Helper.name,
    CheckIn.source, CheckIn.visit, CheckIn.not_possible_reason, CheckIn.activities, CheckIn.findings,
    CheckIn.note, CheckIn.state, CheckIn.photo_count,
).join(Helper, Helper.id == CheckIn.helper_id)  # fmt: skip


def visits_of_household(
    session: Session, household_id: int, *, helper_no: str | None = None, limit: int = 50
) -> list[VisitRow]:
    """The visits recorded about a household, the latest first; with `helper_no` only that helper's."""
    query = _VISITS.where(CheckIn.household_id == household_id)
    if helper_no is not None:
        query = query.where(Helper.no == helper_no)
    rows = session.execute(query.order_by(CheckIn.captured_at.desc(), CheckIn.id.desc()).limit(limit))
    return [_visit_row(row) for row in rows]


def visits_of_households(
    session: Session, household_ids: Collection[int], *, limit: int = 50
) -> dict[int, list[VisitRow]]:
    """As `visits_of_household`, of some households; at most `limit` of each."""
    latest_first = (CheckIn.captured_at.desc(), CheckIn.id.desc())
    place = func.row_number().over(partition_by=CheckIn.household_id, order_by=latest_first).label("place")
    mine = select(CheckIn.id, place).where(CheckIn.household_id.in_(household_ids)).subquery()
    query = _VISITS.add_columns(CheckIn.household_id).join(mine, mine.c.id == CheckIn.id).where(mine.c.place <= limit)
    found: dict[int, list[VisitRow]] = {}
    for row in session.execute(query.order_by(*latest_first)):
        found.setdefault(row.household_id, []).append(_visit_row(row))
    return found


def _visit_row(row: Row[*tuple[Any, ...]]) -> VisitRow:
    return VisitRow(
        row[0], row[1], row[2], row[3], row[4], row[5], Source(row.source), Visit(row.visit),
        row.not_possible_reason, tuple(row.activities), tuple(row.findings), row.note, State(row.state),
        row.photo_count,
    )  # fmt: skip
