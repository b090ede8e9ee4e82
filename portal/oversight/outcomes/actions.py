"""Entering what a case found and what became of it. An entry is never changed: a correction is one more entry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import raise_data_version
from portal.kernel.errors import BadInput, Conflict, NotFound
from portal.oversight.cases.actions import current, note_event
from portal.oversight.cases.models import Case
from portal.oversight.outcomes.models import Problem, ProblemKind, Sanction
from portal.oversight.outcomes.queries import PROBLEMS, SANCTIONS
from portal.oversight.outcomes.rules import (
    NewProblem,
    NewSanction,
    day_problem,
    ends_on,
    form_of,
    months_of,
    person_mark,
    sanction_problem,
    words_problem,
    worked_refusal,
)
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.queries import get_division
from portal.registers.sealed import keyring_of, seal_name


def add_problem(
    session: Session, case_no: str, said: NewProblem, act: Act, at: datetime, *, corrects: int | None = None
) -> Problem:
    """Enter a problem that a case established; `corrects`: the how-manieth of the case it puts right.

    Raises Refused before anybody was allowed to look into it.
    """
    case = _worked(session, case_no, act)
    if said.kind not in set(ProblemKind):
        raise BadInput("没有选问题类别", fix="选一类")
    get_division(session, said.division_code)
    day_problem(said.found_on, case.opened_on, day_cn(at))
    row = Problem(
        case_id=case.id, kind=said.kind, division_code=said.division_code, found_on=said.found_on,
        text_sealed=keyring_of(session).seal(words_problem(said.text, "查明的问题"), seal_name(PROBLEMS, "text_sealed")),
        corrects_id=_corrected(session, Problem, case, corrects), entered_by=act.actor, entered_at=at,
    )  # fmt: skip
    session.add(row)
    _done(session, case, "case.problem_entered", act, at)
    return row


def add_sanction(
    session: Session, case_no: str, said: NewSanction, act: Act, at: datetime, *, corrects: int | None = None
) -> Sanction:
    """Enter what became of one person: form, periods and their end follow from what was decided.

    Raises Refused for what the law does not know (公职人员政务处分法 art. 22: T06), BadInput for a gap.
    """
    case = _worked(session, case_no, act)
    name = words_problem(said.person, "受处理的人", 40)
    organ, document = words_problem(said.organ, "决定机关", 120), words_problem(said.document_no, "决定文号", 120)
    get_division(session, said.division_code)
    day_problem(said.imposed_on, case.opened_on, day_cn(at))
    sanction_problem(said.standing, said.is_member, said.party, said.admin, said.measure)
    months, keyring = months_of(said.party, said.admin), keyring_of(session)
    row = Sanction(
        case_id=case.id, division_code=said.division_code, standing=said.standing, is_member=said.is_member,
        person_sealed=keyring.seal(name, seal_name(SANCTIONS, "person_sealed")),
        person_mark=person_mark(keyring.derived("sanctioned", 32), case.id, name),
        form=form_of(said.party, said.admin, said.measure), party=said.party, admin=said.admin, measure=said.measure,
        organ=organ, document_no=document, imposed_on=said.imposed_on, party_months=months[0], admin_months=months[1],
        ends_on=ends_on(said.imposed_on, months), corrects_id=_corrected(session, Sanction, case, corrects),
        entered_by=act.actor, entered_at=at,
    )  # fmt: skip
    session.add(row)
    _done(session, case, "case.sanction_entered", act, at)
    return row


def _worked(session: Session, case_no: str, act: Act) -> Case:
    need_reason(act)
    case = current(session, case_no)
    worked_refusal(case.disposition)
    return case


def _corrected(session: Session, model: type[Problem] | type[Sanction], case: Case, corrects: int | None) -> int | None:
    """The entry that a correction corrects, by its number within the case: one that is not corrected yet."""
    if corrects is None:
        return None
    own = session.scalars(select(model.id).where(model.case_id == case.id).order_by(model.id))
    found = dict(enumerate(own, 1)).get(corrects)
    if found is None:
        raise NotFound("没有要更正的这一条", fix="刷新页面")
    if session.scalar(select(model.id).where(model.corrects_id == found)) is not None:
        raise Conflict("这一条已经更正过", fix="更正最后的那一条")
    return found


def _done(session: Session, case: Case, kind: str, act: Act, at: datetime) -> None:
    session.flush()
    raise_data_version(session.connection())  # the public count
    note_event(session, case, kind, act, at)
