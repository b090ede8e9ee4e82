"""Reads of payments for consoles and traces: keyset paging, never a count over the table. Nothing here is public."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, literal_column, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.registers.corrections import RecordRow, record_row
from portal.registers.divisions.queries import codes_within
from portal.registers.funds.balances.queries import A, B, P
from portal.registers.funds.payments.models import PayeeKind, Payment, ReturnResult
from portal.registers.funds.payouts.queries import H, R, Y
from portal.registers.history import Version, history_of

__all__ = ["PayeeKind", "ReturnResult"]  # words that doors need for their forms


@dataclass(frozen=True)
class PaymentRow:
    """One payment line with what its bank said; sealed numbers are not read. The payee's name is not masked here."""

    id: int
    batch_no: str
    seq: int
    allocation_id: int
    allocation_no: str
    programme_code: str
    programme: str
    household_no: str | None
    village_code: str | None
    payee_name: str | None
    payee_kind: str | None
    amount_fen: int
    paid_on: date
    reason: str | None
    period: str | None
    result: str | None
    failure_reason: str | None
    settled_on: date | None
    resend_batch_no: str | None
    resend_seq: int | None

    @property
    def no(self) -> str:
        """批次号-序号."""
        return f"{self.batch_no}-{self.seq}"


_PAYMENT: Select[Any] = (
    select(
        Y.c.id, Y.c.batch_no, Y.c.seq, Y.c.allocation_id, A.c.no, P.c.code, P.c.name, H.c.no, H.c.division_code,
        Y.c.payee_name, Y.c.payee_kind, Y.c.amount_fen, Y.c.paid_on, Y.c.reason, Y.c.period, R.c.result,
        R.c.failure_reason, R.c.settled_on, Y.c.resend_batch_no, Y.c.resend_seq,
    )
    .select_from(Y)
    .join(A, A.c.id == Y.c.allocation_id)
    .join(P, P.c.id == A.c.programme_id)
    .outerjoin(H, H.c.id == Y.c.household_id)
    .outerjoin(R, and_(R.c.payment_id == Y.c.id, R.c.superseded_at.is_(None)))
    .where(Y.c.superseded_at.is_(None))
)  # fmt: skip


def list_payments(
    session: Session,
    within: Collection[str] | None = None,
    *,
    batch_no: str = "",
    allocation_no: str = "",
    household_no: str = "",
    result: str = "",
    after: Start | None = None,
    limit: int = 51,
) -> list[PaymentRow]:
    """Payments for the console, the latest entered first; `after` says where a page starts.

    `result` is a bank's word, or 待回单 for payments without an answer. Without batch, line or household the newest are
    read by their id, so that no filter scans the table: those in trouble have an index of their own, and those without
    an answer are looked for in the lines that are known to wait for one.
    """
    query, key = _PAYMENT, Y.c.id
    if within is not None:
        inside = codes_within(within)
        query = query.where(or_(H.c.division_code.in_(inside), A.c.division_code.in_(inside)))
    if batch_no:
        query = query.where(Y.c.batch_no == batch_no)
    if allocation_no:
        line = select(A.c.id).where(A.c.no == allocation_no, A.c.superseded_at.is_(None))
        query = query.where(Y.c.allocation_id.in_(line))
    if household_no:
        household = select(H.c.id).where(H.c.no == household_no, H.c.superseded_at.is_(None))
        query = query.where(Y.c.household_id.in_(household))
    if result == WAITING:
        waiting = select(B.c.allocation_id).where(B.c.pending_count != literal_column("0"))
        query = query.where(R.c.id.is_(None), Y.c.allocation_id.in_(waiting))
    elif result:
        query, key = query.where(R.c.result == result), R.c.payment_id  # the returns' indexes have them in this order
        if result != ReturnResult.SUCCESS:
            query = query.where(_TROUBLED)
    return [PaymentRow(*row) for row in rows_beside(session, query, (key,), after, limit, latest_first=True)]


WAITING = "待回单"
_TROUBLED = R.c.result != literal_column("'成功'")  # word for word as in the index


def find_payment(session: Session, no: str) -> PaymentRow | None:
    """One payment by 批次号-序号."""
    batch_no, _, seq = no.rpartition("-")
    if not batch_no or not seq.isdigit():
        return None
    row = session.execute(_PAYMENT.where(Y.c.batch_no == batch_no, Y.c.seq == int(seq))).one_or_none()
    return PaymentRow(*row) if row else None


def find_payment_by_id(session: Session, payment_id: int) -> PaymentRow | None:
    """One payment by its row."""
    row = session.execute(_PAYMENT.where(Y.c.id == payment_id)).one_or_none()
    return PaymentRow(*row) if row else None


def get_payment(session: Session, no: str) -> PaymentRow:
    """As `find_payment`; raises NotFound."""
    found = find_payment(session, no)
    if found is None:
        raise NotFound("没有这笔发放", fix="写成 批次号-序号，例如 PC-2026-001-15")
    return found


def payments_of_lines(session: Session, line_ids: Collection[int], limit: int) -> list[PaymentRow]:
    """Payments out of some lines, by line and number; at most `limit`."""
    if not line_ids:
        return []
    query = _PAYMENT.where(Y.c.allocation_id.in_(line_ids)).order_by(Y.c.allocation_id, Y.c.batch_no, Y.c.seq)
    return [PaymentRow(*row) for row in session.execute(query.limit(limit))]


def payments_of_household(session: Session, household_no: str, limit: int = 10_000) -> list[PaymentRow]:
    """Every payment to a household, the latest first."""
    inside = select(H.c.id).where(H.c.no == household_no, H.c.superseded_at.is_(None))
    query = _PAYMENT.where(Y.c.household_id.in_(inside)).order_by(Y.c.paid_on.desc(), Y.c.id)
    return [PaymentRow(*row) for row in session.execute(query.limit(limit))]


def payment_row(session: Session, no: str) -> RecordRow:
    """One payment for the console, with its numbers still sealed and what the bank said; raises NotFound."""
    found = get_payment(session, no)
    record = record_row(session, Payment, found.id)
    more = {"no": found.no, "allocation_no": found.allocation_no, "household_no": found.household_no}
    bank = {"result": found.result, "failure_reason": found.failure_reason, "settled_on": found.settled_on}
    return replace(record, values={**record.values, **more, **bank, "village_code": found.village_code})


def payment_history(session: Session, payment_id: int) -> list[Version]:
    """Versions of a payment, newest first."""
    return history_of(session, Payment, payment_id)
