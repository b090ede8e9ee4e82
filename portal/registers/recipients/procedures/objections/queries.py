"""Reads of objections; what was said leaves here opened, for those who may see the procedure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.sealing import Keyring
from portal.registers.recipients.procedures.objections.actions import ANSWER_SEAL, TEXT_SEAL
from portal.registers.recipients.procedures.objections.models import Objection
from portal.registers.recipients.procedures.objections.models import Objector as Objector


@dataclass(frozen=True)
class ObjectionRow:
    """One objection with its answer."""

    no: str
    step: str
    objector: str
    received_on: date
    text: str
    entered_by: str
    is_upheld: bool | None
    answer: str
    answered_by: str | None
    answered_at: datetime | None


def objections_of(session: Session, keyring: Keyring, procedure_id: int) -> list[ObjectionRow]:
    """The objections to a procedure, the oldest first."""
    rows = session.scalars(select(Objection).where(Objection.procedure_id == procedure_id).order_by(Objection.id))
    return [
        ObjectionRow(
            row.no,
            row.step,
            row.objector,
            row.received_on,
            keyring.open_(row.text_sealed, TEXT_SEAL),
            row.entered_by,
            row.is_upheld,
            keyring.open_(row.answer_sealed, ANSWER_SEAL) if row.answer_sealed else "",
            row.answered_by,
            row.answered_at,
        )
        for row in rows
    ]
