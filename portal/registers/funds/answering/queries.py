"""Any item of a household that it can answer to: an income entry or a payment, with the hands behind it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, NotFound
from portal.registers.corrections import version_of
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.answers.queries import SubjectKind, hands_of, income_fact
from portal.registers.recipients.answers.rules import Fact


def fact_of(session: Session, household_id: int, subject_kind: str, subject_no: str) -> Fact:
    """An item of a household as it stands. Raises NotFound for an unknown one and for another household's alike."""
    if subject_kind == SubjectKind.INCOME:
        return income_fact(session, household_id, subject_no)
    if subject_kind == SubjectKind.PAYMENT:
        return payment_fact(session, household_id, subject_no)
    raise BadInput("没有这一类", fix="回到上一页重新选", code="subject_kind")


def find_fact(session: Session, household_id: int, subject_kind: str, subject_no: str) -> Fact | None:
    """As `fact_of`; None when the item is no longer there."""
    try:
        return fact_of(session, household_id, subject_kind, subject_no)
    except NotFound:
        return None


def payment_fact(session: Session, household_id: int, no: str) -> Fact:
    """A payment (批次号-序号) to a household as it stands; raises NotFound."""
    batch_no, _, seq = no.rpartition("-")
    found = None
    if batch_no and seq.isdigit() and len(seq) < 10:
        found = session.scalar(select(Payment).where(Payment.batch_no == batch_no, Payment.seq == int(seq)))
    if found is None or found.household_id != household_id:
        raise NotFound("没有这一项", fix="回到上一页重新选")
    recorded, approved = hands_of(session, found.event_id, found.batch_id)
    return Fact(
        SubjectKind.PAYMENT, no, household_id, version_of(found), found.amount_fen, found.paid_on, recorded, approved
    )
