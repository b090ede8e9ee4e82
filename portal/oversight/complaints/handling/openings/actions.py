"""Asking for the writer's identity, agreeing to it, having seen it: three events, two persons."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import BadInput, NotAllowed, NotFound
from portal.oversight.complaints.handling.actions import lock, note_event
from portal.oversight.complaints.handling.models import IdentityOpening
from portal.oversight.complaints.handling.rules import second_person_problem
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.rules import random_id
from portal.registers.corrections import Act

SHORTEST = 6


def ask_identity(session: Session, locator: str, act: Act, at: datetime) -> IdentityOpening:
    """申请拆封: why the identity is needed."""
    complaint, _row = lock(session, locator)
    if len(act.why.strip()) < SHORTEST:
        raise BadInput("没有写清为什么要看反映人的身份", fix="写明办理中哪一步非看不可")
    opening = IdentityOpening(
        id=random_id(),
        complaint_id=complaint.id,
        why=act.why.strip(),
        asked_by=act.actor,
        asked_on=day_cn(at),
    )
    session.add(opening)
    session.flush()
    note_event(session, complaint, "complaint.identity_asked", act, at, {}, {"opening": opening.id})
    return opening


def agree_identity(session: Session, locator: str, opening_id: int, act: Act, at: datetime) -> IdentityOpening:
    """同意拆封: by a second person who decides."""
    complaint, opening = _opening(session, locator, opening_id)
    second_person_problem(opening.asked_by if opening.agreed_by is None else None, act.actor)
    opening.agreed_by, opening.agreed_on = act.actor, day_cn(at)
    session.flush()
    note_event(session, complaint, "complaint.identity_agreed", act, at, {}, {"opening": opening.id})
    return opening


def note_identity_seen(session: Session, locator: str, act: Act, at: datetime) -> IdentityOpening:
    """拆封: once for each opening that was agreed to, by the person who asked. Raises NotAllowed otherwise."""
    complaint, _row = lock(session, locator)
    opening = session.scalar(
        select(IdentityOpening)
        .where(
            IdentityOpening.complaint_id == complaint.id,
            IdentityOpening.asked_by == act.actor,
            IdentityOpening.agreed_by.is_not(None),
            IdentityOpening.opened_on.is_(None),
        )
        .order_by(IdentityOpening.id)
        .with_for_update()
    )
    if opening is None:
        raise NotAllowed(
            "还没有第二个人同意拆封", why="看反映人的身份要写明理由，并由另一位负责人同意", fix="先提出申请"
        )
    opening.opened_on = day_cn(at)
    session.flush()
    seen = Act(act.actor, opening.why, act.request_id)
    note_event(session, complaint, "complaint.identity_seen", seen, at, {}, {"opening": opening.id})
    return opening


def note_identity_refused(session: Session, locator: str, act: Act, at: datetime) -> None:
    """An attempt without a second person is an event too."""
    complaint, _row = lock(session, locator)
    note_event(session, complaint, "complaint.identity_refused", act, at, {}, {})


def _opening(session: Session, locator: str, opening_id: int) -> tuple[Complaint, IdentityOpening]:
    complaint, _row = lock(session, locator)
    query = select(IdentityOpening).where(IdentityOpening.id == opening_id).with_for_update()
    opening = session.scalar(query.where(IdentityOpening.complaint_id == complaint.id))
    if opening is None:
        raise NotFound("没有这条申请", fix="刷新页面")
    return complaint, opening
