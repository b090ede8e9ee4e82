"""Traces of an allocation, a payment or a household. Payees are masked here as everywhere outside a reveal."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.masking import FieldType, mask
from portal.registers.funds.balances.queries import chunks, relatives
from portal.registers.funds.payments.models import PayeeKind
from portal.registers.funds.payments.queries import (
    PaymentRow,
    get_payment,
    payments_of_household,
    payments_of_lines,
)
from portal.registers.funds.payouts.queries import H, Y
from portal.registers.funds.queries import AllocationRow, allocations_by_id, get_allocation
from portal.registers.funds.trace import (
    Trace,
    TraceLine,
    TracePayment,
    trace_allocation,
    trace_household,
    trace_payment,
)

MOST_PAYMENTS = 1000
"""A trace down shows at most so many payments; how many more there are is said."""


def read_allocation_trace(session: Session, no: str, most: int = MOST_PAYMENTS) -> Trace:
    """From one line up to the treasury and down to the payees; raises NotFound."""
    line = get_allocation(session, no)
    lines = _lines(session, relatives(session, [line.id]))
    below = _below(line.id, lines)
    payments = payments_of_lines(session, below, most)
    more = 0
    if len(payments) == most:
        query = select(func.count()).select_from(Y).where(Y.c.allocation_id.in_(below), Y.c.superseded_at.is_(None))
        more = int(session.scalar(query) or 0) - most
    return trace_allocation(line.id, lines, map(_payment, payments), max(more, 0))


def read_payment_trace(session: Session, no: str) -> Trace:
    """From one payment up to the treasury; raises NotFound."""
    payment = get_payment(session, no)
    return trace_payment(_payment(payment), _above(session, [payment.allocation_id]))


def read_household_trace(session: Session, no: str) -> Trace:
    """Every payment of a household with the lines its money came down; raises NotFound."""
    known = select(H.c.id).where(H.c.no == no, H.c.superseded_at.is_(None))
    if session.scalar(known) is None:
        raise NotFound("没有这个户编号", fix="核对户编号")
    payments = payments_of_household(session, no)
    return trace_household(no, map(_payment, payments), _above(session, {p.allocation_id for p in payments}))


def _above(session: Session, ids: Collection[int]) -> dict[int, TraceLine]:
    found: dict[int, AllocationRow] = {}
    wanted = set(ids)
    while wanted:
        rows: dict[int, AllocationRow] = {}
        for piece in chunks(wanted):
            rows.update(allocations_by_id(session, piece))
        found.update(rows)
        wanted = {row.parent_id for row in rows.values() if row.parent_id is not None} - set(found)
    return {i: _line(row) for i, row in found.items()}


def _lines(session: Session, ids: Collection[int]) -> dict[int, TraceLine]:
    found: dict[int, TraceLine] = {}
    for piece in chunks(ids):
        found.update({i: _line(row) for i, row in allocations_by_id(session, piece).items()})
    return found


def _below(line_id: int, lines: dict[int, TraceLine]) -> set[int]:
    found = {line_id}
    waiting = [line_id]
    children: dict[int | None, list[int]] = {}
    for line in lines.values():
        children.setdefault(line.parent_id, []).append(line.id)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _line(row: AllocationRow) -> TraceLine:
    return TraceLine(
        id=row.id,
        parent_id=row.parent_id,
        no=row.no,
        programme_code=row.programme_code,
        programme=row.programme,
        from_unit=row.from_unit,
        to_unit=row.to_unit,
        division_code=row.division_code,
        amount_fen=row.amount_fen,
        document_no=row.document_no,
        allocated_on=row.allocated_on,
        project_code=row.project_code,
        held_fen=row.held_fen,
        paid_fen=row.paid_fen,
    )


def _payment(row: PaymentRow) -> TracePayment:
    is_company = row.payee_kind == PayeeKind.COMPANY
    payee = row.payee_name if is_company else mask(row.payee_name, FieldType.NAME)
    return TracePayment(
        no=row.no,
        allocation_id=row.allocation_id,
        payee=payee,
        household_no=row.household_no,
        amount_fen=row.amount_fen,
        paid_on=row.paid_on,
        result=row.result,
    )
