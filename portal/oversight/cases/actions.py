"""What is done with a case: opened, noted, opened again. Each is one sealed event that names the case and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import NotFound
from portal.oversight.cases.models import Case, CaseNote, CaseOrigin, CaseState
from portal.oversight.cases.queries import NOTES, TABLE, number_in_case
from portal.oversight.cases.rules import Step, closed_refusal, new_no, next_state, note_problem, title_problem
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.queries import get_division
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import RecordedEvent, record


def start_case(
    session: Session, title: str, origin: CaseOrigin, origin_no: str | None, division_code: str, act: Act, at: datetime
) -> Case:
    """A new case, without team and links; `opening.actions.open_case` is what an office calls."""
    need_reason(act)
    said = title_problem(title)
    get_division(session, division_code)
    case = Case(
        no=_fresh_no(session, day_cn(at).year),
        origin=origin,
        origin_no=origin_no or None,
        division_code=division_code,
        title_sealed=keyring_of(session).seal(said, seal_name(TABLE, "title_sealed")),
        state=CaseState.OPEN,
        opened_by=act.actor,
        opened_on=day_cn(at),
    )
    session.add(case)
    session.flush()
    return case


def _fresh_no(session: Session, year: int) -> str:
    while True:
        no = new_no(year)
        if session.scalar(select(Case.id).where(Case.no == no)) is None:
            return no


def add_note(session: Session, no: str, text: str, act: Act, at: datetime) -> CaseNote:
    """Write something down for the team. Sealed; the event says only that something was written."""
    case = current(session, no)
    closed_refusal(case.state)
    sealed = keyring_of(session).seal(note_problem(text), seal_name(NOTES, "text_sealed"))
    row = CaseNote(case_id=case.id, text_sealed=sealed, written_by=act.actor, written_at=at)
    session.add(row)
    session.flush()
    note_event(session, case, "case.noted", act, at, after={"note": number_in_case(session, row)})
    return row


def reopen_case(session: Session, no: str, act: Act, at: datetime) -> Case:
    """New evidence: a shelved or closed case is studied again."""
    need_reason(act)
    return take_step(session, current(session, no), Step.REOPEN, "case.reopened", act, at)


def take_step(session: Session, case: Case, step: Step, kind: str, act: Act, at: datetime, **more: Any) -> Case:
    """One step of the life of a case, written down."""
    before, case.state = case.state, next_state(case.state, step)
    case.closed_on = day_cn(at) if case.state == CaseState.CLOSED else None
    session.flush()
    note_event(session, case, kind, act, at, before={"state": before}, after={"state": case.state, **more})
    return case


def current(session: Session, no: str) -> Case:
    """The present row of a case, locked; raises NotFound. Who may know of it has been asked by the door."""
    row = session.scalar(select(Case).where(Case.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这个案件", fix="核对编号，或从列表重新进入")
    return row


def note_event(
    session: Session, case: Case, kind: str, act: Act, at: datetime, *, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> RecordedEvent:  # fmt: skip
    """Write down what was done to a case. What it is about is never a subject: a search for a thing finds no case."""
    return record(
        session, kind=kind, actor=act.actor, subjects=[("case", case.no)], before=before, after=after,
        why=act.why.strip() or None, request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip
