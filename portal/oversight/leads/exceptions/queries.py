"""Reads of exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.leads.exceptions.models import LeadException


@dataclass(frozen=True)
class ExceptionRow:
    """One exception of a lead: why, by whom, confirmed by whom, ended when."""

    why: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    ended_at: datetime | None


def list_exceptions(session: Session, lead_id: int) -> list[ExceptionRow]:
    """Every exception of a lead, the latest first."""
    columns = [getattr(LeadException, name) for name in ExceptionRow.__dataclass_fields__]
    query = select(*columns).where(LeadException.lead_id == lead_id).order_by(LeadException.id.desc())
    return [ExceptionRow(*row) for row in session.execute(query)]
