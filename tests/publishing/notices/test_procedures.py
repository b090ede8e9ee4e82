"""A procedure waits for its notice: drafted from the register, concluded by a second person, and it goes on or back."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.publishing.notices import actions
from portal.publishing.notices.drafts.actions import draft_for_procedure, submit_notice
from portal.publishing.notices.models import Notice, NoticeKind
from portal.publishing.notices.objections.actions import answer_objection, receive_objection, take_up
from portal.publishing.notices.objections.queries import find_asked
from portal.publishing.notices.queries import get_notice, notices_of_procedure, text_of
from portal.registers.recipients.procedures.models import End, Procedure, ProcedureKind, StepKey
from tests.factories.divisions import GAOGOU, VILLAGE
from tests.factories.notices import AT, CHECKER, act, finish_as, later, photo
from tests.factories.procedures import begin, earn, make_lines, make_listed, walk

pytestmark = pytest.mark.begins_with(fill=make_lines)


def exit_of(session: Session) -> Procedure:
    home = make_listed(session)
    earn(session, home, 30_000)
    return walk(session, begin(session, ProcedureKind.EXIT, home), until=StepKey.VILLAGE_NOTICE)


def hung(session: Session, row: Procedure, files: Path) -> Notice:
    notice = draft_for_procedure(session, row.no, act(), AT)
    submit_notice(session, notice.no, finish_as(session, get_notice(session, notice.no)), act(), AT)
    done = finish_as(session, get_notice(session, notice.no))
    notice = actions.publish_notice(session, notice.no, done, files, act(CHECKER, "核对无误"), AT)
    return actions.put_up(session, notice.no, photo(), files, act(), AT)


def test_a_notice_is_drafted_from_what_the_procedure_says(session: Session) -> None:
    row = exit_of(session)
    notice = draft_for_procedure(session, row.no, act(), AT)
    assert (notice.kind, notice.pattern, notice.division_code, notice.days) == ("公示", "exit", VILLAGE, 7)
    text = text_of(session, get_notice(session, notice.no))
    assert text.source.rows[0].household_no == "HH-1"
    assert text.public.rows[0]["name"] == "张*国"
    assert [n.no for n in notices_of_procedure(session, row.no)] == [notice.no]


def test_the_procedure_goes_on_when_the_window_is_concluded(session: Session, tmp_path: Path) -> None:
    row = exit_of(session)
    notice = hung(session, row, tmp_path)
    with pytest.raises(Refused, match="公示期没有满"):
        actions.conclude_notice(session, notice.no, act(CHECKER, "没有异议"), later(6))
    assert row.state == StepKey.VILLAGE_NOTICE
    actions.conclude_notice(session, notice.no, act(CHECKER, "没有异议"), later(8))
    session.refresh(row)
    assert row.state != StepKey.VILLAGE_NOTICE
    with pytest.raises(Refused, match="现在不用公示"):
        draft_for_procedure(session, row.no, act(), later(8))


def test_an_objection_that_is_right_sends_it_back(session: Session, tmp_path: Path) -> None:
    row = exit_of(session)
    notice = hung(session, row, tmp_path)
    said = receive_objection(session, notice.no, "这家收入没有那么多", "", later(1))
    take_up(session, said, act(CHECKER), later(1))
    answer_objection(session, said, True, act(CHECKER, "工资多记了一笔"), later(2))
    actions.conclude_notice(session, notice.no, act(CHECKER, "异议属实，退回重核"), later(8))
    session.refresh(row)
    assert row.state not in (StepKey.VILLAGE_NOTICE, StepKey.TOWNSHIP_REVIEW)


def test_a_retracted_notice_leaves_the_procedure_waiting_for_another(session: Session, tmp_path: Path) -> None:
    row = exit_of(session)
    notice = hung(session, row, tmp_path)
    actions.retract_notice(session, notice.no, act(CHECKER, "名单贴错了"), later(1))
    session.refresh(row)
    assert row.state == StepKey.VILLAGE_NOTICE
    assert hung(session, row, tmp_path).no != notice.no


def test_an_announcement_has_its_days_too(session: Session, tmp_path: Path) -> None:
    row = walk(session, exit_of(session), until=StepKey.ANNOUNCE)
    notice = draft_for_procedure(session, row.no, act(), AT)
    assert (notice.kind, notice.pattern, notice.division_code) == (NoticeKind.ANNOUNCEMENT, "result", GAOGOU)
    submit_notice(session, notice.no, finish_as(session, get_notice(session, notice.no)), act(), AT)
    done = finish_as(session, get_notice(session, notice.no))
    actions.publish_notice(session, notice.no, done, tmp_path, act(CHECKER, "核对无误"), AT)
    assert actions.withdraw_ended(session, "job:notices", later(7)) == {"lists": 0, "announced": 0}
    assert actions.withdraw_ended(session, "job:notices", later(8)) == {"lists": 0, "announced": 1}
    assert actions.withdraw_ended(session, "job:notices", later(9)) == {"lists": 0, "announced": 0}
    session.refresh(row)
    assert row.state != StepKey.ANNOUNCE
    assert not get_notice(session, notice.no).shows_list(later(8).date(), {})


def announced(session: Session, files: Path) -> tuple[Procedure, Notice]:
    """An exit whose announcement is out."""
    row = walk(session, exit_of(session), until=StepKey.ANNOUNCE)
    notice = draft_for_procedure(session, row.no, act(), AT)
    submit_notice(session, notice.no, finish_as(session, get_notice(session, notice.no)), act(), AT)
    done = finish_as(session, get_notice(session, notice.no))
    return row, actions.publish_notice(session, notice.no, done, files, act(CHECKER, "核对无误"), AT)


@pytest.mark.parametrize(("upheld", "state"), [(True, StepKey.ANNOUNCED_REVIEW), (False, End.DONE)])
def test_an_announcement_waits_for_its_objections_and_one_that_is_right_puts_the_decision_before_another(
    session: Session, tmp_path: Path, upheld: bool, state: str
) -> None:
    row, notice = announced(session, tmp_path)
    said = receive_objection(session, notice.no, "这家收入没有那么多", "", later(1))
    assert actions.withdraw_ended(session, "job:notices", later(8)) == {"lists": 0, "announced": 0}
    assert row.state == StepKey.ANNOUNCE
    take_up(session, said, act(CHECKER), later(8))
    answer_objection(session, said, upheld, act(CHECKER, "对照了工资单"), later(9))
    assert actions.withdraw_ended(session, "job:notices", later(9)) == {"lists": 0, "announced": 1}
    session.refresh(row)
    assert row.state == state
    asked = find_asked(session, notice.no, said)
    assert asked is not None and (asked.is_answered, asked.answer) == (True, "对照了工资单")
    assert find_asked(session, "GG-1", said) is None and find_asked(session, notice.no, "YY-1") is None


def test_a_window_that_ends_on_a_holiday_ends_with_the_next_working_day(session: Session, tmp_path: Path) -> None:
    row = exit_of(session)
    notice = draft_for_procedure(session, row.no, act(), AT)
    submit_notice(session, notice.no, finish_as(session, get_notice(session, notice.no)), act(), AT)
    done = finish_as(session, get_notice(session, notice.no))
    actions.publish_notice(session, notice.no, done, tmp_path, act(CHECKER, "核对无误"), AT)
    notice = actions.put_up(session, notice.no, photo(), tmp_path, act(), later(1))  # a Saturday
    assert notice.ends_on == date(2026, 11, 30)  # seven days end on the Saturday after it: the Monday
