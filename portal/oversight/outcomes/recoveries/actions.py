"""Entering money that came back. Households' money stands beside the payment in the public sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import raise_data_version
from portal.kernel.errors import Conflict, NotFound
from portal.oversight.cases.actions import current, note_event
from portal.oversight.outcomes.recoveries.models import Recovery
from portal.oversight.outcomes.recoveries.queries import back_of_payment
from portal.oversight.outcomes.recoveries.rules import amount_problem
from portal.oversight.outcomes.rules import day_problem, words_problem, worked_refusal
from portal.registers.corrections import Act, need_reason
from portal.registers.funds.payments.queries import get_payment
from portal.registers.funds.queries import get_allocation
from portal.registers.recipients.queries import find_household


@dataclass(frozen=True)
class NewRecovery:
    """Money back, as entered: of which payment, how much, when, to which public account, by which paper."""

    payment_no: str
    amount_fen: int
    recovered_on: date
    into_account: str
    document_no: str


def add_recovery(
    session: Session, case_no: str, said: NewRecovery, act: Act, at: datetime, *, corrects: int | None = None
) -> Recovery:
    """Enter a sum that came back of a payment. Never more than was paid.

    A correction names the entry that it puts right by its number in the case.
    """
    need_reason(act)
    case = current(session, case_no)
    worked_refusal(case.disposition)
    payment = get_payment(session, said.payment_no.strip())
    day_problem(said.recovered_on, case.opened_on, day_cn(at))
    old = _corrected(session, case.id, payment.id, corrects)
    back = back_of_payment(session, payment.id) - (old.amount_fen if old else 0)
    amount_problem(said.amount_fen, payment.amount_fen, back, corrects=old is not None)
    home = find_household(session, payment.household_no) if payment.household_no else None
    row = Recovery(
        case_id=case.id, payment_id=payment.id, programme_code=payment.programme_code,
        household_id=home.id if home else None,
        division_code=payment.village_code or get_allocation(session, payment.allocation_no).division_code,
        amount_fen=said.amount_fen, recovered_on=said.recovered_on,
        into_account=words_problem(said.into_account, "退到哪个公家账户", 120),
        document_no=words_problem(said.document_no, "缴款凭证", 120), corrects_id=old.id if old else None, entered_by=act.actor,
        entered_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    raise_data_version(session.connection())
    note_event(session, case, "case.recovery_entered", act, at, after={"amount_fen": said.amount_fen})
    return row


def _corrected(session: Session, case_id: int, payment_id: int, corrects: int | None) -> Recovery | None:
    if corrects is None:
        return None
    own = session.scalars(select(Recovery).where(Recovery.case_id == case_id).order_by(Recovery.id))
    row = dict(enumerate(own, 1)).get(corrects)
    if row is None or row.payment_id != payment_id:
        raise NotFound("没有要更正的这一条", why="更正要写同一笔发放", fix="刷新页面")
    if session.scalar(select(Recovery.id).where(Recovery.corrects_id == row.id)) is not None:
        raise Conflict("这一条已经更正过", fix="更正最后的那一条")
    return row
