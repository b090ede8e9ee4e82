"""Sums of income as parts of statements, shared by the rules: who lives together, whose exit, which year."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Subquery,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
)

from portal.checks.registry import Looking, ParameterRead, RuleVersion
from portal.registers.divisions.parameters.rules import ParameterRow
from portal.registers.recipients.incomes.computing.rules import REGISTER
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.queries import ITEM, ITEM_NAMES
from portal.registers.recipients.incomes.recomputing.queries import counts, net
from portal.registers.recipients.incomes.rules import ITEMS
from portal.registers.recipients.models import Household, HouseholdStatus, Person
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind
from portal.registers.recipients.queries import listed_on

FIRST: Final = (RuleVersion(1, date(2026, 11, 22), "首次发布"),)
SERIES: Final = ParameterRead("line_series", "")
COUNTED: Final = (
    *(ParameterRead(name, "是" if ITEMS[name.removeprefix(ITEM)].counts else "否") for name in ITEM_NAMES),
    ParameterRead(ITEM, "是"),
)
"""What decides whether an item counts: the place's rows of `income_item.<item>`, also of other items, else the table."""


def counted(looking: Looking, division: Any, on: Any) -> ColumnElement[int]:
    """What an entry adds to the income that counts, in fen."""
    rows: dict[str, list[ParameterRow]] = {}
    for row in looking.rows.get(ITEM, ()):
        rows.setdefault(row.name, []).append(row)
    return case((counts(rows, division, on, REGISTER), net()), else_=0)


def total(worth: ColumnElement[int]) -> ColumnElement[int]:
    """A sum in fen, of one type on both databases."""
    return cast(func.coalesce(func.sum(worth), 0), BigInteger)


def together() -> Subquery:
    """How many persons of each household live together (C)."""
    return (
        select(Person.household_id, func.count().label("members"))
        .where(Person.lives_together)
        .group_by(Person.household_id)
        .subquery()
    )


def is_out_of_poverty(looking: Looking) -> ColumnElement[bool]:
    """已脱贫 by the as-of date."""
    return and_(
        Household.status == HouseholdStatus.OUT_OF_POVERTY,
        or_(Household.exited_on.is_(None), Household.exited_on <= looking.as_of),
    )


def is_watched(looking: Looking) -> ColumnElement[bool]:
    """已脱贫 or 在册 on the as-of date."""
    return or_(listed_on(looking.as_of), is_out_of_poverty(looking))


def is_proposed(looking: Looking) -> ColumnElement[bool]:
    """An exit is being decided on the as-of date."""
    return exists(
        select(Procedure.id).where(
            Procedure.household_id == Household.identity,
            Procedure.kind == ProcedureKind.EXIT,
            Procedure.opened_on <= looking.as_of,
            or_(Procedure.closed_on.is_(None), Procedure.closed_on > looking.as_of),
        )
    )


def exits(looking: Looking) -> Subquery:
    """Households that are out, or being decided on, with the day that names the exit year and the persons together."""
    members = together()
    is_done = and_(is_out_of_poverty(looking), Household.exited_on.is_not(None))
    return (
        select(
            Household.identity.label("id"),
            Household.no,
            Household.division_code,
            case((is_done, Household.exited_on), else_=literal(looking.as_of, Date)).label("exit_on"),
            case((is_done, 0), else_=1).label("proposed"),
            members.c.members,
        )
        .join(members, members.c.household_id == Household.identity)
        .where(or_(is_done, is_proposed(looking)))
        .subquery()
    )


def year_of(day: Any) -> ColumnElement[int]:
    """The calendar year of a date."""
    return cast(extract("year", day), Integer)


def of_each_row(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that is asked of each row, where nearly all are wanted: by an index of days they come one by one."""
    return case((condition, 1), else_=0) == 1


def in_year(day: Any, earlier: int = 0) -> ColumnElement[bool]:
    """Entries of the calendar year of a day, or of `earlier` years before it."""
    return year_of(Income.occurred_on) == year_of(day) - earlier
