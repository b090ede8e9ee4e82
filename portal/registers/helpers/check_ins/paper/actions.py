"""What happens to paper visits: entered from the form, countersigned, sent back, corrected and countersigned anew."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import CHINA, day_cn
from portal.kernel.errors import NotFound, Refused
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    correct_record,
    differences,
    get_current,
    need_reason,
    refuse_unknown_fields,
)
from portal.registers.divisions.rules import township_of
from portal.registers.helpers.check_ins.evidence.queries import Whose, find_whose, limits_at
from portal.registers.helpers.check_ins.models import CheckIn, Source, State
from portal.registers.helpers.check_ins.needs.actions import bring_needs
from portal.registers.helpers.check_ins.needs.models import NeedKind
from portal.registers.helpers.check_ins.paper.models import PaperState, PaperVisit
from portal.registers.helpers.check_ins.paper.rules import correction_refusal, decision_refusal, paper_problem
from portal.registers.helpers.check_ins.statements.rules import WantedNeed
from portal.registers.helpers.models import Helper
from portal.registers.recipients.queries import household_place
from portal.trail.actions import record

FIELDS = frozenset({"visited_on", "visit", "not_possible_reason", "activities", "findings", "needs", "note"})


def enter_paper_visit(
    session: Session, helper_no: str, household_no: str, values: Mapping[str, Any], act: Act, at: datetime
) -> PaperVisit:
    """Enter a form as it was filled in. It counts for nothing until a second person has countersigned it."""
    refuse_unknown_fields(values, FIELDS)
    paper_problem(values, day_cn(at))
    whose = _whose(session, helper_no, household_no, values["visited_on"])
    row = PaperVisit(
        no=str(uuid.uuid4()),
        helper_id=whose.helper_id,
        household_id=whose.household_id,
        division_code=whose.division_code,
        entered_by=act.actor,
        entered_at=at,
        state=PaperState.WAITING,
        **{"activities": [], "findings": [], "needs": [], **values},
    )
    subjects = [("paper_visit", row.no), ("household", household_no), ("helper", helper_no)]
    unit = township_of(whose.division_code)
    add_record(session, row, act, kind="paper_visit.entered", subjects=subjects, unit=unit)
    return row


def _whose(session: Session, helper_no: str, household_no: str, day: date) -> Whose:
    found = find_whose(session, helper_no, household_no, [day])
    if found is None:
        raise NotFound("那一天这一户不是这名帮扶人帮扶的", fix="核对帮扶人编号、户编号和走访日期")
    return found


def correct_paper_visit(
    session: Session, paper_id: int, values: Mapping[str, Any], act: Act, version: str | None, at: datetime
) -> list[Change]:
    """Correct what was copied wrongly from the form: it waits for a second person anew, and never for who corrected it.

    What it said before is kept. A form that was sent back stands again; of one that has become a visit the visit stays as
    it is until the correction is countersigned, and its day and whether it was made can no longer change (Refused).
    """
    refuse_unknown_fields(values, FIELDS)
    row = get_current(session, PaperVisit, paper_id)
    changed = [change.field for change in differences(row, values)]
    if not changed:
        raise Refused("没有任何改动", fix="改好一处再保存，或者返回", code="unchanged")
    correction_refusal(PaperState.SIGNED if _has_become(session, row) else row.state, changed)
    paper_problem({field: getattr(row, field) for field in FIELDS} | dict(values), day_cn(at))
    if "visited_on" in changed:
        household_no, _ = household_place(session, row.household_id)
        _whose(session, get_current(session, Helper, row.helper_id).no, household_no, values["visited_on"])
    anew = {
        "entered_by": act.actor, "entered_at": at, "state": PaperState.WAITING, "decided_by": None, "decided_at": None,
        "decided_why": None,
    }  # fmt: skip
    return correct_record(
        session,
        row,
        {**values, **anew},
        act,
        version=version,
        kind="paper_visit.corrected",
        subjects=_about(session, row),
        unit=township_of(row.division_code),
    )


def _has_become(session: Session, row: PaperVisit) -> CheckIn | None:
    """The visit that a form has become by an earlier countersignature."""
    return session.scalar(select(CheckIn).where(CheckIn.claim_id == row.no))


def countersign_paper_visit(session: Session, paper_id: int, act: Act, at: datetime) -> CheckIn:
    """A second person stands for the form: it becomes a check-in, or corrects the one that it has become before.

    Raises Refused for whoever entered or corrected it.
    """
    row = _decide(session, paper_id, PaperState.SIGNED, act, at)
    signals = {"paper": {"entered_by": row.entered_by, "countersigned_by": act.actor}}
    check_in = _has_become(session, row)
    if check_in is None:
        check_in = _become(row, signals, at)
        session.add(check_in)
    else:
        check_in.activities, check_in.findings = row.activities, row.findings
        check_in.note, check_in.signals = row.note, signals
    session.flush()
    due = limits_at(session, row.division_code, row.visited_on).need_days
    needs = [WantedNeed(NeedKind(need["kind"]), need.get("text", "")) for need in row.needs]
    bring_needs(session, check_in, needs, timedelta(days=due), act, at)
    session.flush()
    _record(session, row, "paper_visit.countersigned", act, at)
    return check_in


def _become(row: PaperVisit, signals: Mapping[str, Any], at: datetime) -> CheckIn:
    return CheckIn(
        claim_id=row.no,
        source=Source.PAPER,
        helper_id=row.helper_id,
        household_id=row.household_id,
        division_code=row.division_code,
        visited_on=row.visited_on,
        captured_at=datetime.combine(row.visited_on, time(12), CHINA),
        received_at=at,
        offline=True,
        visit=row.visit,
        not_possible_reason=row.not_possible_reason,
        activities=row.activities,
        findings=row.findings,
        note=row.note,
        has_location=False,
        photo_count=0,
        signals=dict(signals),
        state=State.ACCEPTED,
    )


def return_paper_visit(session: Session, paper_id: int, act: Act, at: datetime) -> PaperVisit:
    """Send a form back with the reason; it can be entered anew."""
    row = _decide(session, paper_id, PaperState.RETURNED, act, at)
    session.flush()
    _record(session, row, "paper_visit.returned", act, at)
    return row


def _decide(session: Session, paper_id: int, state: PaperState, act: Act, at: datetime) -> PaperVisit:
    why = need_reason(act)
    row = get_current(session, PaperVisit, paper_id)
    decision_refusal(row.state, row.entered_by, act.actor)
    row.state, row.decided_by, row.decided_at, row.decided_why = state, act.actor, at, why
    return row


def _about(session: Session, row: PaperVisit) -> list[tuple[str, str]]:
    number, _ = household_place(session, row.household_id)
    return [("paper_visit", row.no), ("household", number)]


def _record(session: Session, row: PaperVisit, kind: str, act: Act, at: datetime) -> None:
    record(
        session,
        kind=kind,
        actor=act.actor,
        subjects=[*_about(session, row), ("check_in", row.no)],
        before={"state": PaperState.WAITING},
        after={"state": row.state},
        why=act.why,
        unit=township_of(row.division_code),
        request_id=act.request_id,
        at=at,
    )
