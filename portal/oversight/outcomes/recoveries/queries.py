"""Reads of money back: of a payment, of a case, and of a place as everybody sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.oversight.outcomes.recoveries.models import Recovery
from portal.registers.divisions.queries import lies_within
from portal.registers.divisions.rules import level_of
from portal.registers.funds.payments.models import Payment

_LATER = aliased(Recovery)
COUNTS: Final[ColumnElement[bool]] = ~exists().where(_LATER.corrects_id == Recovery.id)
"""The entries that count: those that no later one corrects."""
VILLAGE: Final = 5


def back_of_payment(session: Session, payment_id: int) -> int:
    """What has come back of a payment, in fen."""
    query = select(func.coalesce(func.sum(Recovery.amount_fen), 0)).where(Recovery.payment_id == payment_id, COUNTS)
    return int(session.scalar(query) or 0)


@dataclass(frozen=True)
class RecoveryRow:
    """One sum that came back; `n`: the how-manieth of its case."""

    n: int
    payment_no: str
    programme_code: str
    division_code: str | None
    amount_fen: int
    recovered_on: date
    into_account: str
    document_no: str
    entered_by: str
    entered_at: datetime
    corrects: int | None
    is_corrected: bool


def recoveries_of(session: Session, case_id: int) -> list[RecoveryRow]:
    """What came back by a case, in the order of entry."""
    query = (
        select(Recovery, Payment.batch_no, Payment.seq, exists().where(_LATER.corrects_id == Recovery.id))
        .join(Payment, Payment.id == Recovery.payment_id)
        .where(Recovery.case_id == case_id)
        .order_by(Recovery.id)
    )
    rows = session.execute(query).all()
    numbers: dict[int | None, int] = {found[0].id: n for n, found in enumerate(rows, 1)}
    return [
        RecoveryRow(
            numbers[row.id], f"{batch}-{seq}", row.programme_code, row.division_code, row.amount_fen, row.recovered_on,
            row.into_account, row.document_no, row.entered_by, row.entered_at, numbers.get(row.corrects_id), corrected,
        )
        for row, batch, seq, corrected in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class MoneyBack:
    """What came back in a place, as everybody sees it; None where there is nothing, or too few households to say."""

    fen: int
    payments: int
    is_merged: bool  # there is some, and it shows with the township above


def money_back_in(session: Session, division: str, smallest: int) -> MoneyBack:
    """Money back of payments in a place. In a village it shows from `smallest` households on, else in its township.

    What came back of payments that went to no household is nobody's, and shows in the village.
    """
    inside = select(
        func.coalesce(func.sum(Recovery.amount_fen), 0), func.count(Recovery.payment_id.distinct()),
        func.count(Recovery.household_id.distinct()),
    ).where(COUNTS, lies_within(Recovery.division_code, [division]))  # fmt: skip
    fen, payments, households = session.execute(inside).one()
    if level_of(division) >= VILLAGE and 0 < households < smallest:
        public = inside.where(Recovery.household_id.is_(None))
        fen, payments, _none = session.execute(public).one()
        return MoneyBack(int(fen), payments, True)
    return MoneyBack(int(fen), payments, False)
