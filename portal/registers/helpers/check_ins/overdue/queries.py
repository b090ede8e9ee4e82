"""Households 在册 by how long nobody has visited them; a visit that a person has judged not to count does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.kernel.keyset import Start, rows_beside
from portal.registers.divisions.parameters.queries import list_rows_of
from portal.registers.divisions.parameters.rules import ParameterRow, choose
from portal.registers.divisions.queries import ancestors, codes_within
from portal.registers.helpers.check_ins.boards.queries import homes_of
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.overdue.rules import Standing, standing_of
from portal.registers.helpers.check_ins.tasks.rules import visit_class
from portal.registers.helpers.models import Helper, Pairing
from portal.registers.helpers.queries import in_force
from portal.registers.helpers.rules import visit_days
from portal.registers.recipients.models import Household, HouseholdStatus

NEVER: Final = date(1900, 1, 1)
DEFAULT_DAYS: Final = 30
_CHUNK: Final = 500
#: In these words, so that both databases see that the index of last visits holds what is asked for.
_MEETS_DUTY = text("check_ins.state <> 'not_counted'")
_LAST = (
    select(func.max(CheckIn.visited_on))
    .where(CheckIn.household_id == Household.id, _MEETS_DUTY)
    .correlate(Household)
    .scalar_subquery()
)
_SINCE = func.coalesce(_LAST, NEVER)


def list_unvisited(
    session: Session,
    within: Collection[str],
    today: date,
    *,
    days: int | None = None,
    category: str = "",
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Households 在册 of some divisions, the longest unvisited first, those that never were before all.

    `days`: only those whose last visit is at least so many days ago. Each row says who helps there and where it stands.
    """
    query = select(
        Household.id, Household.no, Household.division_code, Household.category, Household.status, _SINCE.label("since")
    ).where(Household.division_code.in_(codes_within(within)), Household.status == HouseholdStatus.LISTED)
    if days is not None:
        query = query.where(today - timedelta(days=days) >= _SINCE)
    if category:
        query = query.where(Household.category == category)
    rows = rows_beside(session, query, (_SINCE, Household.id), after, limit)
    ids = [row.id for row in rows]
    homes, helped = homes_of(session, ids), _helped(session, ids, today)
    cycles = cycles_at(session, {(r.division_code, visit_class(r.category, r.status)) for r in rows}, today)
    return [_row(row, homes[row.id], helped.get(row.id, ()), cycles, today) for row in rows]


@dataclass(frozen=True)
class HelpedBy:
    """One pairing in force of a household."""

    helper_no: str
    helper_name: str
    started_on: date
    visit_days: int | None


def _helped(session: Session, household_ids: Collection[int], on: date) -> dict[int, list[HelpedBy]]:
    found: dict[int, list[HelpedBy]] = {}
    wanted = list(household_ids)
    query = (
        select(Pairing.household_id, Helper.no, Helper.name, Pairing.started_on, Pairing.visit_days)
        .join(Helper, Helper.id == Pairing.helper_id)
        .where(in_force(on))
        .order_by(Pairing.started_on, Pairing.id)
    )
    for start in range(0, len(wanted), _CHUNK):
        rows = session.execute(query.where(Pairing.household_id.in_(wanted[start : start + _CHUNK])))
        for household, no, name, since, days in rows:
            found.setdefault(int(household or 0), []).append(HelpedBy(no, name, since, days))
    return found


def _row(
    row: Any, home: Mapping[str, Any], helped: Collection[HelpedBy], cycles: Mapping[tuple[str, str], int], today: date
) -> dict[str, Any]:
    last = row.since if row.since != NEVER else None
    usual = cycles[row.division_code, visit_class(row.category, row.status)]
    agreed = [visit_days(one.visit_days, usual, DEFAULT_DAYS) for one in helped]
    standing = standing_of(last, [one.started_on for one in helped], min(agreed, default=usual), today)
    return {
        "since": row.since,
        "id": row.id,
        "division_code": row.division_code,
        "category": row.category,
        **home,
        "helpers": "、".join(one.helper_name for one in helped) or None,
        "last_on": last,
        "days": (today - last).days if last is not None else None,
        "cycle_days": min(agreed, default=usual),
        "standing": standing.standing.value,
        "late_days": standing.late_days or None,
    }


def cycles_at(session: Session, kinds: Collection[tuple[str, str]], on: date) -> dict[tuple[str, str], int]:
    """The cycle in days of each place and class, in a handful of statements whatever the number of places."""
    chains = ancestors(session, {place for place, _ in kinds})
    found: dict[tuple[str, str], int] = {}
    rows: dict[str, list[ParameterRow]] = {}
    for place, kind in kinds:
        name = f"visit_days.{kind}" if kind else "visit_days"
        if name not in rows:
            rows[name] = list_rows_of(session, name)
        row = choose(rows[name], [step.code for step in chains.get(place, ())] or [place], on)
        found[place, kind] = int(row.value) if row is not None else _catalogue_days(name)
    return found


def _catalogue_days(name: str) -> int:
    return {"visit_days.stable": 90}.get(name, DEFAULT_DAYS)


__all__ = ["Standing", "cycles_at", "list_unvisited"]
