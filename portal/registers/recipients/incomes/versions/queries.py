"""Reads of the three versions of a household's years."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, or_, select
from sqlalchemy.orm import Session

from portal.registers.divisions.models import Unit, UnitKind
from portal.registers.divisions.parameters.queries import laid_down
from portal.registers.recipients.incomes.computing.rules import REGISTER
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.queries import ITEM, income_line
from portal.registers.recipients.incomes.rules import plain_item
from portal.registers.recipients.incomes.versions.rules import PHONE, Teller, YearVersions, teller_of

GAP = "I05.gap"
DEFAULT_GAP_FEN = 500_00

_ENTERED = select(
    Income.content_key, Income.occurred_on, Income.category, Income.item, Income.amount_fen, Income.cost_fen,
    Income.counts, Income.entered_by, Income.entered_unit,
).where(Income.household_id == bindparam("household"))  # fmt: skip
_HELPING = select(Unit.name).where(Unit.kind == UnitKind.HELPING, Unit.name.in_(bindparam("names", expanding=True)))


def versions_of(
    session: Session, household_id: int, division: str, helpers: Collection[str], confirmed: Mapping[int, int], on: date
) -> list[YearVersions]:
    """The years of a household, newest first: counted net income by whoever entered it, and what it confirmed itself.

    `helpers`: names and numbers of those who help it or did; `confirmed`: year → total in fen. At most four statements.
    """
    entries = session.execute(_ENTERED, {"household": household_id}).all()
    named = {entry.entered_unit for entry in entries if entry.entered_unit}
    units = set(session.scalars(_HELPING, {"names": list(named)})) if named else set()
    held = laid_down(session, [GAP], division, family=ITEM)
    sums: dict[tuple[int, Teller], int] = {}
    for entry in entries:
        teller = teller_of(entry.content_key, entry.entered_by, entry.entered_unit, helpers, units)
        name = ITEM + plain_item(entry.item)
        found = held.find(name, entry.occurred_on, REGISTER)
        local = {plain_item(entry.item): (found.yes, found.basis)} if found is not None else {}
        line = income_line({**entry._mapping}, local)
        key = (entry.occurred_on.year, teller)
        sums[key] = sums.get(key, 0) + (line.net_fen if line.counted.counts else 0)
    gap = held.find(GAP, on)
    gap_fen = gap.fen if gap is not None else DEFAULT_GAP_FEN
    years = sorted({year for year, _teller in sums} | set(confirmed), reverse=True)
    return [
        YearVersions(y, sums.get((y, Teller.HELPER)), sums.get((y, Teller.VILLAGE)), confirmed.get(y), gap_fen)
        for y in years
    ]


def by_helper(named: Any) -> ColumnElement[bool]:
    """Entries of a helper's version, as part of a statement; `named`: that 录入人 is one of the household's helpers."""
    helping = select(Unit.name).where(Unit.kind == UnitKind.HELPING)
    theirs = or_(Income.content_key.startswith(PHONE, autoescape=True), named, Income.entered_unit.in_(helping))
    return case((theirs, 1), else_=0) == 1  # a blank 录入单位 is nobody's: the village's
