"""What somebody does to payments and bank returns. Sums follow in the same transaction; money takes two persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound, Refused
from portal.kernel.identity import ResidentId, parse_payee_number
from portal.kernel.keeping import Kept, transaction_event_id
from portal.registers.corrections import Act, Change, add_record, correct_record, get_current, refuse_unknown_fields
from portal.registers.divisions.rules import township_of
from portal.registers.funds.balances.queries import touched_rows
from portal.registers.funds.models import Allocation
from portal.registers.funds.payments.models import BankReturn, PayeeKind, Payment
from portal.registers.funds.payments.rules import payment_problem, return_refusal
from portal.registers.funds.payouts.actions import apply_sides, move_households
from portal.registers.funds.payouts.queries import H, Touched, may_have_returns, payment_sides, return_sides
from portal.registers.funds.queries import balance_of
from portal.registers.funds.rules import checker_refusal, overdraw_refusal
from portal.registers.reveals import Revealed, reveal
from portal.registers.sealed import keyring_of, number_columns, seal_name
from portal.trail.actions import record

PAYMENT_FIELDS = frozenset({"paid_on", "reason", "period", "household_id", "payee_name", "amount_fen", "extensions"})


@dataclass(frozen=True)
class PaymentLine:
    """One line of a batch to be recorded; numbers come in the open and are kept sealed."""

    seq: int
    payee_name: str
    amount_fen: int
    paid_on: date
    household_id: int | None = None
    payee_number: str | None = None
    account: str | None = None
    reason: str | None = None
    period: str | None = None
    resend: tuple[str, int] | None = None


def record_payment_batch(
    session: Session,
    batch_no: str,
    allocation_id: int,
    lines: Sequence[PaymentLine],
    act: Act,
    *,
    checker: str | None = None,
) -> list[Payment]:
    """Record a batch of payments 资金发放 out of one line. Refused when the line has not that much left."""
    checker_refusal(act.actor, checker)
    allocation = get_current(session, Allocation, allocation_id)
    balance = balance_of(session, allocation.id)
    if balance is None:
        raise Refused("收回的那一笔不能用来发放", fix="核对拨付编号")
    for line in lines:
        payment_problem(batch_no, line.seq, line.amount_fen, line.payee_name)
    overdraw_refusal(balance, sum(line.amount_fen for line in lines), f"拨付 {allocation.no} ")
    known = select(Payment.seq).where(Payment.batch_no == batch_no, Payment.seq.in_([line.seq for line in lines]))
    if (double := session.scalars(known.limit(1)).first()) is not None:
        raise Refused(
            f"批次 {batch_no} 的第 {double} 行已经登记过", fix="换一个序号，或更正原来的一行", code="duplicate"
        )
    rows = [_payment(session, batch_no, allocation, line) for line in lines]
    session.add_all(rows)
    session.flush()
    record(
        session,
        kind="payment.batch.recorded",
        actor=act.actor,
        subjects=[("payment_batch", batch_no), ("allocation", allocation.no)],
        after={"lines": len(rows), "fen": sum(row.amount_fen for row in rows)},
        why=f"{act.why}（复核：{checker}）" if checker else act.why,
        unit=township_of(allocation.division_code) if allocation.division_code else None,
        request_id=act.request_id,
    )
    _follow(session, payment_sides(_touched(session, rows)))
    return rows


def _payment(session: Session, batch_no: str, allocation: Allocation, line: PaymentLine) -> Payment:
    resend_batch, resend_seq = line.resend or (None, None)
    return Payment(
        batch_no=batch_no,
        seq=line.seq,
        allocation_id=allocation.id,
        household_id=line.household_id,
        payee_name=line.payee_name,
        amount_fen=line.amount_fen,
        paid_on=line.paid_on,
        reason=line.reason,
        period=line.period,
        resend_batch_no=resend_batch,
        resend_seq=resend_seq,
        currency=allocation.currency,
        **_payee_columns(session, line.payee_number),
        **number_columns(keyring_of(session), "payments", "account", line.account),
    )


def _payee_columns(session: Session, number: str | None) -> dict[str, Any]:
    if not number:
        return {}
    keyring = keyring_of(session)
    found = parse_payee_number(number)
    person = found if isinstance(found, ResidentId) else None
    return {
        "payee_kind": (PayeeKind.COMPANY if person is None else PayeeKind.PERSON).value,
        "payee_id_sealed": keyring.seal(found.normalised, seal_name("payments", "payee_id_sealed")),
        "payee_id_index": keyring.blind_index(found.normalised if person is None else person.first18),
        "payee_id_check": person.check.value if person else None,
    }


def correct_payment(
    session: Session, payment_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct what stands about a payment line; the old values stay."""
    refuse_unknown_fields(values, PAYMENT_FIELDS)
    row = get_current(session, Payment, payment_id)
    payment_problem(
        row.batch_no, row.seq, values.get("amount_fen", row.amount_fen), values.get("payee_name", row.payee_name)
    )
    more = values.get("amount_fen", row.amount_fen) - row.amount_fen
    balance = balance_of(session, row.allocation_id)
    if more > 0 and balance is not None:
        overdraw_refusal(balance, more, "这条拨付")
    changes = correct_record(session, row, values, act, version=version, kind="payment.corrected", subjects=_about(row))
    _follow(session, payment_sides(_touched(session, [row])))
    return changes


