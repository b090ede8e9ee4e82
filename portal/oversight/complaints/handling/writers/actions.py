"""What the writer answers, with locator and code. The event names nobody: the actor is the public."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import BadInput, Refused
from portal.oversight.complaints.handling.actions import lock, move, note_event
from portal.oversight.complaints.handling.models import ComplaintState, Satisfaction
from portal.oversight.complaints.handling.rules import ANSWERED, APPEALS, Doer, next_state
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.queries import facts_of
from portal.oversight.complaints.routing.rules import route
from portal.oversight.complaints.routing.staff.queries import staff, whole_tree
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.queries import value_for

WRITER = "citizen"
_ACT = Act(WRITER, "")


def rate(session: Session, locator: str, satisfaction: str, at: datetime) -> Complaint:
    """满意度: once the result has been told; the last word counts."""
    complaint, row = lock(session, locator)
    if satisfaction not in set(Satisfaction):
        raise BadInput("没有选满意不满意", fix="选一个")
    if complaint.state not in ANSWERED:
        raise Refused("还没有反馈结果", fix="收到结果以后再评")
    row.satisfaction = satisfaction
    session.flush()
    note_event(session, complaint, "complaint.rated", _ACT, at, {}, {"satisfaction": satisfaction})
    return complaint


def say_solved(session: Session, locator: str, solved: bool, at: datetime) -> Complaint:
    """回访: was it solved? Asked four weeks after the answer; a no keeps it open for whoever has it."""
    complaint, row = lock(session, locator)
    if complaint.state not in ANSWERED or row.ask_again_on is None or day_cn(at) < row.ask_again_on:
        raise Refused("还不到回访的日子", fix="到日子再说")
    row.solved = solved
    session.flush()
    note_event(session, complaint, "complaint.asked_again", _ACT, at, {}, {"solved": solved})
    return complaint


def appeal(session: Session, locator: str, at: datetime) -> Complaint:
    """申诉、复查、复核: once at each stage, to the organ one level up; of a petition within thirty days of the answer."""
    complaint, row = lock(session, locator)
    state = ComplaintState(complaint.state)
    step = APPEALS.get(state)
    if step is None:
        raise Refused("现在不能申诉", why="还没有答复，或者已经到了最后一级", fix="等答复，或向上级机关当面反映")
    today = day_cn(at)
    if state in (ComplaintState.REPLIED, ComplaintState.REVIEWED):
        days = value_for(session, "petition_ask_days", complaint.authority, today).whole
        if today > row.since_on + timedelta(days=days):
            raise Refused("过了请求复查复核的期限", why=f"收到答复后 {days} 天内可以请求", fix="有新情况的，另外反映")
    places = whole_tree(session)
    above = route(facts_of(session, complaint, places), places.tree, staff(session, places), over=complaint.authority)
    changes = {
        "authority": above.authority, "told_organ": complaint.authority, "assigned_to": None, "alarm": above.alarm,
        "appeals": row.appeals + 1, "satisfaction": None,
    }  # fmt: skip
    target = next_state(row.matter, state, step, Doer.WRITER)
    return move(session, complaint, row, step, target, _ACT, at, changes=changes)
