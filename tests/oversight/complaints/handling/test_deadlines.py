"""The clock's acts: a worker that slept, a clock set back, silence, and nobody left above."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.complaints.handling.actions import Details, take_step
from portal.oversight.complaints.handling.deadlines.actions import keep_clocks, reroute
from portal.oversight.complaints.handling.models import ComplaintState, Handling, HandlingStep
from portal.oversight.complaints.handling.rules import Doer, Step
from portal.oversight.complaints.models import Complaint
from portal.registers.corrections import Act
from tests.factories.complaints import CITY, COUNTY, TOWN, a_county, arrive, post

pytestmark = pytest.mark.begins_with(fill=a_county)
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
HEAD = [("钱有为", "红窑镇人民政府")]
JOB = "job:complaints"


def _after(days: int) -> datetime:
    return NOON + timedelta(days=days)


def _run(session: Session, days: int) -> dict[str, int]:
    return {what: count for what, count in keep_clocks(session, JOB, _after(days)).items() if count}


def _handling(session: Session, complaint: Complaint) -> Handling:
    return session.scalars(select(Handling).where(Handling.complaint_id == complaint.id)).one()


def test_ten_days_of_silence_take_it_one_level_up_once(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    assert _run(session, 10) == {}
    assert _run(session, 11) == {"raised": 1}
    assert complaint.authority == CITY
    assert _run(session, 11) == {}
    assert _run(session, 12) == {}
    row = _handling(session, complaint)
    assert (row.raised, row.told_organ, row.alarm) == (1, COUNTY, False)


def test_a_worker_frozen_for_ten_days_raises_each_overdue_case_once(session: Session) -> None:
    cases = [arrive(session, HEAD, at=_after(-n)) for n in range(12)]
    assert _run(session, 10)["raised"] == 11
    assert [case.authority for case in cases].count(CITY) == 11
    assert "raised" not in _run(session, 10)
    steps = session.scalars(select(HandlingStep.complaint_id).where(HandlingStep.step == Step.RAISE)).all()
    assert len(steps) == len(set(steps)) == 11


def test_a_clock_set_back_moves_nothing_twice(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    _run(session, 11)
    for days in (3, -40, 0, 11):
        assert "raised" not in _run(session, days)
    assert _handling(session, complaint).raised == 1


def test_a_sign_of_life_restarts_the_silence_but_not_the_deadline(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    take_step(
        session, complaint.locator, Step.REGISTER, Doer.HANDLER, Act("user:county-inspector", ""), _after(9), Details()
    )
    row = _handling(session, complaint)
    assert (row.clock, row.due_on) == ("complaint_pass_days", date(2026, 12, 9))
    assert _run(session, 16) == {"reminded": 1}
    assert _run(session, 17) == {"raised": 1}


def test_a_reminder_comes_once_in_the_last_fifth(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    row = _handling(session, complaint)
    assert row.due_on == date(2026, 12, 14)
    row.silent_on = date(2027, 1, 1)
    assert row.remind_on == date(2026, 12, 9)
    assert _run(session, 15) == {}
    assert _run(session, 16) == {"reminded": 1}
    assert _run(session, 17) == {}


def test_with_nobody_above_it_stays_and_the_alarm_is_raised_once(session: Session) -> None:
    complaint = arrive(session, [("程守正", "涟水县纪委监委")], at=NOON)
    assert complaint.authority == CITY
    assert _run(session, 11) == {"alarms": 1}
    assert (complaint.authority, _handling(session, complaint).alarm) == (CITY, True)
    assert _run(session, 12) == {}


def test_what_was_only_proposed_is_proposed_anew_by_the_next_organ(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    act = Act("user:county-inspector", "")
    studied = Details(note="集体研究，一致同意。", proposed="予以了结", studied_by=("甲某", "乙某", "丙某"))
    for step, details in ((Step.REGISTER, Details()), (Step.KEEP, Details()), (Step.PROPOSE, studied)):
        take_step(session, complaint.locator, step, Doer.HANDLER, act, NOON, details)
    _run(session, 11)
    assert (complaint.authority, complaint.state) == (CITY, ComplaintState.STUDYING)


def test_a_posting_that_leaves_the_organ_without_anybody_moves_the_complaint(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    for username in ("county-inspector", "county-inspector-2"):
        post(session, username, TOWN)
    assert reroute(session, JOB, NOON) == 1
    assert complaint.authority == CITY
    assert _handling(session, complaint).told_organ is None
    assert reroute(session, JOB, NOON) == 0


def test_an_answer_that_nobody_contests_ends_four_weeks_after_the_question(session: Session) -> None:
    complaint = arrive(session, [("", "涟水县农业农村局")], at=NOON, kind="该有的没有")
    handler, decider = Act("user:county-inspector", ""), Act("user:county-head", "")
    reply = Details(note="按政策补发。", proposed="予以支持")
    for step, details in ((Step.REGISTER, Details()), (Step.ACCEPT, Details()), (Step.REPLY, reply)):
        take_step(session, complaint.locator, step, Doer.HANDLER, handler, NOON, details)
    take_step(session, complaint.locator, Step.APPROVE, Doer.DECIDER, decider, NOON, Details())
    assert _run(session, 59) == {}
    assert _run(session, 61) == {"ended": 1}
    assert complaint.state == ComplaintState.ENDED