def record_bank_return(
    session: Session,
    payment_id: int,
    result: str,
    act: Act,
    *,
    failure_reason: str | None = None,
    settled_on: date | None = None,
) -> BankReturn:
    """Record what the bank says of one payment 银行回单; only 成功 makes it paid. A bounce may follow a success."""
    payment = get_current(session, Payment, payment_id)
    row = session.scalars(select(BankReturn).where(BankReturn.payment_id == payment_id)).one_or_none()
    return_refusal(row.result if row else None, result)
    values = {"result": result, "failure_reason": failure_reason, "settled_on": settled_on}
    if row is None:
        row = BankReturn(payment_id=payment_id, **values)
        add_record(session, row, act, kind="payment.return.recorded", subjects=_about(payment))
    else:
        correct_record(
            session, row, values, act, version=None, kind="payment.return.recorded", subjects=_about(payment)
        )
    _follow(session, return_sides(_touched(session, [row])))
    return row


def correct_bank_return(
    session: Session, payment_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct a bank return that was entered wrongly; needs its reason."""
    refuse_unknown_fields(values, frozenset({"result", "failure_reason", "settled_on"}))
    payment = get_current(session, Payment, payment_id)
    row = session.scalars(select(BankReturn).where(BankReturn.payment_id == payment_id)).one_or_none()
    if row is None:
        raise NotFound("这一笔还没有回单", fix="先登记回单")
    return_refusal(None, values.get("result", row.result))
    changes = correct_record(
        session, row, values, act, version=version, kind="payment.return.corrected", subjects=_about(payment)
    )
    _follow(session, return_sides(_touched(session, [row])))
    return changes


def reveal_payee(session: Session, payment_id: int, field: str, act: Act) -> Revealed:
    """Show the payee's number or account (`payee_id` or `account`) to a person entitled to it: an act with a reason."""
    row = get_current(session, Payment, payment_id)
    columns = {"payee_id": "payee_id_sealed", "account": "account_sealed"}
    if field not in columns:
        raise TypeError(f"not a sealed field of payments: {field}")
    return reveal(session, getattr(row, columns[field]), "payments", columns[field], act, _about(row))


def _about(row: Payment) -> list[tuple[str, str]]:
    return [("payment", f"{row.batch_no}-{row.seq}")]


def _touched(session: Session, rows: Sequence[Kept]) -> Touched:
    return Touched(ids=tuple(row.id for row in rows), event_id=transaction_event_id(session))


def _follow(session: Session, sides: Any) -> None:
    session.flush()
    apply_sides(session, sides)


def absorb_payments(session: Session, batch_id: int) -> None:
    """Bring every sum in step after a merge or an undo of payments; call it in that transaction.

    One grouped read of the batch's own rows, however many the table holds.
    """
    session.flush()
    with_returns = may_have_returns(session, batch_id)
    apply_sides(session, payment_sides(Touched(batch_id=batch_id), with_returns))


def absorb_bank_returns(session: Session, batch_id: int) -> None:
    """The same after a merge or an undo of bank returns."""
    session.flush()
    apply_sides(session, return_sides(Touched(batch_id=batch_id)))


def absorb_households(session: Session, batch_id: int) -> None:
    """After a merge or an undo of households: those who moved take their payouts to their new village."""
    session.flush()
    move_households(session, touched_rows(session, H, batch_id))
