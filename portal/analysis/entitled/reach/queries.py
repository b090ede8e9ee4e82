"""Reads of the unreached: the list of a township by due day, one row, the latest run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.analysis.entitled.models import ReachRun, Unreached
from portal.analysis.entitled.models import ReachState as ReachState
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.registers.divisions.queries import codes_within, counts_within
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.rules import HEAD

WORKING = (ReachState.OPEN, ReachState.APPLIED)


@dataclass(frozen=True)
class UnreachedRow:
    """One household that a policy has not reached."""

    id: int
    policy: str
    policy_version: int
    household_id: int
    household_no: str
    division_code: str
    persons: int
    first_seen: date
    due_on: date
    state: str
    handled_by: str | None
    handled_at: datetime | None
    note_sealed: bytes | None
    head_name: str = ""

    def is_late(self, today: date) -> bool:
        """Nobody has seen to it, and the day is past."""
        return self.state == ReachState.OPEN and self.due_on < today


_COLUMNS = (
    Unreached.id, Unreached.policy, Unreached.policy_version, Unreached.household_id, Household.no,
    Unreached.division_code, Unreached.persons, Unreached.first_seen, Unreached.due_on, Unreached.state,
    Unreached.handled_by, Unreached.handled_at, Unreached.note_sealed,
)  # fmt: skip
_ROWS = select(*_COLUMNS).join(Household, Household.id == Unreached.household_id)


def list_unreached(
    session: Session,
    within: Collection[str],
    *,
    policy: str = "",
    state: str = ReachState.OPEN,
    division: str = "",
    after: Start | None = None,
    limit: int | None = 51,
) -> list[UnreachedRow]:
    """Households of some divisions by due day; the heads' names are asked for those of the page alone."""
    query = _ROWS.where(Unreached.division_code.in_(codes_within(within)))
    if division:
        query = query.where(Unreached.division_code.in_(codes_within([division])))
    if policy:
        query = query.where(Unreached.policy == policy)
    if state:
        return _with_heads(session, _beside(session, query, state, after, limit))
    # The list is kept in order for each state: the six beginnings are put together, instead of sorting everything.
    every = [row for one in ReachState for row in _beside(session, query, one, after, limit)]
    every.sort(key=lambda row: (row.due_on, row.id))
    back = after is not None and after.back
    return _with_heads(session, every[-limit:] if back and limit else every[:limit])


def _beside(
    session: Session, query: Select[*tuple[Any, ...]], state: str, after: Start | None, limit: int | None
) -> list[UnreachedRow]:
    one = query.where(Unreached.state == state)
    return [UnreachedRow(*row) for row in rows_beside(session, one, (Unreached.due_on, Unreached.id), after, limit)]


def _with_heads(session: Session, rows: list[UnreachedRow]) -> list[UnreachedRow]:
    heads: dict[int, str] = {}
    ids = sorted({row.household_id for row in rows})
    for start in range(0, len(ids), 500):
        mine = select(Person.household_id, Person.name).where(Person.relation == HEAD)
        heads.update(
            {h: name for h, name in session.execute(mine.where(Person.household_id.in_(ids[start : start + 500])))}
        )
    return [UnreachedRow(**{**vars(row), "head_name": heads.get(row.household_id, "")}) for row in rows]


def get_unreached(session: Session, row_id: int) -> UnreachedRow:
    """One row; raises NotFound."""
    row = session.execute(_ROWS.where(Unreached.id == row_id)).one_or_none()
    if row is None:
        raise NotFound("没有这一条", fix="从列表重新进入")
    return _with_heads(session, [UnreachedRow(*tuple(row))])[0]


@dataclass(frozen=True)
class PolicyCount:
    """How many households a policy has not reached, and how many of them are late."""

    policy: str
    open: int
    late: int
    applied: int


def count_unreached(session: Session, within: Collection[str], today: date) -> list[PolicyCount]:
    """Per policy, most first. Three statements; grouped as the index lies, so that nothing is sorted."""
    groups = (Unreached.policy, Unreached.state, Unreached.due_on)
    query = select(*groups, func.count()).where(
        Unreached.state.in_(WORKING), counts_within(session, Unreached.division_code, within)
    )
    found: dict[str, PolicyCount] = {}
    for policy, state, due_on, n in session.execute(query.group_by(*groups)):
        so_far = found.get(policy, PolicyCount(policy, 0, 0, 0))
        if state == ReachState.OPEN:
            found[policy] = replace(so_far, open=so_far.open + n, late=so_far.late + n * (due_on < today))
        else:
            found[policy] = replace(so_far, applied=so_far.applied + n)
    return sorted(found.values(), key=lambda count: (-count.open, count.policy))


def unreached_of(session: Session, household_id: int) -> list[UnreachedRow]:
    """What has not reached one household, and what came of it."""
    query = _ROWS.where(Unreached.household_id == household_id).order_by(Unreached.due_on, Unreached.id)
    return [UnreachedRow(*tuple(row)) for row in session.execute(query)]


@dataclass(frozen=True)
class RunRow:
    """One run."""

    no: str
    as_of: date
    ran_by: str
    started_at: datetime
    ended_at: datetime
    households: int
    results: list[dict[str, Any]]


def latest_run(session: Session) -> RunRow | None:
    """The newest run; None before the first."""
    names = RunRow.__dataclass_fields__
    query = select(*(getattr(ReachRun, name) for name in names)).order_by(ReachRun.id.desc()).limit(1)
    row = session.execute(query).one_or_none()
    return None if row is None else RunRow(*row)
