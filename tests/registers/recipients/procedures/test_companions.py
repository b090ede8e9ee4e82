"""What goes along with procedures: objections, draws, household changes, reconfirmations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.registers.recipients.actions import register_household
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.procedures.actions import take_step
from portal.registers.recipients.procedures.changes import actions as changes
from portal.registers.recipients.procedures.changes import queries as change_queries
from portal.registers.recipients.procedures.changes.models import ChangeKind
from portal.registers.recipients.procedures.draws import queries as draws
from portal.registers.recipients.procedures.draws.actions import record_draw
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind, StepKey, Through, Verdict
from portal.registers.recipients.procedures.objections import actions as objections
from portal.registers.recipients.procedures.objections.models import Objector
from portal.registers.recipients.procedures.objections.queries import objections_of
from portal.registers.recipients.procedures.reconfirmations import actions as reconfirm
from portal.registers.recipients.procedures.reconfirmations import queries as reconfirmed
from portal.registers.recipients.procedures.reconfirmations.models import Conclusion, Response
from portal.registers.sealed import keyring_of
from tests.factories import procedures as p
from tests.factories.divisions import COUNTY, VILLAGE, make_parameter

K, S, V, C = ProcedureKind, StepKey, Verdict, ChangeKind
pytestmark = pytest.mark.begins_with(fill=p.make_lines)


def _waiting(session: Session, number: int, **more: Any) -> Procedure:
    """A procedure of 突发严重困难户 that waits for the county."""
    values = {"no": f"HH-{number}", "division_code": VILLAGE, "category": "突发严重困难户", "main_cause": "因病"}
    head = {"name": f"户主{number}", "relation": "户主", "labour": "普通劳动力", **more}
    home = register_household(session, values, [head], p.act(), p.DAY)
    return p.walk(session, p.begin(session, K.MONITOR, home), S.COUNTY_DECISION)


def test_an_objection_is_answered_before_the_next_step(session: Session) -> None:
    row = p.walk(session, p.begin(session, K.RECHECK, p.make_listed(session)), S.TOWNSHIP_REVIEW)
    words = "他家儿子在城里有房子"
    found = objections.object_to(session, row.no, Objector.VILLAGER, p.DAY, words, p.act(), p.AT)
    assert words.encode() not in found.text_sealed
    with pytest.raises(Refused, match="1 条异议没有答复"):
        p.step_on(session, row)
    with pytest.raises(NotFound):
        objections.answer_objection(session, row.id + 1, found.no, False, "查过了，不属实", p.act(p.TOWN), p.AT)
    with pytest.raises(BadInput, match="写得太少"):
        objections.answer_objection(session, row.id, found.no, False, "不对", p.act(p.TOWN), p.AT)
    objections.answer_objection(session, row.id, found.no, False, "到不动产中心查过，没有", p.act(p.TOWN), p.AT)
    with pytest.raises(Conflict, match="已经答复"):
        objections.answer_objection(session, row.id, found.no, True, "再答一次看看", p.act(p.TOWN), p.AT)
    read = objections_of(session, keyring_of(session), row.id)[0]
    assert (read.text, read.answer, read.is_upheld) == (words, "到不动产中心查过，没有", False)
    p.step_on(session, row)
    assert row.state == S.COUNTY_DECISION


def test_a_draw_takes_its_share_and_every_relative_and_anybody_can_repeat_it(session: Session) -> None:
    rows = [_waiting(session, n) for n in range(1, 11)] + [_waiting(session, 11, related_to_cadre=True)]
    with pytest.raises(Refused, match="还没有抽查"):
        take_step(session, rows[0].no, V.APPROVED, p.full(), p.act(p.COUNTY_DESK), p.AT)
    with pytest.raises(Refused, match="县级还没有入户"):  # 备案对象 are visited, drawn or not
        take_step(session, rows[10].no, V.APPROVED, p.full(), p.act(p.COUNTY_DESK), p.AT)
    with pytest.raises(Refused, match="按县抽取"):
        record_draw(session, VILLAGE, date(2026, 11, 1), p.COUNTY_DESK, p.AT)
    made = record_draw(session, COUNTY, date(2026, 11, 1), p.COUNTY_DESK, p.AT, seed="骰子 2026-11-20")
    assert (made.population, made.drawn, made.related) == (11, 4, 1)  # 30 % rounded up
    digest, sample = draws.repeat_draw(draws.get_draw(session, made.no))
    assert digest == made.population_sha256
    related = rows[10]
    assert {row.no for row in rows if row.is_sampled} == {*sample, related.no}
    assert related.sample_reason == "备案对象"
    with pytest.raises(Refused, match="没有等县级审批"):  # nobody is drawn twice
        record_draw(session, COUNTY, date(2026, 11, 1), p.COUNTY_DESK, p.AT)
    free = next(row for row in rows if not row.is_sampled)
    drawn = next(row for row in rows if row.no in sample)
    assert take_step(session, free.no, V.APPROVED, p.full(), p.act(p.COUNTY_DESK), p.AT).state == S.HELP_PLAN
    with pytest.raises(Refused, match="县级还没有入户"):
        take_step(session, drawn.no, V.APPROVED, p.full(), p.act(p.COUNTY_DESK), p.AT)
    with pytest.raises(Refused, match="抽查要换一个人"):
        p.record_county_visit(session, drawn.no, p.full(), p.act(p.CLERK), p.AT)
    p.record_county_visit(session, drawn.no, p.full(), p.act("user:county-visitor"), p.AT)
    assert take_step(session, drawn.no, V.APPROVED, p.full(), p.act(p.COUNTY_DESK), p.AT).state == S.HELP_PLAN


def _people(session: Session, home: Household) -> list[str]:
    return [q.name for q in session.query(Person).filter_by(household_id=home.id).order_by(Person.id)]


def _change(
    session: Session, home: Household, kind: ChangeKind, values: dict[str, Any], day: date = p.DAY, **more: Any
) -> int:
    row = changes.propose_change(session, home.id, kind, day, values, p.act(), p.AT, basis="户口簿", **more)
    return row.n


def test_a_change_counts_when_another_account_has_confirmed_it(session: Session) -> None:
    home = p.make_listed(session)
    n = _change(
        session, home, C.BIRTH, {"person": {"name": "张小满", "relation": "子女", "born_on": date(2026, 11, 3)}}
    )
    assert _people(session, home) == ["张建国"]
    with pytest.raises(Refused, match="要两个人"):
        changes.confirm_change(session, home.id, n, p.act(p.CLERK), p.AT)
    row = changes.confirm_change(session, home.id, n, p.act(p.TOWN), p.AT)
    assert (_people(session, home), row.people) == (["张建国", "张小满"], 1)
    with pytest.raises(Refused, match="已经处理过"):
        changes.return_change(session, home.id, n, p.act(p.TOWN), p.AT)


def test_a_returned_change_moves_nothing(session: Session) -> None:
    home = p.make_listed(session, members=[{"name": "李秀英", "relation": "配偶"}])
    wife = session.query(Person).filter_by(name="李秀英").one()
    n = _change(session, home, C.DEATH, {}, person_id=wife.id)
    changes.return_change(session, home.id, n, p.act(p.TOWN, "没有死亡证明"), p.AT)
    assert _people(session, home) == ["张建国", "李秀英"]


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (C.DEATH, {}, "没有选是哪一位"),
        (C.MARRIAGE, {}, "没有填写新成员的姓名"),
        (C.MERGE, {}, "没有写并入的是哪一户"),
        (C.SPLIT, {"people": []}, "分户要写明"),
        (C.CORRECTION, {}, "没有任何改动"),
    ],
)
def test_a_change_says_what_it_needs(session: Session, kind: ChangeKind, values: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        _change(session, p.make_listed(session), kind, values)


def test_a_split_moves_people_and_is_flagged_before_an_application(session: Session) -> None:
    make_parameter(session, "split_months", "6")
    home = p.make_listed(
        session, members=[{"name": "张老根", "relation": "父母"}, {"name": "李秀英", "relation": "配偶"}]
    )
    father = session.query(Person).filter_by(name="张老根").one()
    n = _change(session, home, C.SPLIT, {"people": [father.id], "household": {"no": "HH-1-2"}}, day=date(2026, 8, 1))
    row = changes.confirm_change(session, home.id, n, p.act(p.TOWN), p.AT)
    new = session.query(Household).filter_by(no="HH-1-2").one()
    assert (_people(session, home), _people(session, new)) == (["张建国", "李秀英"], ["张老根"])
    assert (row.people, new.status, father.relation) == (-1, None, "户主")
    assert change_queries.near_split(session, new.id, VILLAGE, p.DAY) == date(2026, 8, 1)
    assert change_queries.near_split(session, new.id, VILLAGE, date(2027, 6, 1)) is None


def test_a_merge_keeps_both_histories_and_strikes_off_by_two_persons(session: Session) -> None:
    home, other = p.make_listed(session), p.make_listed(session, "HH-2", head="王小明")
    n = _change(session, home, C.MERGE, {}, other_household_id=other.id)
    changes.confirm_change(session, home.id, n, p.act(p.TOWN), p.AT)
    session.refresh(other)
    assert (_people(session, home), other.status) == (["张建国", "王小明"], "已注销")
    assert [c.kind for c in change_queries.changes_of(session, other.id)] == ["合户"]


def test_members_of_a_past_day_are_those_of_that_day(session: Session) -> None:
    """A birth of ten days ago that is confirmed today belongs to the household of five days ago."""
    home = p.make_listed(session)
    today, now = today_cn(), now_utc()
    born = {"person": {"name": "张小满", "relation": "子女"}}
    row = changes.propose_change(
        session, home.id, C.BIRTH, today - timedelta(days=10), born, p.act(), now, basis="出生证明"
    )
    assert change_queries.members_shift(session, home.id, today - timedelta(days=5)) == 0
    changes.confirm_change(session, home.id, row.n, p.act(p.TOWN), now)
    shifts = [change_queries.members_shift(session, home.id, today - timedelta(days=n)) for n in (11, 10, 5, 0)]
    assert shifts == [0, 1, 1, 0]


def test_income_per_head_of_a_past_day_divides_by_who_lived_there_then(session: Session) -> None:
    home = p.make_listed(session)
    for row in session.query(Household), session.query(Person):
        for one in row:
            one.recorded_at = now_utc() - timedelta(days=400)  # known for long
    session.flush()
    today, now = today_cn(), now_utc()
    left = {"person": {"name": "李秀英", "relation": "配偶"}}
    came = changes.propose_change(
        session, home.id, C.MARRIAGE, today - timedelta(days=10), left, p.act(), now, basis="结婚证"
    )
    changes.confirm_change(session, home.id, came.n, p.act(p.TOWN), now)
    heads = [computation_of(session, home.id, today - timedelta(days=n)).members for n in (20, 5, 0)]
    assert heads == [1, 2, 2]


def _ask(session: Session, home: Household) -> Any:
    return reconfirm.ask_to_reconfirm(session, home.id, "lead", "XS-1", "申报没有车，查到一辆轿车", p.act(p.TOWN), p.AT)


def test_a_difference_is_put_to_the_household_once_before_anything_else(session: Session) -> None:
    home = p.make_listed(session)
    with pytest.raises(NotFound, match="还没有规定"):  # nobody guesses the days
        _ask(session, home)
    make_parameter(session, "reconfirm_days", "15")
    row = p.begin(session, K.CANCEL, home)
    p.bring_files(session, row)
    asked = _ask(session, home)
    assert asked.due_on == date(2026, 12, 7)  # fifteen days end on a Saturday
    with pytest.raises(Conflict):
        _ask(session, home)
    with pytest.raises(Refused, match="重新确认"):
        p.step_on(session, row)
    with pytest.raises(Refused, match="还没有答复"):
        reconfirm.conclude_reconfirmation(session, asked.no, Conclusion.FALSE, "核实属实", p.act(p.OTHER), p.AT)
    reconfirm.answer_reconfirmation(
        session, asked.no, Response.EXPLAINED, "车是残疾人专用车", Through.PAGE, "household:1", p.AT
    )
    with pytest.raises(Refused, match="只有一次机会"):
        reconfirm.answer_reconfirmation(
            session, asked.no, Response.CHANGED, "改一下", Through.PAGE, "household:1", p.AT
        )
    with pytest.raises(Refused, match="结论要换一个人"):
        reconfirm.conclude_reconfirmation(session, asked.no, Conclusion.TRUE, "车辆证明属实", p.act(p.TOWN), p.AT)
    reconfirm.conclude_reconfirmation(session, asked.no, Conclusion.TRUE, "车辆证明属实", p.act(p.OTHER), p.AT)
    assert reconfirmed.list_credit(session, [COUNTY]) == []
    said = reconfirmed.said_in(session, keyring_of(session), asked.no)
    assert said == reconfirmed.Said("申报没有车，查到一辆轿车", "车是残疾人专用车", "车辆证明属实")
    p.step_on(session, row)
    assert row.state == "已办结"


def test_only_a_false_declaration_becomes_a_credit_record(session: Session) -> None:
    make_parameter(session, "reconfirm_days", "15")
    home = p.make_listed(session)
    asked, late = _ask(session, home), p.AT + timedelta(days=18)  # the fifteenth day is a Saturday
    reconfirm.conclude_reconfirmation(
        session, asked.no, Conclusion.FALSE, "逾期没有答复，车辆属实", p.act(p.OTHER), late
    )
    credit = reconfirmed.list_credit(session, [COUNTY])
    assert [(c.household_no, c.reconfirmation_no) for c in credit] == [("HH-1", asked.no)]
    session.refresh(home)
    assert home.status == "在册"  # a conclusion is no decision


def test_whoever_withdraws_when_asked_begins_that_procedure(session: Session) -> None:
    make_parameter(session, "reconfirm_days", "15")
    home = p.make_listed(session)
    asked = _ask(session, home)
    reconfirm.answer_reconfirmation(session, asked.no, Response.WITHDREW, "", Through.PAPER, p.CLERK, p.AT)
    row = session.query(Procedure).filter_by(household_id=home.id).one()
    assert (row.kind, row.state) == ("自愿退出", "本户签字")
    reconfirm.conclude_reconfirmation(session, asked.no, Conclusion.PUT_RIGHT, "本户自愿退出", p.act(p.OTHER), p.AT)
    p.walk(session, row)
    session.refresh(home)
    assert home.status == "已退出"
