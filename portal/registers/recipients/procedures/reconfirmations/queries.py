"""Reads of reconfirmations and credit records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.sealing import Keyring
from portal.registers.divisions.queries import lies_within
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.reconfirmations.actions import (
    CONCLUSION_SEAL,
    DIFFERENCE_SEAL,
    RESPONSE_SEAL,
)
from portal.registers.recipients.procedures.reconfirmations.models import Conclusion as Conclusion
from portal.registers.recipients.procedures.reconfirmations.models import CreditRecord, Reconfirmation
from portal.registers.recipients.procedures.reconfirmations.models import ReconfirmState as ReconfirmState
from portal.registers.recipients.procedures.reconfirmations.models import Response as Response


@dataclass(frozen=True)
class ReconfirmRow:
    """One reconfirmation, without what was said."""

    id: int
    no: str
    household_id: int
    household_no: str
    division_code: str
    subject_kind: str
    subject_no: str
    asked_by: str
    asked_on: date
    due_on: date
    state: str
    response: str | None
    response_through: str | None
    responded_on: date | None
    conclusion: str | None
    concluded_by: str | None
    concluded_on: date | None


@dataclass(frozen=True)
class Said:
    """What was said in a reconfirmation, opened for those who may see the household."""

    difference: str
    response: str
    conclusion: str


_NAMES = tuple(ReconfirmRow.__dataclass_fields__)
_COLUMNS = [Household.no if name == "household_no" else getattr(Reconfirmation, name) for name in _NAMES]
_ROWS = select(*_COLUMNS).join_from(Reconfirmation, Household, Household.id == Reconfirmation.household_id)


def open_reconfirmation(session: Session, household_id: int) -> ReconfirmRow | None:
    """The reconfirmation that waits for a household's answer or its conclusion; None when there is none."""
    mine = _ROWS.where(Reconfirmation.household_id == household_id, Reconfirmation.state != ReconfirmState.CONCLUDED)
    row = session.execute(mine).one_or_none()
    return None if row is None else ReconfirmRow(*row)


def get_reconfirmation(session: Session, no: str) -> ReconfirmRow:
    """A reconfirmation by its number; raises NotFound."""
    row = session.execute(_ROWS.where(Reconfirmation.no == no)).one_or_none()
    if row is None:
        raise NotFound("没有这次重新确认", fix="从诚信页面重新进入")
    return ReconfirmRow(*row)


def said_in(session: Session, keyring: Keyring, no: str) -> Said:
    """What was said: the difference, the household's words, the conclusion."""
    query = select(
        Reconfirmation.difference_sealed, Reconfirmation.response_sealed, Reconfirmation.conclusion_sealed
    ).where(Reconfirmation.no == no)
    sealed = session.execute(query).one()
    seals = (DIFFERENCE_SEAL, RESPONSE_SEAL, CONCLUSION_SEAL)
    return Said(*(keyring.open_(text, seal) if text else "" for text, seal in zip(sealed, seals, strict=True)))


def list_reconfirmations(
    session: Session, within: Collection[str], *, state: str = "", limit: int = 100
) -> list[ReconfirmRow]:
    """Reconfirmations of some divisions, those that are due first."""
    query = _ROWS.where(lies_within(Reconfirmation.division_code, within))
    if state:
        query = query.where(Reconfirmation.state == state)
    rows = session.execute(query.order_by(Reconfirmation.due_on, Reconfirmation.id).limit(limit))
    return [ReconfirmRow(*row) for row in rows]


@dataclass(frozen=True)
class CreditRow:
    """诚信记录: whose, by which conclusion, when."""

    id: int
    household_no: str
    division_code: str
    reconfirmation_no: str
    subject_kind: str
    subject_no: str
    recorded_by: str
    recorded_on: date


def list_credit(session: Session, within: Collection[str], *, limit: int = 100) -> list[CreditRow]:
    """Credit records of some divisions, the newest first."""
    query = (
        select(
            CreditRecord.id, Household.no, CreditRecord.division_code, Reconfirmation.no, Reconfirmation.subject_kind,
            Reconfirmation.subject_no, CreditRecord.recorded_by, CreditRecord.recorded_on,
        )
        .join(Household, Household.id == CreditRecord.household_id)
        .join(Reconfirmation, Reconfirmation.id == CreditRecord.reconfirmation_id)
        .where(lies_within(CreditRecord.division_code, within))
    )  # fmt: skip
    return [CreditRow(*row) for row in session.execute(query.order_by(CreditRecord.id.desc()).limit(limit))]
