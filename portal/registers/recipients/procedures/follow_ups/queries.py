"""Reads of households that are due to be looked at again; a constant number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.keyset import Key, Start, rows_beside
from portal.registers.divisions.parameters.queries import list_rows_named, value_among
from portal.registers.divisions.queries import ancestors, codes_within
from portal.registers.recipients.models import Category, Household, HouseholdStatus
from portal.registers.recipients.procedures.follow_ups.rules import KIND, MONTHS, DueRow, Look, since_before
from portal.registers.recipients.procedures.follow_ups.rules import SOON as SOON
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind, Verdict

_DECIDED = (
    select(func.max(Procedure.decided_on))
    .where(
        Procedure.household_id == Household.id,
        Procedure.kind.in_([ProcedureKind.DIBAO, ProcedureKind.RECHECK]),
        Procedure.outcome.is_not(None),
        Procedure.outcome != Verdict.REFUSED,
    )
    .correlate(Household)
    .scalar_subquery()
)
_FADES = (
    select(func.max(Procedure.effect_until))
    .where(Procedure.household_id == Household.id, Procedure.kind == ProcedureKind.RECHECK)
    .correlate(Household)
    .scalar_subquery()
)


def _under_way(look: Look) -> Any:
    return (
        select(func.max(Procedure.no))
        .where(Procedure.household_id == Household.id, Procedure.kind == KIND[look], Procedure.closed_on.is_(None))
        .correlate(Household)
        .scalar_subquery()
    )


def _since(look: Look) -> Any:
    if look is Look.TRACKING:
        return Household.exited_on
    return func.coalesce(_DECIDED, Household.entered_on, type_=Date)


def _who(look: Look) -> ColumnElement[bool]:
    if look is Look.RECHECK:
        return and_(Household.status == HouseholdStatus.LISTED, Household.category == Category.DIBAO)
    found_stable = exists(
        select(Procedure.id).where(
            Procedure.household_id == Household.id,
            Procedure.kind == ProcedureKind.FOLLOW_UP,
            Procedure.outcome == Verdict.STABLE,
            Procedure.decided_on >= Household.exited_on,
        )
    )
    return and_(Household.status == HouseholdStatus.OUT_OF_POVERTY, Household.exited_on.is_not(None), ~found_stable)


def months_of_places(session: Session, look: Look, places: Collection[str], today: date) -> dict[str, int]:
    """The months that each place has laid down; a place that has laid down none is left out. Two statements."""
    rows = list_rows_named(session, [MONTHS[look]]).get(MONTHS[look], [])
    chains = ancestors(session, places)
    found = {}
    for place in places:
        chain = [one.code for one in chains.get(place, ())] or [place]
        value = value_among(rows, MONTHS[look], chain, today)
        if value is not None:
            found[place] = value.whole
    return found


def _due(look: Look, months: Mapping[str, int], today: date, days: int) -> ColumnElement[bool]:
    """Households whose time is over within some days, each by the months of its place."""
    groups: dict[int, list[str]] = {}
    for place, number in months.items():
        groups.setdefault(number, []).append(place)
    if not groups:
        return false()
    return or_(
        *(
            and_(Household.division_code.in_(places), _since(look) <= since_before(today, number, days=days))
            for number, places in sorted(groups.items())
        )
    )


def _villages(session: Session, within: Collection[str]) -> list[str]:
    return list(session.scalars(select(Household.division_code).where(
        Household.division_code.in_(codes_within(within))
    ).distinct()))  # fmt: skip


def list_due(
    session: Session, look: Look, within: Collection[str], today: date, after: Start | None = None, limit: int = 51
) -> list[DueRow]:
    """Households of some divisions that are due within 30 days or overdue, the longest waiting first."""
    months = months_of_places(session, look, _villages(session, within), today)
    since = _since(look)
    query: Select[Any] = select(
        Household.id, Household.no, Household.division_code, since, _FADES, _under_way(look)
    ).where(Household.division_code.in_(codes_within(within)), _who(look), _due(look, months, today, SOON))
    rows = rows_beside(session, query, (since, Household.id), after, limit)
    return [
        DueRow(i, no, place, began, months[place], fades if look is Look.RECHECK else None, under_way)
        for i, no, place, began, fades, under_way in rows
    ]


def count_due(session: Session, look: Look, within: Collection[str], today: date) -> tuple[int, int]:
    """How many households are due within 30 days, and how many of them are overdue."""
    months = months_of_places(session, look, _villages(session, within), today)
    late = func.count().filter(_due(look, months, today, -1))
    query = select(func.count(), late).select_from(Household).where(
        Household.division_code.in_(codes_within(within)), _who(look), _due(look, months, today, SOON)
    )  # fmt: skip
    total, overdue = session.execute(query).one()
    return int(total), int(overdue)


def due_key(row: DueRow) -> Key:
    """Where a household stands in the list."""
    return (row.since.isoformat(), row.household_id)
