"""Reads of paper visits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.registers.divisions.queries import lies_within
from portal.registers.helpers.check_ins.paper.models import PaperState as PaperState
from portal.registers.helpers.check_ins.paper.models import PaperVisit
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household


@dataclass(frozen=True)
class WaitingPaper:
    """A form that waits for its second person."""

    id: int
    no: str
    helper_no: str
    helper_name: str
    household_no: str
    division_code: str
    visited_on: date
    visit: str
    entered_by: str
    entered_at: datetime


def list_waiting_papers(session: Session, within: Collection[str], *, limit: int = 51) -> list[WaitingPaper]:
    """Forms of some divisions that wait to be countersigned, the oldest first."""
    rows = session.execute(
        select(
            PaperVisit.id, PaperVisit.no, Helper.no, Helper.name, Household.no, PaperVisit.division_code,
            PaperVisit.visited_on, PaperVisit.visit, PaperVisit.entered_by, PaperVisit.entered_at,
        )
        .join(Helper, Helper.id == PaperVisit.helper_id)
        .join(Household, Household.id == PaperVisit.household_id)
        .where(PaperVisit.state == PaperState.WAITING, lies_within(PaperVisit.division_code, within))
        .order_by(PaperVisit.id)
        .limit(limit)
    )  # fmt: skip
    return [WaitingPaper(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9]) for r in rows]
