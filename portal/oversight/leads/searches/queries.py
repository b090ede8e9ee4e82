"""Reads of saved searches."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.leads.searches.models import LeadSearch


def list_searches(session: Session, owner: str) -> list[tuple[int, str, str]]:
    """One's own: id, name, filters; the oldest first."""
    query = select(LeadSearch.id, LeadSearch.name, LeadSearch.query).where(
        LeadSearch.owner == owner, LeadSearch.removed_at.is_(None)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(LeadSearch.id))]
