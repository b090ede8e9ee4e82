"""What a named person finds about a lead: explained, needs a visit, referred, true, unfounded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import reserve_ids
from portal.kernel.errors import NotFound
from portal.oversight.leads.actions import settle
from portal.oversight.leads.findings.models import Finding, LeadFinding
from portal.oversight.leads.findings.rules import need_person, steps_for
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.leads.noting.actions import note
from portal.registers.corrections import Act, need_reason


def find(session: Session, lead_no: str, finding: Finding, act: Act, at: datetime) -> Lead:
    """Write down what a person found, and take the lead the steps that follow from it.

    Raises Refused for a job's account or a lead that is concluded, BadInput without a reason, NotFound. The permission,
    and that nobody finds about himself, is asked by the door.
    """
    need_person(act.actor)
    why = need_reason(act)
    lead = session.scalar(select(Lead).where(Lead.lead_no == lead_no).with_for_update())
    if lead is None:
        raise NotFound("没有这条疑点")
    steps = steps_for(LeadStatus(lead.status), finding)
    session.add(
        LeadFinding(
            id=reserve_ids(session.connection(), "lead_findings", 1),
            lead_id=lead.id,
            rule=lead.rule,
            rule_version=lead.rule_version,
            finding=finding,
            why=why,
            found_by=act.actor,
            found_at=at,
        )
    )
    for status in steps:
        settle(session, lead_no, status=status, conclusion=f"{finding}：{why}", actor=act.actor)
    if not steps:
        _note(session, lead, finding, act, at)
    session.flush()
    return lead


def _note(session: Session, lead: Lead, finding: Finding, act: Act, at: datetime) -> None:
    """A finding that takes no step is an event all the same."""
    note(session, "lead.finding.noted", [lead], act, after={"finding": finding, "status": lead.status}, at=at)
