"""Reads of findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.oversight.leads.findings.models import Finding as Finding
from portal.oversight.leads.findings.models import LeadFinding
from portal.oversight.leads.models import Lead


def count_findings(session: Session, rule: str, version: int, since: datetime | None) -> dict[str, int]:
    """How many leads of one version of a rule stand at each finding since a moment: each lead by its latest one."""
    order = func.row_number().over(partition_by=LeadFinding.lead_id, order_by=LeadFinding.id.desc())
    query = select(LeadFinding.finding, order.label("place")).where(
        LeadFinding.rule == rule, LeadFinding.rule_version == version
    )
    if since is not None:
        query = query.where(LeadFinding.found_at > since)
    latest = query.subquery()
    rows = session.execute(select(latest.c.finding, func.count()).where(latest.c.place == 1).group_by(latest.c.finding))
    return {finding: number for finding, number in rows}


@dataclass(frozen=True)
class FindingRow:
    """One finding: who, when, what and why."""

    finding: Finding
    why: str
    found_by: str
    found_at: datetime


def list_findings(session: Session, lead_no: str) -> Sequence[FindingRow]:
    """Every finding about a lead, the first one first."""
    rows = session.execute(
        select(LeadFinding.finding, LeadFinding.why, LeadFinding.found_by, LeadFinding.found_at)
        .join(Lead, Lead.id == LeadFinding.lead_id)
        .where(Lead.lead_no == lead_no)
        .order_by(LeadFinding.id)
    )
    return [FindingRow(Finding(row[0]), row[1], row[2], row[3]) for row in rows]
