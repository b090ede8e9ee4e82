"""The two life cycles: who may do what, how long a notice hangs, and what is left when it is over."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.kernel.errors import BadFields, Conflict, NotFound, ProductError, Refused
from portal.publishing.notices import actions, rules
from portal.publishing.notices.disclosure import Source, SourceRow
from portal.publishing.notices.drafts.actions import draft_notice, return_notice, rewrite_notice, submit_notice
from portal.publishing.notices.models import NoticeKind, NoticeState
from portal.publishing.notices.objections.actions import answer_objection, receive_objection, take_up
from portal.publishing.notices.queries import (
    Wanted,
    count_open,
    find_public,
    get_notice,
    list_public,
    public_text_of,
)
from portal.registers.divisions.calendar.queries import overrides
from portal.trail.queries import list_history
from tests.factories.divisions import VILLAGE, make_parameter
from tests.factories.notices import (
    AT,
    CHECKER,
    CLERK,
    TODAY,
    act,
    draft_of,
    finish_as,
    later,
    make_village,
    posted,
    published,
    submitted,
)

pytestmark = pytest.mark.begins_with(fill=make_village)
TEN_DAYS = {"pattern": "subsidy", "rows": (SourceRow({"name": "张建国", "amount_fen": 120_00}, "HH-1"),)}


def test_every_state_of_both_cycles_is_reached_and_ended() -> None:
    for cycle in rules.CYCLES.values():
        following = {state for after in cycle.values() for state in after}
        assert following <= set(cycle)
        assert following | {NoticeState.DRAFT} == set(cycle)


def test_a_window_goes_from_draft_to_archive(session: Session, tmp_path: Path) -> None:
    row = posted(session, tmp_path)
    assert (row.state, row.starts_on, row.ends_on) == (NoticeState.POSTED, TODAY, TODAY + timedelta(days=7))
    row = actions.conclude_notice(session, row.no, act(CHECKER, "公示期内没有异议"), later(8))
    assert (row.state, row.conclusion) == (NoticeState.CONCLUDED, "无异议")
    assert actions.withdraw_ended(session, "job:notices", later(8)) == {"lists": 1, "announced": 0}
    assert get_notice(session, row.no).state == NoticeState.WITHDRAWN
    kinds = [entry.kind for entry in list_history(session, "notice", row.no)]
    assert kinds[::-1] == [
        "notice.drafted", "notice.previewed", "notice.submitted", "notice.published", "notice.posted",
        "notice.concluded", "notice.withdrawn",
    ]  # fmt: skip


def test_a_window_of_ten_days_is_not_ended_on_the_seventh(session: Session, tmp_path: Path) -> None:
    row = posted(session, tmp_path, **TEN_DAYS)
    assert row.days == 10
    for day in (7, 10):  # its last day is still its own
        with pytest.raises(Refused, match="公示期没有满") as refused:
            actions.conclude_notice(session, row.no, act(CHECKER), later(day))
        assert refused.value.code == "early_end"
    assert actions.conclude_notice(session, row.no, act(CHECKER), later(11)).state == NoticeState.CONCLUDED


def test_the_days_begin_with_the_photo_of_the_board(session: Session, tmp_path: Path) -> None:
    row = published(session, tmp_path)
    assert (row.starts_on, row.ends_on) == (None, None)
    with pytest.raises(Refused, match="还没有开始计时"):
        actions.conclude_notice(session, row.no, act(CHECKER), later(30))
    assert get_notice(session, row.no).left(TODAY) is None


def test_working_days_leave_holidays_out(session: Session, tmp_path: Path) -> None:
    make_parameter(session, "posting_days.register", "5", unit="个工作日", valid_from=date(2026, 1, 1))
    row = posted(session, tmp_path)
    assert (row.days, row.day_unit) == (5, "工作日")
    assert row.ends_on == date(2026, 11, 27)  # Friday the 20th does not count, nor does the weekend


def test_fewer_days_than_the_rule_are_refused(session: Session) -> None:
    with pytest.raises(Refused, match="少于规定的 7 天"):
        draft_notice(session, draft_of(days=5), act(), AT)
    assert draft_notice(session, draft_of(days=9), act(), AT).days == 9


def test_who_wrote_it_neither_publishes_nor_concludes_it(session: Session, tmp_path: Path) -> None:
    row = draft_notice(session, draft_of(), act(CHECKER), AT)
    rewrite_notice(session, row.no, draft_of(title="扎新村拟纳入农户名单公示"), act(CLERK), AT)
    done = finish_as(session, get_notice(session, row.no))
    submit_notice(session, row.no, done, act(CLERK), AT)
    for maker in (CLERK, CHECKER):  # also he who only wrote the first words
        with pytest.raises(Refused, match="两个人"):
            actions.publish_notice(session, row.no, done, tmp_path, act(maker), AT)
    hung = posted(session, tmp_path)
    with pytest.raises(Refused, match="两个人"):
        actions.conclude_notice(session, hung.no, act(CLERK), later(9))


def test_the_database_itself_asks_for_two_persons(session: Session, tmp_path: Path) -> None:
    row = published(session, tmp_path)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE notices SET checked_by = drafted_by WHERE no = :no"), {"no": row.no})


def test_every_objection_is_answered_before_the_conclusion(session: Session, tmp_path: Path) -> None:
    row = posted(session, tmp_path)
    said = receive_objection(session, row.no, "第三行的人有一辆车", "", later(1))
    with pytest.raises(Refused, match="还有 1 条异议"):
        actions.conclude_notice(session, row.no, act(CHECKER), later(9))
    assert take_up(session, said, act(CHECKER), later(2)).text == "第三行的人有一辆车"
    assert get_notice(session, row.no).state == NoticeState.VERIFYING
    with pytest.raises(ProductError):
        actions.conclude_notice(session, row.no, act(CHECKER), later(9))
    answer_objection(session, said, False, act(CHECKER, "车是其弟的，已核实"), later(3))
    assert get_notice(session, row.no).state == NoticeState.POSTED
    assert actions.conclude_notice(session, row.no, act(CHECKER), later(9)).conclusion == "异议不成立"


def test_an_objection_that_is_right_leads_to_a_new_posting(session: Session, tmp_path: Path) -> None:
    row = posted(session, tmp_path)
    said = receive_objection(session, row.no, "第一行已经买了商品房", "0517-82345678", later(1))
    take_up(session, said, act(CHECKER), later(1))
    answer_objection(session, said, True, act(CHECKER, "属实"), later(2))
    again = actions.post_anew(session, row.no, act(CLERK, "去掉第一行重新公示"), later(3))
    assert (again.state, again.replaces_no) == (NoticeState.DRAFT, row.no)
    assert not get_notice(session, row.no).shows_list(later(3).date(), {})
    assert find_public(session, again.no) is None


def test_an_objection_needs_words_and_a_published_notice(session: Session, tmp_path: Path) -> None:
    draft = submitted(session)
    with pytest.raises(NotFound):
        receive_objection(session, draft.no, "有话说", "", AT)
    hung = posted(session, tmp_path)
    with pytest.raises(ProductError):
        receive_objection(session, hung.no, " ", "", AT)


def test_the_list_is_read_while_its_days_last_and_no_day_longer(session: Session, tmp_path: Path) -> None:
    row = posted(session, tmp_path)
    notice, days = get_notice(session, row.no), overrides(session)
    assert notice.shows_list(TODAY + timedelta(days=7), days)
    assert not notice.shows_list(TODAY + timedelta(days=8), days)  # whether anybody concluded it or not
    waiting = get_notice(session, published(session, tmp_path, title="没有张贴的公示").no)
    assert waiting.shows_list(TODAY, days)
    assert not waiting.shows_list(TODAY + timedelta(days=8), days)
    assert [n.no for n in list_public(session, Wanted(only_open=True), TODAY)] == [waiting.no, row.no]
    assert count_open(session, TODAY + timedelta(days=8), VILLAGE) == 1  # the one whose days have not begun


def test_totals_stay_and_none_of_fewer_than_five(session: Session, tmp_path: Path) -> None:
    assert public_text_of(session, get_notice(session, posted(session, tmp_path).no)).totals == {
        "rows": 6, "persons": 18,
    }  # fmt: skip
    few = posted(session, tmp_path, rows=draft_of().source.rows[:3])
    assert public_text_of(session, get_notice(session, few.no)).totals == {}


def test_a_new_version_of_an_announcement_takes_the_place_of_the_old_one(session: Session, tmp_path: Path) -> None:
    plain = {
        "kind": NoticeKind.ANNOUNCEMENT, "pattern": "plain", "title": "年度帮扶政策公告",
        "source": Source(details={"matter": "本年度帮扶政策清单已经公布。"}),
    }  # fmt: skip
    first = published(session, tmp_path, **plain)
    assert (first.days, first.ends_on) == (None, None)
    second = actions.new_version(session, first.no, act(why="补充第三条"), later(20))
    assert get_notice(session, first.no).state == NoticeState.PUBLISHED
    submit_notice(session, second.no, finish_as(session, get_notice(session, second.no)), act(), later(20))
    done = finish_as(session, get_notice(session, second.no))
    actions.publish_notice(session, second.no, done, tmp_path, act(CHECKER), later(20))
    old = get_notice(session, first.no)
    assert (old.state, old.replaced_by_no) == (NoticeState.REPLACED, second.no)
    assert old.shows_list(later(400).date(), {})  # the old one stays readable


def test_a_window_is_never_sent_back_once_it_is_out(session: Session, tmp_path: Path) -> None:
    row = submitted(session)
    assert return_notice(session, row.no, act(CHECKER, "第二行组别不对"), AT).state == NoticeState.DRAFT
    out = published(session, tmp_path)
    with pytest.raises(Conflict):
        return_notice(session, out.no, act(CHECKER, "晚了"), AT)
    with pytest.raises(Conflict, match="不能改"):
        rewrite_notice(session, out.no, draft_of(title="换个标题"), act(), AT)


def test_what_was_changed_after_the_preview_is_not_published(session: Session, tmp_path: Path) -> None:
    row = submitted(session)
    old = finish_as(session, get_notice(session, row.no))
    return_notice(session, row.no, act(CHECKER, "改标题"), AT)
    rewrite_notice(session, row.no, draft_of(title="扎新村名单公示"), act(), AT)
    submit_notice(session, row.no, finish_as(session, get_notice(session, row.no)), act(), AT)
    with pytest.raises(Conflict, match="刚被改过"):
        actions.publish_notice(session, row.no, old, tmp_path, act(CHECKER), AT)


def test_a_retracted_notice_is_gone_from_the_list_at_once(session: Session, tmp_path: Path) -> None:
    row = posted(session, tmp_path)
    actions.retract_notice(session, row.no, act(CHECKER, "名单贴错了"), AT)
    assert list_public(session, Wanted(), TODAY) == []
    assert not get_notice(session, row.no).shows_list(TODAY, {})


def test_the_archive_opens_by_an_act_with_a_reason(session: Session, tmp_path: Path) -> None:
    row = posted(session, tmp_path)
    with pytest.raises(ProductError):
        actions.open_archive(session, row.no, act(CHECKER, " "), AT)
    source = actions.open_archive(session, row.no, act(CHECKER, "复查异议"), AT)
    assert source.rows[0].cells["name"] == "张建国"
    assert list_history(session, "notice", row.no)[0].kind == "access.notice_opened"


def test_an_allocation_must_add_up(session: Session) -> None:
    details = {"fund": "衔接资金", "document": "涟财农〔2026〕8号", "total_fen": 300_00, "principle": "因素法"}
    rows = (SourceRow({"who": "扎新村", "amount_fen": 100_00}), SourceRow({"who": "长乐村", "amount_fen": 150_00}))
    with pytest.raises(BadFields) as wrong:
        draft_notice(session, draft_of(pattern="allocation", source=Source(details=details, rows=rows)), act(), AT)
    assert [problem.code for problem in wrong.value.errors] == ["sum"]
