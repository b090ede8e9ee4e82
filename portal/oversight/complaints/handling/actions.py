"""What the organ in charge does with a complaint. Every step is one sealed event; who may know was asked by the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import BadInput, NotFound, Refused
from portal.oversight.complaints.handling.models import ComplaintState, Disposal, Handling, HandlingStep, Matter, Reply
from portal.oversight.complaints.handling.notes.actions import seal_note
from portal.oversight.complaints.handling.rules import (
    ANSWERED,
    ASKED_FOR,
    CLOCKS,
    OVER,
    Doer,
    Due,
    Step,
    due_after,
    evidence_problem,
    extension_problem,
    matter_of,
    next_state,
    second_person_problem,
    study_problem,
)
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.queries import SUBJECT
from portal.oversight.complaints.routing.rules import Route
from portal.oversight.complaints.rules import random_id
from portal.registers.corrections import Act
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import values_for
from portal.trail.actions import record

KEPT_CLOCK: Final = frozenset({ComplaintState.PROPOSED, ComplaintState.CLOSING, ComplaintState.ANSWERING})
SHORTEST_NOTE: Final = 4


@dataclass(frozen=True)
class Details:
    """What a step needs besides who takes it: the note (sealed), and what the table of the step asks for."""

    note: str = ""
    proposed: str = ""
    studied_by: Sequence[str] = ()
    evidence: Sequence[str] = ()
    organ: str = ""
    earlier: str = ""


def open_handling(session: Session, complaint: Complaint, route: Route, on: date) -> Handling:
    """Begin the clock of a complaint that has just arrived; recorded by the event of its arrival."""
    matter = matter_of(complaint.kind)
    row = Handling(complaint_id=complaint.id, steps=0, matter=matter, since_on=on, alarm=route.alarm)
    session.add(row)
    complaint.state = ComplaintState.RECEIVED
    _start_clock(session, complaint, row, on)
    session.flush()
    return row


def take_step(
    session: Session, locator: str, step: Step, doer: Doer, act: Act, at: datetime, details: Details
) -> Complaint:
    """Take one step of the table. Raises Refused where the table or a rule forbids it, NotFound for no such complaint."""
    complaint, row = lock(session, locator)
    state = next_state(row.matter, complaint.state, step, doer, row.proposed)
    changes = _PREPARE.get(step, _nothing)(session, complaint, row, act, details)
    return move(session, complaint, row, step, state, act, at, note=details.note, changes=changes)


def lock(session: Session, locator: str) -> tuple[Complaint, Handling]:
    """A complaint with its handling, held until the transaction ends."""
    complaint = session.scalar(select(Complaint).where(Complaint.locator == locator).with_for_update())
    if complaint is not None:
        row = session.scalar(select(Handling).where(Handling.complaint_id == complaint.id).with_for_update())
        if row is not None:
            return complaint, row
    raise NotFound("没有这个编号", fix="核对编号")


def move(
    session: Session, complaint: Complaint, row: Handling, step: Step, state: ComplaintState, act: Act, at: datetime,
    *, note: str = "", changes: Mapping[str, Any] | None = None,
) -> Complaint:  # fmt: skip
    """Go to a state: change what changes, start its clock, keep the step, write the event."""
    today, before = day_cn(at), {"state": complaint.state, "organ": complaint.authority}
    for name, value in (changes or {}).items():
        setattr(complaint if name == "authority" else row, name, value)
    complaint.state = state
    if state in KEPT_CLOCK:
        row.silent_on = _silence(session, complaint, today)
    else:
        _start_clock(session, complaint, row, today)
    step_id = random_id()
    row.steps += 1
    session.add(
        HandlingStep(
            id=step_id,
            n=row.steps,
            complaint_id=complaint.id,
            step=step,
            state=state,
            organ=complaint.authority,
            actor=act.actor,
            done_on=today,
            due_on=row.due_on,
            note_box=seal_note(session, complaint, step_id, note),
        )
    )
    session.flush()
    told = {"state": state, "organ": complaint.authority, "step": step, "due_on": row.due_on}
    note_event(session, complaint, "complaint.stepped", act, at, before, told)
    return complaint


def restart(complaint: Complaint, row: Handling) -> ComplaintState:
    """Another organ begins where the last one had not decided: what was only proposed there is proposed anew."""
    state = ComplaintState(complaint.state)
    return ComplaintState(row.proposed_from) if state in KEPT_CLOCK and row.proposed_from else state


def note_event(
    session: Session, complaint: Complaint, kind: str, act: Act, at: datetime, before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:  # fmt: skip
    """One sealed event about a complaint; it names the locator alone, and no place."""
    record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=[(SUBJECT, complaint.locator)],
        before=before,
        after=after,
        why=act.why or None,
        request_id=act.request_id,
        sealed=True,
        at=at,
    )


def _start_clock(session: Session, complaint: Complaint, row: Handling, today: date) -> None:
    name = CLOCKS[Matter(row.matter)].get(ComplaintState(complaint.state))
    values = values_for(session, [*ASKED_FOR, *([name] if name else [])], complaint.authority, today)
    silence, share = values[ASKED_FOR[0]].whole, values[ASKED_FOR[1]].whole
    days, unit = (values[name].whole, values[name].unit) if name else (None, "")
    due: Due = due_after(today, days, unit, silence, share, overrides(session))
    row.since_on, row.due_on, row.remind_on, row.silent_on = due.since_on, due.due_on, due.remind_on, due.silent_on
    row.clock, row.reminded_on, row.longer_by, row.longer_days = name, None, None, None
    row.longer_asked_by = None
    if complaint.state in ANSWERED:
        ask = "complaint_ask_days" if row.matter == Matter.DISCIPLINE else "petition_ask_days"
        row.ask_again_on = today + timedelta(days=max(values["complaint_ask_days"].whole, values[ask].whole))
        row.solved = None


def _silence(session: Session, complaint: Complaint, today: date) -> date:
    days = values_for(session, ASKED_FOR[:1], complaint.authority, today)[ASKED_FOR[0]].whole
    return today + timedelta(days=days)


Changes = dict[str, Any]


def _nothing(_session: Session, _complaint: Complaint, _row: Handling, _act: Act, _details: Details) -> Changes:
    return {}


def _propose(_session: Session, complaint: Complaint, row: Handling, act: Act, details: Details) -> Changes:
    choices = set(Disposal) if row.matter == Matter.DISCIPLINE else set(Reply)
    if details.proposed not in choices:
        raise BadInput("没有选处置意见", fix="从列出的几种里选一种")
    if row.matter == Matter.DISCIPLINE:
        study_problem(details.studied_by)
    _need_note(details, "写明研究的情况和理由")
    return {
        "proposed": details.proposed, "proposed_by": act.actor, "proposed_from": complaint.state, "decided_by": None,
        "studied_by": [name.strip() for name in details.studied_by if name.strip()] or None,
    }  # fmt: skip


def _propose_closing(_session: Session, complaint: Complaint, _row: Handling, act: Act, details: Details) -> Changes:
    evidence_problem(details.evidence)
    _need_note(details, "写明查了什么、结论是什么")
    return {
        "proposed_by": act.actor, "proposed_from": complaint.state, "decided_by": None,
        "evidence": list(details.evidence),
    }  # fmt: skip


def _approve(_session: Session, complaint: Complaint, row: Handling, act: Act, _details: Details) -> Changes:
    second_person_problem(row.proposed_by, act.actor)
    changes: Changes = {"decided_by": act.actor}
    if complaint.state != ComplaintState.CLOSING:
        changes["disposal"] = row.proposed
    return changes


def _return(_session: Session, _complaint: Complaint, row: Handling, act: Act, details: Details) -> Changes:
    second_person_problem(row.proposed_by, act.actor)
    _need_note(details, "写明为什么退回")
    return {"proposed_by": None, "decided_by": None}


def _link(session: Session, complaint: Complaint, _row: Handling, _act: Act, details: Details) -> Changes:
    query = select(Complaint).where(Complaint.locator == details.earlier.strip().upper())
    earlier = session.scalar(query)
    if earlier is None or earlier.authority != complaint.authority or earlier.id == complaint.id:
        raise Refused("没有可以并入的这一件", fix="填写本机关在办的另一件的编号")
    if earlier.state in OVER:
        raise Refused("那一件已经了结", why="新的情况要单独办", fix="不并案，按新的一件办")
    return {"linked_to": earlier.id}


def _pass_on(session: Session, complaint: Complaint, row: Handling, _act: Act, details: Details) -> Changes:
    _need_note(details, "写明为什么转送")
    return {"authority": details.organ, "told_organ": complaint.authority, "assigned_to": None}


def _need_note(details: Details, fix: str) -> None:
    if len(details.note.strip()) < SHORTEST_NOTE:
        raise BadInput("没有写说明", fix=fix)


def _need_answer(_session: Session, _complaint: Complaint, _row: Handling, _act: Act, details: Details) -> Changes:
    _need_note(details, "写明告诉反映人的结果")
    return {}


_PREPARE: Final = {
    Step.PROPOSE: _propose, Step.REPLY: _propose, Step.CLOSE: _propose_closing, Step.APPROVE: _approve,
    Step.RETURN: _return, Step.LINK: _link, Step.SEND_UP: _pass_on, Step.SEND_DOWN: _pass_on,
    Step.ANSWER: _need_answer, Step.DECLINE: _need_answer,
}  # fmt: skip


def assign(session: Session, locator: str, username: str, act: Act, at: datetime) -> Complaint:
    """指定经办人: one of the organ's own people who may know of it (the door asks that)."""
    complaint, row = lock(session, locator)
    before = {"assigned_to": row.assigned_to}
    row.assigned_to = f"user:{username}"
    row.silent_on = _silence(session, complaint, day_cn(at)) if row.due_on else None
    session.flush()
    note_event(session, complaint, "complaint.assigned", act, at, before, {"assigned_to": row.assigned_to})
    return complaint


