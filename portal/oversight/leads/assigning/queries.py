"""Reads of the steps of work with a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.leads.assigning.models import LeadStep
from portal.oversight.leads.assigning.models import Work as Work


@dataclass(frozen=True)
class StepRow:
    """One step: what, who, when, why, and what then stood."""

    work: Work
    actor: str
    at: datetime
    why: str | None
    after: dict[str, Any]


def list_steps(session: Session, lead_id: int) -> list[StepRow]:
    """The history of a lead, the first step first."""
    query = (
        select(LeadStep.work, LeadStep.actor, LeadStep.at, LeadStep.why, LeadStep.after)
        .where(LeadStep.lead_id == lead_id)
        .order_by(LeadStep.id)
    )
    return [StepRow(Work(row[0]), *row[1:]) for row in session.execute(query)]
