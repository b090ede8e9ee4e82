"""What happens to exceptions: one person proposes, another confirms; the lead is settled with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import reserve_ids
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.oversight.leads.assigning.actions import note_step
from portal.oversight.leads.assigning.models import Work
from portal.oversight.leads.exceptions.models import LeadException
from portal.oversight.leads.findings.rules import need_person
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.leads.noting.actions import note
from portal.oversight.leads.rules import source_digest
from portal.registers.corrections import Act, need_reason


def propose_exception(session: Session, lead_no: str, act: Act, at: datetime) -> LeadException:
    """Say that what the source row shows is lawful, and why: from then on it waits for a second person."""
    need_person(act.actor)
    why, lead = need_reason(act), _get(session, lead_no)
    if lead.status == LeadStatus.ASKED:
        raise Refused("这条疑点还在等本人说明", fix="等本人说明，或期限过后再办")
    if _standing(session, lead.id) is not None:
        raise Conflict("这条疑点已经有人提出例外", fix="刷新页面")
    row = LeadException(
        id=reserve_ids(session.connection(), "lead_exceptions", 1), lead_id=lead.id, rule=lead.rule,
        source_digest=source_digest(lead.evidence), why=why, proposed_by=act.actor, proposed_at=at,
    )  # fmt: skip
    session.add(row)
    _write(session, lead, Work.EXCEPTION, "lead.exception.proposed", act, at)
    return row


def confirm_exception(session: Session, lead_no: str, act: Act, at: datetime) -> Lead:
    """A second person confirms: the lead is settled, and repeats stay silent until the source row changes."""
    need_person(act.actor)
    need_reason(act)
    lead = _get(session, lead_no)
    row = _standing(session, lead.id)
    if row is None or row.confirmed_by is not None:
        raise NotFound("没有等确认的例外", fix="刷新页面")
    if row.proposed_by == act.actor:
        raise Refused("提出例外的人不能自己确认", why="要两个人", fix="请另一个人确认", code="same_person")
    if row.source_digest != source_digest(lead.evidence):
        raise Conflict("来源数据提出之后又变了", fix="重新核实")
    row.confirmed_by, row.confirmed_at = act.actor, at
    lead.status, lead.settled_digest, lead.changed_at = LeadStatus.SETTLED, lead.evidence_digest, at
    lead.conclusion = f"例外：{row.why}"
    _write(session, lead, Work.EXCEPTED, "lead.exception.confirmed", act, at)
    return lead


def _get(session: Session, lead_no: str) -> Lead:
    lead = session.scalar(select(Lead).where(Lead.lead_no == lead_no).with_for_update())
    if lead is None:
        raise NotFound("没有这条疑点", fix="核对编号，或从清单查找")
    return lead


def _standing(session: Session, lead_id: int) -> LeadException | None:
    query = select(LeadException).where(LeadException.lead_id == lead_id, LeadException.ended_at.is_(None))
    return session.scalar(query)


def _write(session: Session, lead: Lead, work: Work, kind: str, act: Act, at: datetime) -> None:
    session.flush()
    note_step(session, lead, work, act, at, {"status": lead.status})
    note(session, kind, [lead], act, after={"status": lead.status}, at=at)
    session.flush()