def sign_of_life(session: Session, locator: str, at: datetime) -> None:
    """The organ has been heard of: the days of silence begin anew. Recorded by the event of what it said."""
    complaint, row = lock(session, locator)
    if row.silent_on is not None:
        row.silent_on = _silence(session, complaint, day_cn(at))
        session.flush()


def ask_longer(session: Session, locator: str, days: int, act: Act, at: datetime) -> Complaint:
    """提请延期: with a reason; nothing changes until a superior agrees."""
    complaint, row = lock(session, locator)
    extension_problem(complaint.state, days, row.longer_by)
    if len(act.why.strip()) < SHORTEST_NOTE:
        raise BadInput("没有写延期的理由", fix="写明为什么不能按期办结")
    row.longer_days, row.longer_asked_by = days, act.actor
    session.flush()
    note_event(session, complaint, "complaint.longer_asked", act, at, {}, {"days": days})
    return complaint


def grant_longer(session: Session, locator: str, act: Act, at: datetime) -> Complaint:
    """批准延期: by another person than who asked; the last day moves once."""
    complaint, row = lock(session, locator)
    second_person_problem(row.longer_asked_by, act.actor)
    days = row.longer_days or 0
    extension_problem(complaint.state, days, row.longer_by)
    if row.due_on is None:
        raise Refused("这一步没有期限", fix="刷新页面")
    before = {"due_on": row.due_on}
    row.due_on, row.longer_by = row.due_on + timedelta(days=days), act.actor
    row.reminded_on = None
    row.silent_on = _silence(session, complaint, day_cn(at))
    session.flush()
    note_event(session, complaint, "complaint.longer_granted", act, at, before, {"due_on": row.due_on, "days": days})
    return complaint


def mark_malicious(session: Session, locator: str, act: Act, at: datetime) -> Complaint:
    """标记恶意反映: the first person proposes, a second confirms. It deletes nothing and stops no clock."""
    complaint, row = lock(session, locator)
    if len(act.why.strip()) < SHORTEST_NOTE:
        raise BadInput("没有写理由", why="诬告要有正式认定", fix="写明认定的文书和日期")
    if row.malicious_by is None:
        row.malicious_by = act.actor
    elif row.malicious_with is None:
        second_person_problem(row.malicious_by, act.actor)
        row.malicious_with = act.actor
    else:
        raise Refused("已经标记过", fix="刷新页面")
    session.flush()
    stands = row.malicious_with is not None
    note_event(session, complaint, "complaint.marked_malicious", act, at, {}, {"stands": stands})
    return complaint
