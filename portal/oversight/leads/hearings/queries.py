"""Reads of hearings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.leads.hearings.models import LeadHearing


@dataclass(frozen=True)
class Hearing:
    """Until which day the person concerned could explain, and when that was over."""

    answer_by: date | None
    over_at: datetime | None


def find_hearing(session: Session, lead_id: int) -> Hearing | None:
    """The hearing of a lead; None for one of a rule that asks nobody first."""
    row = session.execute(
        select(LeadHearing.answer_by, LeadHearing.over_at).where(LeadHearing.lead_id == lead_id)
    ).one_or_none()
    return Hearing(*row) if row is not None else None
