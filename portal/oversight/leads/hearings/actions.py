"""What happens to hearings: begun with the lead, over when the person has answered or his days have passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import reserve_ids
from portal.oversight.leads.hearings.models import LeadHearing
from portal.oversight.leads.hearings.rules import Asked, still_waits
from portal.oversight.leads.models import Lead, LeadStatus
from portal.trail import actions as trail

Subject = tuple[str, str]
_LIVING = (LeadStatus.OPEN, LeadStatus.ASKED)


def hear_first(
    session: Session, rule: str, asked: Mapping[Subject, Asked | None], *, as_of: date, actor: str, at: datetime
) -> Counter[str]:
    """Bring the hearings of a rule's leads in line with what was asked and answered; returns how many wait and are over.

    A new lead waits (`asked`) while its question does; then it stands open for whoever verifies, for good.
    """
    leads = session.scalars(select(Lead).where(Lead.rule == rule, Lead.status.in_(_LIVING)).order_by(Lead.id)).all()
    living = select(Lead.id).where(Lead.rule == rule, Lead.status.in_(_LIVING))
    hearings = {h.lead_id: h for h in session.scalars(select(LeadHearing).where(LeadHearing.lead_id.in_(living)))}
    counts: Counter[str] = Counter()
    touched: list[str] = []
    for lead in leads:
        hearing = hearings.get(lead.id)
        question = asked.get((lead.subject_kind, lead.subject_no))
        if hearing is None:
            if (lead.subject_kind, lead.subject_no) not in asked:
                continue
            waits = still_waits(question, as_of)
            _begin(session, lead, question, None if waits else at)
            counts["waiting" if waits else "over"] += 1
        elif hearing.over_at is None and not still_waits(question, as_of):
            hearing.over_at = at
            lead.status, lead.changed_at = LeadStatus.OPEN, at
            counts["over"] += 1
        else:
            continue
        touched.append(lead.lead_no)
    if touched:
        _record(session, rule, touched, counts, actor=actor, at=at)
    return counts


def _begin(session: Session, lead: Lead, question: Asked | None, over_at: datetime | None) -> None:
    session.add(
        LeadHearing(
            id=reserve_ids(session.connection(), "lead_hearings", 1),
            lead_id=lead.id,
            answer_by=question.answer_by if question is not None else None,
            over_at=over_at,
        )
    )
    if over_at is None:
        lead.status = LeadStatus.ASKED


def _record(
    session: Session, rule: str, touched: list[str], counts: Mapping[str, int], *, actor: str, at: datetime
) -> None:
    trail.record(
        session,
        kind="lead.hearings.brought",
        actor=actor,
        subjects=[("rule", rule)] + [("lead", number) for number in touched[:500]],
        after={"rule": rule, "waiting": counts.get("waiting", 0), "over": counts.get("over", 0)},
        public={"rule": rule},
        at=at,
    )
    session.flush()
