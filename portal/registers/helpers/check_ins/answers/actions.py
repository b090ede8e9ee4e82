"""What a household says about a visit. A denial changes nothing by itself: it is for a person to look at (H08)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.devices.queries import accounts_of_helper
from portal.kernel.errors import NotFound, Refused
from portal.registers.divisions.rules import township_of
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection, VisitAnswer
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.helpers.models import Helper
from portal.registers.recipients.queries import household_place
from portal.trail.actions import record

SAID_BY = 80
NOTE = 500


def take_answer(
    session: Session,
    context: Context,
    claim_id: str,
    answer: Recollection,
    channel: Channel,
    said_by: str,
    note: str,
    at: datetime,
) -> VisitAnswer:
    """Somebody of the office takes down what a household says on the telephone or in person.

    Raises Refused for the helper whose visit it was, and where the household has answered on its own page: that is its own
    to change. NotFound for an unknown visit.
    """
    visit = session.scalar(select(CheckIn).where(CheckIn.claim_id == claim_id))
    if visit is None:
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    helper_no = str(session.scalar(select(Helper.no).where(Helper.id == visit.helper_id)))
    if context.actor.removeprefix("user:") in accounts_of_helper(session, helper_no):
        raise Refused("不能代户回应自己的走访", why="回访要由别人打", fix="请别人办理")
    return answer_visit(session, context, claim_id, visit.household_id, answer, channel, said_by, note, at)


def answer_visit(
    session: Session,
    context: Context,
    claim_id: str,
    household_id: int,
    answer: Recollection,
    channel: Channel,
    said_by: str,
    note: str,
    at: datetime,
) -> VisitAnswer:
    """The household of a visit answers, or changes its answer; the earlier one stays in the history.

    Raises NotFound for a visit to another household, Refused when nobody is named who said it, and where the household has
    answered on its own page and somebody else would write over it.
    """
    visit = session.scalar(select(CheckIn).where(CheckIn.claim_id == claim_id, CheckIn.household_id == household_id))
    if visit is None:
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    if not said_by.strip():
        raise Refused("没有写是谁说的", fix="写户主，或家里的哪一位")
    row = session.scalar(select(VisitAnswer).where(VisitAnswer.check_in_id == visit.id))
    if row is not None and row.channel == Channel.OWN_PAGE and channel is not Channel.OWN_PAGE:
        raise Refused("本户已经在自己的页面上回应过", why="本户自己说的，不能由别人改", fix="请本户在自己的页面上改")
    before = row.answer if row is not None else None
    if row is None:
        row = VisitAnswer(check_in_id=visit.id, household_id=household_id)
        session.add(row)
    row.answer, row.channel, row.said_by = answer, channel, said_by.strip()[:SAID_BY]
    row.taken_by, row.note, row.answered_at = context.actor, note.strip()[:NOTE] or None, at
    session.flush()
    number, _ = household_place(session, household_id)
    record(
        session,
        kind="visit.answered",
        actor=context.actor,
        subjects=[("check_in", claim_id), ("household", number)],
        before={"answer": before} if before else None,
        after={"answer": answer, "channel": channel},
        unit=township_of(visit.division_code),
        request_id=context.request_id,
        at=at,
    )
    return row
