"""Reads of income entries and the sums that rest on them; each figure with the rule that counted it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.kernel.keyset import Start, rows_beside
from portal.registers.corrections import RecordRow, record_row
from portal.registers.divisions.parameters.queries import LaidDown, values_for
from portal.registers.divisions.queries import lies_within
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
_ORIGIN = (Income.event_id, Income.batch_id, Income.recorded_at)
_ENTRY_NAMES = (*NAMES, *(column.key for column in _ORIGIN))
_ENTRIES = (
    select(*_COLUMNS, *_ORIGIN)
    .where(
        Income.household_id.in_(bindparam("households", expanding=True)),
        Income.occurred_on.between(bindparam("since"), bindparam("until")),
    )
    .order_by(Income.occurred_on.desc(), Income.id.desc())
)  # made once, as all that a household's page asks
ITEM = "income_item."
"""What places rule on items: of the table (`ITEM_NAMES`) and of any other that they name."""
ITEM_NAMES = tuple(f"{ITEM}{name}" for name in ITEMS)


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
    session: Session, items: Iterable[str], division: str, on: date, purpose: str = "", held: LaidDown | None = None
) -> dict[str, tuple[bool, str]]:
    """What the place itself rules about items (`income_item.<item>`), with its basis; others are absent.

    `held`: rows in hand; only items that they were not read for are asked for.
    """
    names = {f"{ITEM}{item}": item for item in items}
    values = held.values(names, on, purpose) if held is not None else {}
    if unread := [name for name in names if held is None or not held.covers(name)]:
        values |= values_for(session, unread, division, on, purpose)
    return {names[name]: (value.yes, value.basis) for name, value in values.items() if value.row is not None}


def list_incomes(
    session: Session,
    household_id: int,
    since: date | None = None,
    until: date | None = None,
    local: dict[str, tuple[bool, str]] | None = None,
) -> list[IncomeLine]:
    """The entries of a household, newest first, inside a window (both ends included)."""
    values = entries_of(session, [household_id], since, until).get(household_id, [])
    return [income_line(entry, local) for entry in values]


def entries_of(
    session: Session, household_ids: Collection[int], since: date | None = None, until: date | None = None
) -> dict[int, list[dict[str, Any]]]:
    """The entries of some households, newest first, inside a window (both ends included): for `income_line`.

    Each with where its present version came from (`event_id`, `batch_id`, `recorded_at`).
    """
    asked = {"households": list(household_ids), "since": since or date.min, "until": until or date.max}
    found: dict[int, list[dict[str, Any]]] = {}
    for row in session.execute(_ENTRIES, asked):
        found.setdefault(row.household_id, []).append(dict(zip(_ENTRY_NAMES, row, strict=True)))
    return found


def income_line(values: dict[str, Any], local: dict[str, tuple[bool, str]] | None = None) -> IncomeLine:
    """An entry with what it is worth, and what the place (`local_rules`) or the product says about counting it."""
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
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Entries of all households inside some divisions, for the console, newest first; `after` says where a page starts."""
    query = (
        select(*_COLUMNS, Household.no, Household.division_code)
        .join(Household, Household.id == Income.household_id)
        .where(lies_within(Household.division_code, within))
    )
    if household:
        query = query.where(Household.no == household)
    if category:
        query = query.where(Income.category == category)
    if since is not None:
        query = query.where(Income.occurred_on >= since)
    if until is not None:
        query = query.where(Income.occurred_on <= until)
    rows = rows_beside(session, query, (Income.occurred_on, Income.id), after, limit, latest_first=True)
    names = (*NAMES, "household_no", "division_code")
    return [dict(zip(names, row, strict=True)) for row in rows]


def known_items() -> list[str]:
    """收入项目 of the data dictionary, for forms."""
    return list(ITEMS)


def items_of(category: IncomeClass) -> list[str]:
    """收入项目 of one class, those that count first."""
    return [item.name for item in sorted(ITEMS.values(), key=lambda item: not item.counts) if item.category is category]


def never_counted() -> list[str]:
    """收入项目 that are no income (reimbursements, one-off relief)."""
    return [item.name for item in ITEMS.values() if not item.counts]


def income_row(session: Session, income_id: int) -> RecordRow:
    """One entry by its stable id; raises NotFound."""
    return record_row(session, Income, income_id)


def income_history(session: Session, income_id: int) -> list[Version]:
    """Versions of an entry, newest first."""
    return history_of(session, Income, income_id)
