"""Reads of income entries and the sums that rest on them; each figure with the rule that counted it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.registers.corrections import RecordRow, record_row
from portal.registers.divisions.parameters.queries import values_for
from portal.registers.divisions.queries import codes_within
from portal.registers.history import Version, history_of
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.models import IncomeClass as IncomeClass
from portal.registers.recipients.incomes.rules import ITEMS, Countability, countability, net_fen
from portal.registers.recipients.models import Household

_COLUMNS = (
    Income.id,
    Income.household_id,
    Income.person_id,
    Income.occurred_on,
    Income.precision,
    Income.category,
    Income.item,
    Income.amount_fen,
    Income.cost_fen,
    Income.voucher_no,
    Income.counts,
    Income.entered_by,
    Income.entered_unit,
    Income.note,
)
NAMES = tuple(column.key for column in _COLUMNS)


@dataclass(frozen=True)
class IncomeLine:
    """One entry with what it is worth and why it counts or not."""

    values: dict[str, Any]
    net_fen: int
    counted: Countability

    @property
    def occurred_on(self) -> date:
        """发生日期."""
        day: date = self.values["occurred_on"]
        return day


def local_rules(
    session: Session, items: Iterable[str], division: str, on: date, purpose: str = ""
) -> dict[str, tuple[bool, str]]:
    """What the place itself rules about items (`income_item.<item>`), with its basis; others are absent."""
    names = {f"income_item.{item}": item for item in items}
    values = values_for(session, list(names), division, on, purpose)
    return {names[name]: (value.yes, value.basis) for name, value in values.items() if value.row is not None}


def list_incomes(
    session: Session,
    household_id: int,
    since: date | None = None,
    until: date | None = None,
    local: dict[str, tuple[bool, str]] | None = None,
) -> list[IncomeLine]:
    """The entries of a household, newest first, inside a window (both ends included)."""
    query = select(*_COLUMNS).where(Income.household_id == household_id)
    if since is not None:
        query = query.where(Income.occurred_on >= since)
    if until is not None:
        query = query.where(Income.occurred_on <= until)
    rows = session.execute(query.order_by(Income.occurred_on.desc(), Income.id.desc()))
    return [_line(dict(zip(NAMES, row, strict=True)), local) for row in rows]


def _line(values: dict[str, Any], local: dict[str, tuple[bool, str]] | None) -> IncomeLine:
    worth = net_fen(values["category"], values["amount_fen"], values["cost_fen"])
    return IncomeLine(values, worth, countability(values["item"], values["counts"], local))


def counted_fen(lines: Iterable[IncomeLine]) -> int:
    """Net income of entries that count, in fen."""
    return sum(line.net_fen for line in lines if line.counted.counts)


def list_register(
    session: Session,
    within: Collection[str],
    *,
    household: str = "",
    category: str = "",
    since: date | None = None,
    until: date | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Entries of all households inside some divisions, for the console, newest first; `after` is (occurred_on, id)."""
    query = (
        select(*_COLUMNS, Household.no, Household.division_code)
        .join(Household, Household.id == Income.household_id)
        .where(Household.division_code.in_(codes_within(within)))
    )
    if household:
        query = query.where(Household.no == household)
    if category:
        query = query.where(Income.category == category)
    if since is not None:
        query = query.where(Income.occurred_on >= since)
    if until is not None:
        query = query.where(Income.occurred_on <= until)
    if after is not None:
        day = date.fromisoformat(str(after[0]))
        query = query.where(or_(Income.occurred_on < day, and_(Income.occurred_on == day, Income.id < after[1])))
    query = query.order_by(Income.occurred_on.desc(), Income.id.desc()).limit(limit)
    names = (*NAMES, "household_no", "division_code")
    return [dict(zip(names, row, strict=True)) for row in session.execute(query)]


def known_items() -> list[str]:
    """收入项目 of the data dictionary, for forms."""
    return list(ITEMS)


def income_row(session: Session, income_id: int) -> RecordRow:
    """One entry by its stable id; raises NotFound."""
    return record_row(session, Income, income_id)


def income_history(session: Session, income_id: int) -> list[Version]:
    """Versions of an entry, newest first."""
    return history_of(session, Income, income_id)
