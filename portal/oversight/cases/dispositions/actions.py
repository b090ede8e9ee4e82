"""Proposing how a clue is disposed of after collective study, and deciding it by another account."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import Conflict
from portal.oversight.cases.actions import current, take_step
from portal.oversight.cases.dispositions.models import CaseDisposition, Decision, Disposition
from portal.oversight.cases.dispositions.queries import TABLE
from portal.oversight.cases.dispositions.rules import (
    CLOSING,
    PRESENT,
    STEPS,
    Study,
    disposition_refusal,
    study_problem,
)
from portal.oversight.cases.models import Case
from portal.oversight.cases.rules import Step, open_tasks_refusal, same_hand_refusal
from portal.oversight.orders.queries import open_tasks_of
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.sealed import keyring_of, seal_name


def propose(session: Session, no: str, disposition: Disposition, study: Study, act: Act, at: datetime) -> Case:
    """Propose one of the four lawful dispositions, or the end of a case that was worked on, after collective study.

    Legal source: 监督执纪工作规则 (2019) art. 21. Raises BadInput for a poor study, Refused while a task of an order is
    open and the case would end (each open one is named).
    """
    need_reason(act)
    case = current(session, no)
    disposition_refusal(disposition, case.state, case.disposition)
    least = value_for(session, PRESENT, case.division_code, day_cn(at)).whole
    study_problem(study, least, case.opened_on, day_cn(at))
    if disposition in CLOSING:
        open_tasks_refusal(open_tasks_of(session, case.id))
    names = [name.strip() for name in study.present if name.strip()]
    said = json.dumps({"present": names, "opinions": study.opinions.strip()}, ensure_ascii=False)
    session.add(
        CaseDisposition(
            case_id=case.id, disposition=disposition, studied_on=study.studied_on, present=len(names),
            study_sealed=keyring_of(session).seal(said, seal_name(TABLE, "study_sealed")), proposed_by=act.actor,
            proposed_at=at,
        )
    )  # fmt: skip
    return take_step(session, case, Step.PROPOSE, "case.disposition_proposed", act, at, disposition=disposition)


def decide(session: Session, no: str, decision: Decision, act: Act, at: datetime) -> Case:
    """Approve what was proposed, or send it back. Never one's own; a case does not end while a task is open."""
    why = need_reason(act)
    case = current(session, no)
    waiting = select(CaseDisposition).where(CaseDisposition.case_id == case.id, CaseDisposition.decision.is_(None))
    row = session.scalar(waiting.with_for_update())
    if row is None:
        raise Conflict("没有等审批的处置意见", why="可能别人已经办过", fix="刷新页面")
    same_hand_refusal(row.proposed_by, act.actor)
    disposition, approved = Disposition(row.disposition), decision is Decision.APPROVED
    if approved and disposition in CLOSING:
        open_tasks_refusal(open_tasks_of(session, case.id))
    row.decision, row.decided_by, row.decided_at = decision, act.actor, at
    row.why_sealed = keyring_of(session).seal(why, seal_name(TABLE, "why_sealed"))
    if approved:
        case.disposition = disposition
    step = STEPS[disposition] if approved else Step.RETURN
    return take_step(session, case, step, "case.disposition_decided", act, at, decision=decision)
