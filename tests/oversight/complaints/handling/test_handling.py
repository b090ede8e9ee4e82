"""A complaint from its arrival to its end: who acts, who must be another, what is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import BadInput, NotAllowed, NotFound, Refused
from portal.oversight.complaints.handling import actions
from portal.oversight.complaints.handling.actions import Details, take_step
from portal.oversight.complaints.handling.models import ComplaintState, Handling, HandlingStep
from portal.oversight.complaints.handling.openings import actions as openings
from portal.oversight.complaints.handling.queries import Tab, count_tabs, get_case, list_cases, list_steps, list_told
from portal.oversight.complaints.handling.rules import Doer, Step
from portal.oversight.complaints.handling.writers import actions as writers
from portal.oversight.complaints.models import Complaint
from portal.registers.corrections import Act
from portal.trail.queries import list_history
from tests.factories.complaints import CITY, COUNTY, a_county, arrive, who

pytestmark = pytest.mark.begins_with(fill=a_county)
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
HEAD = [("钱有为", "红窑镇人民政府")]
STUDIED = Details(note="集体研究，一致同意。", proposed="初步核实", studied_by=("沈知行", "顾明川", "程守正"))
CLOSING = Details(note="查了三年的发放名册，属实。", evidence=("被反映人说明", "书证账目"))
HANDLER, DECIDER = Act("user:county-inspector", ""), Act("user:county-head", "")


def _do(session: Session, complaint: Complaint, step: Step, details: Details = Details(), days: int = 0) -> str:  # noqa: B008  # frozen
    doer, act = (Doer.DECIDER, DECIDER) if step in (Step.APPROVE, Step.RETURN) else (Doer.HANDLER, HANDLER)
    at = NOON + timedelta(days=days)
    return take_step(session, complaint.locator, step, doer, act, at, details).state


def _answered(session: Session) -> Complaint:
    complaint = arrive(session, HEAD, at=NOON)
    for step, details in (
        (Step.REGISTER, Details()), (Step.KEEP, Details()), (Step.PROPOSE, STUDIED), (Step.APPROVE, Details()),
        (Step.CLOSE, CLOSING), (Step.APPROVE, Details()), (Step.ANSWER, Details(note="查实，已处理。")),
    ):  # fmt: skip
        _do(session, complaint, step, details)
    return complaint


def _handling(session: Session, complaint: Complaint) -> Handling:
    return session.scalars(select(Handling).where(Handling.complaint_id == complaint.id)).one()


def test_a_report_goes_its_whole_way_with_two_persons(session: Session) -> None:
    complaint = _answered(session)
    assert complaint.state == ComplaintState.ANSWERED
    row = _handling(session, complaint)
    assert (row.disposal, row.decided_by, row.proposed_by) == ("初步核实", DECIDER.actor, HANDLER.actor)
    assert [step.step for step in list_steps(session, complaint.id)] == [
        "登记", "本级办理", "提出处置意见", "批准", "提请办结", "批准", "反馈",
    ]  # fmt: skip
    assert row.ask_again_on == day_cn(NOON) + timedelta(days=28)


def test_nobody_approves_what_he_proposed(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    for step, details in ((Step.REGISTER, Details()), (Step.KEEP, Details()), (Step.PROPOSE, STUDIED)):
        _do(session, complaint, step, details)
    with pytest.raises(Refused, match="自己提出"):
        take_step(session, complaint.locator, Step.APPROVE, Doer.DECIDER, HANDLER, NOON, Details())
    _do(session, complaint, Step.RETURN, Details(note="再查一查账目。"))
    assert complaint.state == ComplaintState.STUDYING


def test_a_proposal_needs_its_study_and_a_closing_its_evidence(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    _do(session, complaint, Step.REGISTER)
    _do(session, complaint, Step.KEEP)
    for bad in (
        Details(note="同意同意", proposed="初步核实"),
        Details(note="同意", proposed="初步核实", studied_by="甲乙丙"),
    ):
        with pytest.raises((Refused, BadInput)):
            _do(session, complaint, Step.PROPOSE, bad)
    _do(session, complaint, Step.PROPOSE, STUDIED)
    _do(session, complaint, Step.APPROVE)
    with pytest.raises(Refused, match="被反映一方"):
        _do(session, complaint, Step.CLOSE, Details(note="他说没有。", evidence=("被反映人说明",)))
    assert complaint.state == ComplaintState.INQUIRY


def test_every_step_is_a_sealed_event_that_names_the_locator_alone(session: Session) -> None:
    complaint = _answered(session)
    entries = list_history(session, "complaint", complaint.locator)
    assert len(entries) == 8
    told = session.scalars(select(HandlingStep)).all()
    assert all(step.organ == COUNTY for step in told)


def test_an_appeal_goes_one_level_up_and_comes_back_to_nobody(session: Session) -> None:
    complaint = _answered(session)
    writers.rate(session, complaint.locator, "不满意", NOON)
    writers.appeal(session, complaint.locator, NOON)
    assert (complaint.authority, complaint.state) == (CITY, ComplaintState.APPEALED)
    with pytest.raises(NotFound):
        get_case(session, who(session, "county-inspector"), complaint.locator)
    assert get_case(session, who(session, "city-inspector"), complaint.locator).appeals == 1
    told = list_told(session, who(session, "county-inspector"))
    assert [(t.locator, t.authority) for t in told] == [(complaint.locator, CITY)]
    assert list_told(session, who(session, "town-head")) == []


def test_a_petition_is_replied_to_reviewed_and_rechecked(session: Session) -> None:
    complaint = arrive(session, [("", "涟水县农业农村局")], at=NOON, kind="该有的没有")
    for step, details in (
        (Step.REGISTER, Details()), (Step.ACCEPT, Details()),
        (Step.REPLY, Details(note="按政策补发。", proposed="予以支持")), (Step.APPROVE, Details()),
    ):  # fmt: skip
        _do(session, complaint, step, details)
    assert complaint.state == ComplaintState.REPLIED
    writers.appeal(session, complaint.locator, NOON + timedelta(days=30))
    assert (complaint.state, complaint.authority) == (ComplaintState.REVIEWING, CITY)


def test_after_thirty_days_a_petition_asks_for_no_review(session: Session) -> None:
    complaint = arrive(session, [("", "涟水县农业农村局")], at=NOON, kind="该有的没有")
    for step, details in (
        (Step.REGISTER, Details()), (Step.ACCEPT, Details()),
        (Step.REPLY, Details(note="按政策补发。", proposed="予以支持")), (Step.APPROVE, Details()),
    ):  # fmt: skip
        _do(session, complaint, step, details)
    with pytest.raises(Refused):
        writers.appeal(session, complaint.locator, NOON + timedelta(days=31))


def test_solved_is_asked_after_four_weeks_and_not_before(session: Session) -> None:
    complaint = _answered(session)
    with pytest.raises(Refused):
        writers.say_solved(session, complaint.locator, False, NOON + timedelta(days=27))
    writers.say_solved(session, complaint.locator, False, NOON + timedelta(days=28))
    assert _handling(session, complaint).solved is False


def test_an_extension_needs_a_reason_and_a_superior(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    for step, details in ((Step.REGISTER, Details()), (Step.KEEP, Details()), (Step.PROPOSE, STUDIED)):
        _do(session, complaint, step, details)
    _do(session, complaint, Step.APPROVE)
    before = _handling(session, complaint).due_on
    asked = Act(HANDLER.actor, "账册在外地，要去调取")
    actions.ask_longer(session, complaint.locator, 20, asked, NOON)
    with pytest.raises(Refused):
        actions.grant_longer(session, complaint.locator, asked, NOON)
    actions.grant_longer(session, complaint.locator, DECIDER, NOON)
    after = _handling(session, complaint).due_on
    assert before is not None and after == before + timedelta(days=20)
    with pytest.raises(Refused):
        actions.ask_longer(session, complaint.locator, 5, asked, NOON)


def test_a_malicious_mark_takes_two_and_deletes_nothing(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    why = Act(HANDLER.actor, "已有诬告认定书")
    actions.mark_malicious(session, complaint.locator, why, NOON)
    with pytest.raises(Refused):
        actions.mark_malicious(session, complaint.locator, why, NOON)
    actions.mark_malicious(session, complaint.locator, Act(DECIDER.actor, "核对了认定书"), NOON)
    case = get_case(session, who(session, "county-inspector"), complaint.locator)
    assert (case.malicious_with, case.state) == (DECIDER.actor, ComplaintState.RECEIVED)


def test_a_duplicate_is_linked_inside_the_organ(session: Session) -> None:
    first, second = arrive(session, HEAD, at=NOON), arrive(session, HEAD, at=NOON)
    elsewhere = arrive(session, [("程守正", "涟水县纪委监委")], at=NOON)
    with pytest.raises(Refused):
        _do(session, second, Step.LINK, Details(earlier=elsewhere.locator))
    _do(session, second, Step.LINK, Details(earlier=first.locator))
    assert _handling(session, second).linked_to == first.id


def test_the_identity_is_seen_once_after_a_second_person_agreed(session: Session) -> None:
    complaint = arrive(session, HEAD, at=NOON)
    with pytest.raises(NotAllowed):
        openings.note_identity_seen(session, complaint.locator, HANDLER, NOON)
    asked = openings.ask_identity(session, complaint.locator, Act(HANDLER.actor, "要当面核对发放名册"), NOON)
    with pytest.raises(Refused):
        openings.agree_identity(session, complaint.locator, asked.id, HANDLER, NOON)
    openings.agree_identity(session, complaint.locator, asked.id, DECIDER, NOON)
    with pytest.raises(NotAllowed):
        openings.note_identity_seen(session, complaint.locator, Act("user:county-inspector-2", ""), NOON)
    openings.note_identity_seen(session, complaint.locator, HANDLER, NOON)
    with pytest.raises(NotAllowed):
        openings.note_identity_seen(session, complaint.locator, HANDLER, NOON)


def test_tabs_count_and_list_what_the_person_may_know(session: Session) -> None:
    mine, other = arrive(session, HEAD, at=NOON), arrive(session, HEAD, at=NOON)
    arrive(session, [("程守正", "涟水县纪委监委")], at=NOON)
    me = who(session, "county-inspector")
    actions.assign(session, mine.locator, "county-inspector", DECIDER, NOON)
    counts = count_tabs(session, me)
    assert (counts[Tab.TRIAGE], counts[Tab.MINE], counts[Tab.OVER]) == (2, 1, 0)
    assert {case.locator for case in list_cases(session, me)} == {mine.locator, other.locator}
    assert [case.locator for case in list_cases(session, me, words=other.locator[:5].lower())] == [other.locator]
    assert sum(count_tabs(session, who(session, "town-head")).values()) == 0
