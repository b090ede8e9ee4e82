"""Every life cycle walked to its end, and what each of them refuses on the way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import Conflict, Refused
from portal.registers.recipients.actions import register_household
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.procedures import queries
from portal.registers.recipients.procedures.actions import (
    agree_to_exit,
    attach_household,
    open_from_request,
    record_notice_concluded,
    take_step,
    withdraw_voluntarily,
)
from portal.registers.recipients.procedures.cycles.rules import CYCLES, Cycle, Level
from portal.registers.recipients.procedures.models import End, ProcedureKind, StepKey, Through, Verdict
from portal.registers.recipients.procedures.requirements.rules import GUARANTEES
from tests.factories import procedures as p
from tests.factories.divisions import VILLAGE

K, S, V = ProcedureKind, StepKey, Verdict
pytestmark = pytest.mark.begins_with(fill=p.make_lines)


def _candidate(session: Session, category: str = "建档立卡低收入户", no: str = "HH-9") -> Household:
    values = {"no": no, "division_code": VILLAGE, "category": category, "main_cause": "因病"}
    head = {"name": "陈玉梅", "relation": "户主", "labour": "普通劳动力"}
    return register_household(session, values, [head], p.act(), p.DAY)


def _status(session: Session, home: Household) -> str | None:
    session.refresh(home)
    return home.status


def test_a_household_enters_by_two_notices_and_one_announcement(session: Session) -> None:
    home = _candidate(session)
    p.earn(session, home, 4000)
    row = p.begin(session, K.ENTRY, home)
    rail = [row.state]
    while row.closed_on is None:
        assert (_status(session, home) == "在册") == (row.state in (S.ANNOUNCE, S.HELP_PLAN))
        p.step_on(session, row)
        rail.append(row.state)
    assert rail == [
        "受理", "核对", "入户调查", "民主评议", "村公示", "乡镇审核", "乡镇公示", "县级审批", "公告", "帮扶计划", "已办结",
    ]  # fmt: skip
    assert (home.entered_on, row.outcome, row.decided_by) == (p.DAY, "批准", p.COUNTY_DESK)


@pytest.mark.parametrize(
    ("kind", "category", "yuan", "status"),
    [
        (K.MONITOR, "边缘易致贫户", 4000, "在册"),
        (K.MONITOR, "突发严重困难户", 90_000, "在册"),  # T02: over the line, and nobody asks
        (K.DIBAO, "低保户", 4000, "在册"),
    ],
)
def test_a_household_comes_onto_the_list(session: Session, kind: K, category: str, yuan: int, status: str) -> None:
    home = _candidate(session, category)
    p.earn(session, home, yuan)
    assert p.walk(session, p.begin(session, kind, home)).state == End.DONE
    assert _status(session, home) == status


def test_a_sudden_hardship_needs_no_income_at_all(session: Session) -> None:
    home = _candidate(session, "突发严重困难户")
    assert p.walk(session, p.begin(session, K.MONITOR, home)).state == End.DONE


def test_an_entry_over_the_line_is_refused_where_it_is_not_sudden(session: Session) -> None:
    home = _candidate(session, "边缘易致贫户")
    p.earn(session, home, 20_000)
    row = p.walk(session, p.begin(session, K.MONITOR, home), S.REVIEW)
    with pytest.raises(Refused, match="不低于收入线"):
        p.step_on(session, row)


def test_an_exit_needs_confirmed_income_guarantees_and_the_signed_sheet(session: Session) -> None:
    home = p.make_listed(session)
    p.earn(session, home, 15_000)
    row = p.walk(session, p.begin(session, K.EXIT, home), S.VERIFY)
    p.bring_files(session, row)
    partly = {name: name != "饮水安全" for name in GUARANTEES}
    for lacks, words in (
        ({"guarantees": {}}, "没有逐项核实"),
        ({"guarantees": partly}, "没有保障的：饮水安全"),
        ({"visitors": ("周海燕", " 周海燕 ")}, "两个不同的人"),
    ):
        with pytest.raises(Refused, match=words):
            take_step(session, row.no, V.DONE, p.full(**lacks), p.act(), p.AT)
    p.step_on(session, row)
    with pytest.raises(Refused, match="退出签字表"):
        take_step(session, row.no, V.DONE, p.full(), p.act(), p.AT)
    agree_to_exit(session, home.id, True, Through.PAGE, p.AT)
    with pytest.raises(Refused, match="退出签字表"):  # its word on the page does not carry it alone
        take_step(session, row.no, V.DONE, p.full(), p.act(), p.AT)
    p.walk(session, row)
    assert (_status(session, home), home.exited_on) == ("已脱贫", p.DAY)


def test_an_exit_stops_when_the_household_says_no(session: Session) -> None:
    home = p.make_listed(session)
    p.earn(session, home, 15_000)
    row = p.walk(session, p.begin(session, K.EXIT, home), S.COUNTY_DECISION)
    agree_to_exit(session, home.id, False, Through.PAGE, p.AT)
    with pytest.raises(Refused, match="不同意退出"):
        p.step_on(session, row)
    assert _status(session, home) == "在册"


def test_medical_reimbursement_carries_no_exit(session: Session) -> None:
    """T01: what is recorded as income and never counts leaves the household under the line."""
    home = p.make_listed(session)
    p.earn(session, home, 4000)
    p.earn(session, home, 12_000, category="转移性", item="医疗报销")
    row = p.walk(session, p.begin(session, K.EXIT, home), S.VERIFY)
    with pytest.raises(Refused, match="没有超过收入线"):
        p.step_on(session, row)
    assert _status(session, home) == "在册"


def test_nor_does_it_when_somebody_states_that_it_counts(session: Session) -> None:
    """As in Lianshui: 一万二千元 came from a file with 是否计入=是."""
    home = p.make_listed(session)
    p.earn(session, home, 4000)
    entry = p.make_income(session, home, 12_000_00, category="转移性", item="医疗报销")
    entry.counts = True
    session.flush()
    p.confirm_entry(session, p.Entered.INCOME, entry.id, home.id, p.act(p.OTHER), None, p.AT)
    row = p.walk(session, p.begin(session, K.EXIT, home), S.VERIFY)
    with pytest.raises(Refused, match=r"“医疗报销”12,000\.00 元不是收入.*人均 4,000\.00 元，没有超过收入线"):
        p.step_on(session, row)


def test_what_one_hand_entered_carries_no_exit(session: Session) -> None:
    home = p.make_listed(session)
    p.earn(session, home, 4000)
    p.make_income(session, home, 20_000_00)
    row = p.walk(session, p.begin(session, K.EXIT, home), S.VERIFY)
    with pytest.raises(Refused, match="没有超过收入线"):
        p.step_on(session, row)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"present": 19, "agreed": 19}, "不到应到"),
        ({"present": 24, "agreed": 12}, "没有超过到会"),
        ({"agreed": None}, "应到、实到和同意"),
        ({"agreed": 25}, "前后不符"),
    ],
)
def test_a_review_needs_its_quorum_and_its_majority(session: Session, said: dict[str, Any], words: str) -> None:
    home = _candidate(session)
    p.earn(session, home, 4000)
    row = p.walk(session, p.begin(session, K.ENTRY, home), S.REVIEW)
    with pytest.raises(Refused, match=words):
        p.step_on(session, row, **said)
    p.step_on(session, row, present=20, agreed=11)
    assert row.state == S.VILLAGE_NOTICE


def test_a_notice_is_never_passed_by_hand(session: Session) -> None:
    home = _candidate(session)
    p.earn(session, home, 4000)
    row = p.walk(session, p.begin(session, K.ENTRY, home), S.VILLAGE_NOTICE)
    for actor in (p.CLERK, p.TOWN, p.COUNTY_DESK):
        with pytest.raises(Refused, match="由公示办结"):
            take_step(session, row.no, V.DONE, p.full(), p.act(actor), p.AT)
    record_notice_concluded(session, row.no, "GS-1", "中止", "system:notices", p.AT)
    assert row.state == S.VILLAGE_NOTICE
    record_notice_concluded(session, row.no, "GS-2", "异议成立", "system:notices", p.AT)
    assert row.state == S.REVIEW
    with pytest.raises(Conflict, match="不在等公示"):
        record_notice_concluded(session, row.no, "GS-2", "无异议", "system:notices", p.AT)


def test_who_did_an_earlier_step_does_not_decide(session: Session) -> None:
    home = _candidate(session)
    p.earn(session, home, 4000)
    row = p.walk(session, p.begin(session, K.ENTRY, home), S.TOWNSHIP_REVIEW)
    with pytest.raises(Refused, match="审核要换一个人"):
        take_step(session, row.no, V.DONE, p.full(), p.act(p.CLERK), p.AT)
    p.walk(session, row, S.COUNTY_DECISION)
    for actor in (p.CLERK, p.TOWN):
        with pytest.raises(Refused, match="审批要换一个人"):
            take_step(session, row.no, V.APPROVED, p.full(), p.act(actor), p.AT)


def test_a_refusal_says_why_and_how_to_object(session: Session) -> None:
    home = _candidate(session)
    p.earn(session, home, 4000)
    row = p.walk(session, p.begin(session, K.DIBAO, home), S.COUNTY_DECISION)
    with pytest.raises(Refused, match="没有写原因"):
        p.step_on(session, row, V.REFUSED, note="")
    p.step_on(session, row, V.REFUSED, note="名下有两处住房，超过规定。")
    assert (row.state, row.outcome, _status(session, home)) == ("不予批准", "不予批准", None)
    assert "60 天内" in (row.how_to_object or "")
    assert "涟水县" in (row.how_to_object or "")
    assert row.reason_sealed is not None


@pytest.mark.parametrize(
    ("entered", "labour", "words"),
    [
        (p.DAY.replace(day=2), "普通劳动力", "不满 6 个月"),
        (p.DAY - timedelta(days=100), "普通劳动力", "不满 6 个月"),
        (p.DAY - timedelta(days=400), "无劳动力", "没有劳动能力"),
    ],
)
def test_monitoring_does_not_end_too_early(session: Session, entered: date, labour: str, words: str) -> None:
    home = p.make_listed(session, category="边缘易致贫户", entered_on=entered)
    for person in session.query(Person).filter_by(household_id=home.id):
        person.labour = labour
    session.flush()
    p.earn(session, home, 30_000)
    row = p.begin(session, K.REMOVAL, home)
    with pytest.raises(Refused, match=words):
        p.step_on(session, row)


@pytest.mark.parametrize(("category", "status"), [("边缘易致贫户", "已退出"), ("脱贫不稳定户", "已脱贫")])
def test_monitoring_ends_by_visit_review_notice_and_the_county(session: Session, category: str, status: str) -> None:
    home = p.make_listed(session, category=category, entered_on=date(2025, 1, 5))
    p.earn(session, home, 30_000)
    assert p.walk(session, p.begin(session, K.REMOVAL, home)).state == End.DONE
    assert _status(session, home) == status


@pytest.mark.parametrize(
    ("verdict", "status"), [(V.CONTINUED, "在册"), (V.DECREASED, "在册"), (V.FADING, "在册"), (V.STOPPED, "已退出")]
)
def test_a_recheck_continues_changes_fades_or_stops(session: Session, verdict: V, status: str) -> None:
    home = p.make_listed(session)
    row = p.walk(session, p.begin(session, K.RECHECK, home), S.COUNTY_DECISION)
    p.step_on(session, row, verdict)
    assert (_status(session, home), row.outcome) == (status, verdict)
    assert row.effect_until == (date(2027, 5, 20) if verdict is V.FADING else None)


def test_a_category_changes_by_a_decision(session: Session) -> None:
    home = p.make_listed(session)
    row = p.begin(session, K.CATEGORY, home, category="低保边缘户", main_cause="因残")
    p.walk(session, row)
    session.refresh(home)
    assert (home.category, home.main_cause, home.status) == ("低保边缘户", "因残", "在册")


def test_a_cancellation_takes_two_persons(session: Session) -> None:
    home = p.make_listed(session)
    row = p.begin(session, K.CANCEL, home)
    p.bring_files(session, row)
    with pytest.raises(Refused, match="换一个人"):
        take_step(session, row.no, V.DONE, p.full(), p.act(p.CLERK), p.AT)
    p.walk(session, row)
    assert _status(session, home) == "已注销"


def test_a_household_withdraws_with_its_signed_form(session: Session) -> None:
    home = p.make_listed(session)
    no = withdraw_voluntarily(session, home.id, "household:HH-1", Through.PAGE, p.AT)
    row = session.get_one(p.Procedure, queries.get_procedure(session, no).id)
    with pytest.raises(Refused, match="自愿退出申请"):
        take_step(session, no, V.DONE, p.full(), p.act(), p.AT)
    p.walk(session, row)
    assert _status(session, home) == "已退出"


def test_a_self_report_becomes_a_procedure_once_with_its_own_clocks(session: Session) -> None:
    no = open_from_request(session, "QZ-1", VILLAGE, "user:town-desk", p.AT)
    with pytest.raises(Conflict, match="已经转成程序"):
        open_from_request(session, "QZ-1", VILLAGE, "user:town-desk", p.AT)
    row = queries.get_procedure(session, no)
    assert (row.household_no, row.due_on, row.whole_due_on) == (None, date(2026, 11, 24), date(2026, 12, 18))
    with pytest.raises(Refused, match="还没有登记这一户"):
        take_step(session, no, V.DONE, p.full(), p.act(), p.AT)
    home = _candidate(session, "突发严重困难户")
    attach_household(session, no, home.id, p.act(), p.AT)
    p.walk(session, session.get_one(p.Procedure, row.id))
    assert _status(session, home) == "在册"


def test_one_procedure_of_a_kind_at_a_time(session: Session) -> None:
    home = p.make_listed(session)
    p.begin(session, K.EXIT, home)
    with pytest.raises(Conflict, match="已经有一个同样的程序"):
        p.begin(session, K.EXIT, home, actor=p.OTHER)
    with pytest.raises(Refused, match="现在不能办"):
        p.begin(session, K.ENTRY, home)


@pytest.mark.parametrize("cycle", CYCLES.values(), ids=lambda cycle: cycle.kind.name)
def test_every_table_is_whole(cycle: Cycle) -> None:
    """Every step is reached from the opening, every way ends, and whoever changes 状态 is the county or a second person."""
    reached, waiting = set(), [cycle.steps[0].key]
    while waiting:
        key = waiting.pop()
        if key in reached or key in set(End):
            continue
        reached.add(key)
        step = cycle.step(key)
        assert step is not None
        waiting += step.leads.values()
    assert reached == {step.key for step in cycle.steps}
    for verdict, status in cycle.effects.items():
        deciding = [
            step for step in cycle.steps if verdict in step.leads and step.key in (S.COUNTY_DECISION, S.REGISTER)
        ]
        assert deciding, (cycle.kind, verdict, status)
        assert all(step.level in (Level.COUNTY, Level.TOWNSHIP) for step in deciding)


def test_days_are_laid_down_and_a_late_step_shows(session: Session) -> None:
    home = p.make_listed(session)
    p.begin(session, K.RECHECK, home)
    row = queries.current_procedures(session, home.id)[0]
    assert row.due_on == date(2026, 12, 4)  # ten working days
    assert (row.is_late(date(2026, 12, 4)), row.is_late(date(2026, 12, 5))) == (False, True)
