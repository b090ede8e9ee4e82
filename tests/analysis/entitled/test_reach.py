"""Runs over the register: who is entitled and gets nothing is listed with a day; people decide, nothing is changed by it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.analysis.entitled.actions import follow_up, run_policies
from portal.analysis.entitled.evaluator import UNKNOWN
from portal.analysis.entitled.models import ReachState
from portal.analysis.entitled.queries import evaluate_register, standings_of
from portal.analysis.entitled.reach.queries import count_unreached, latest_run, list_unreached
from portal.analysis.entitled.rules import BY_PERSONS, TRANSITIONS, Step
from portal.kernel.errors import NotFound, Refused
from portal.kernel.keyset import Start
from portal.registers.corrections import Act
from portal.registers.recipients.actions import correct_person
from portal.registers.recipients.models import Person
from tests.factories.divisions import GAOGOU, HONGYAO, make_county, make_parameter
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.policies import make_policy
from tests.factories.recipients import make_household, make_income

MONDAY = date(2026, 11, 16)
AT = datetime(2026, 11, 16, 2, tzinfo=UTC)
CLERK = Act("user:clerk", "跟进")
BELOW = {"test": "income_per_head", "below": {"parameter": "dibao_standard", "months": 12}, "article": "第九条"}


def fill(session: Session) -> None:
    """Two households: an old head without, a young one with a known income; two policies."""
    make_county(session)
    make_parameter(session, "dibao_standard", "800")
    old = make_household(session, members=({"name": "李秀英", "relation": "配偶", "born_on": date(1943, 1, 1)},))
    make_household(session, "HH-2", head="王强")
    make_income(session, old, 5_000_00)
    make_policy(session)
    make_policy(session, "dibao", title="低保", about="户", topic="生活救助", conditions=BELOW, programmes=[],
                reached={"test": "category", "is": "特困供养户", "article": "登记"})  # fmt: skip


pytestmark = pytest.mark.begins_with(fill=fill)


def listed(session: Session, **more: str) -> list[tuple[str, str]]:
    return [(row.policy, row.household_no) for row in list_unreached(session, [GAOGOU], **more)]


def test_the_entitled_and_unreached_are_listed_with_their_day(session: Session) -> None:
    run = run_policies(session, MONDAY, actor="job:nightly")
    assert {r["policy"]: (r["yes"], r["unknown"], r["opened"]) for r in run.results} == {
        "gaoling": (1, 1, 1),
        "dibao": (1, 1, 1),
    }
    rows = list_unreached(session, [GAOGOU])
    assert {(r.policy, r.household_no, r.persons, r.head_name) for r in rows} == {
        ("gaoling", "HH-1", 1, "张建国"),
        ("dibao", "HH-1", 0, "张建国"),
    }
    assert {r.due_on for r in rows} == {date(2026, 12, 14)}  # 20 working days
    assert list_unreached(session, [HONGYAO]) == []
    assert latest_run(session) is not None


def test_unknown_is_not_no_and_is_not_listed(session: Session) -> None:
    gathered, evaluated = evaluate_register(session, MONDAY)
    values = {one.policy.slug: one.values[gathered.nos.index("HH-2")] for one in evaluated}
    assert values == {"gaoling": UNKNOWN, "dibao": UNKNOWN}


def test_who_got_money_of_it_within_twelve_months_is_reached(session: Session) -> None:
    programme = make_programme(session, "ZX2026-GL", name="2026年高龄津贴", payout_way="一卡通")
    pay(session, make_line(session, programme, 100_000_00), [(list_household(session, "HH-1"), 60_00)])
    run_policies(session, MONDAY, actor="job:nightly")
    assert listed(session) == [("dibao", "HH-1")]
    run_policies(session, date(2028, 1, 1), actor="job:nightly")
    assert ("gaoling", "HH-1") in listed(session), "a year and more ago is not within twelve months"


def test_what_people_found_out_stands_over_the_next_run(session: Session) -> None:
    run_policies(session, MONDAY, actor="job:nightly")
    row = list_unreached(session, [GAOGOU], policy="gaoling")[0]
    with pytest.raises(Refused, match="情况"):
        follow_up(session, row.id, Step.UNWILLING, "", CLERK, AT)
    follow_up(session, row.id, Step.UNWILLING, "11 月 16 日和本人说过，不要", CLERK, AT)
    run_policies(session, MONDAY, actor="job:nightly")
    assert listed(session) == [("dibao", "HH-1")]
    assert listed(session, state=ReachState.UNWILLING) == [("gaoling", "HH-1")]
    with pytest.raises(Refused, match="不能再这样记"):
        follow_up(session, row.id, Step.APPLY, "又帮他申请了", CLERK, AT)


def test_what_no_longer_holds_is_closed_and_comes_up_again(session: Session) -> None:
    run_policies(session, MONDAY, actor="job:nightly")
    mother = session.query(Person).filter(Person.name == "李秀英").one()
    correct_person(session, mother.id, {"born_on": date(1963, 1, 1)}, CLERK, version=None)
    run_policies(session, MONDAY, actor="job:nightly")
    assert listed(session, state=ReachState.GONE) == [("gaoling", "HH-1")]
    correct_person(session, mother.id, {"born_on": date(1943, 1, 1)}, CLERK, version=None)
    run_policies(session, MONDAY, actor="job:nightly")
    assert ("gaoling", "HH-1") in listed(session)


def test_what_is_late_is_counted(session: Session) -> None:
    run_policies(session, MONDAY, actor="job:nightly")
    counts = count_unreached(session, [GAOGOU], date(2026, 12, 15))
    assert [(c.policy, c.open, c.late, c.applied) for c in counts] == [("dibao", 1, 1, 0), ("gaoling", 1, 1, 0)]


def test_all_states_are_one_list_that_is_paged_both_ways(session: Session) -> None:
    run_policies(session, MONDAY, actor="job:nightly")
    follow_up(
        session, list_unreached(session, [GAOGOU], policy="gaoling")[0].id, Step.APPLY, "11 月 16 日帮他申请", CLERK, AT
    )
    whole = list_unreached(session, [GAOGOU], state="")
    assert [(row.due_on, row.id) for row in whole] == sorted((row.due_on, row.id) for row in whole)
    assert {row.state for row in whole} == {ReachState.OPEN, ReachState.APPLIED}
    first, second = ((row.due_on.isoformat(), row.id) for row in whole)
    assert list_unreached(session, [GAOGOU], state="", limit=1) == whole[:1]
    assert list_unreached(session, [GAOGOU], state="", limit=1, after=Start(first)) == whole[1:]
    assert list_unreached(session, [GAOGOU], state="", limit=1, after=Start(second, back=True)) == whole[1:]
    assert list_unreached(session, [GAOGOU], state="", after=Start(second, back=True)) == whole


def test_one_household_is_traced_by_the_same_evaluator(session: Session) -> None:
    home = list_household(session, "HH-1")
    found = {s.finding.policy.slug: s for s in standings_of(session, home, MONDAY)}
    old = found["gaoling"].finding
    assert old.is_yes and len(old.person_ids) == 1 and old.tests[0].article == "第三条"
    assert [one.is_known for one in old.tests[0].said] == [False, True]
    poor = found["dibao"].finding.tests[0]
    assert (poor.threshold, poor.said[0].low, poor.source) == (960_000, 250_000, "收入核算")
    maybe = {s.finding.policy.slug: s.finding for s in standings_of(session, list_household(session, "HH-2"), MONDAY)}
    assert maybe["gaoling"].may_be and [t.fact for t in maybe["gaoling"].missing] == ["age"]
    with pytest.raises(NotFound):
        standings_of(session, 999, MONDAY)


def list_household(session: Session, no: str) -> int:
    return next(p.household_id for p in session.query(Person) if p.name == {"HH-1": "张建国", "HH-2": "王强"}[no])


def test_the_number_of_statements_does_not_grow_with_the_households(session: Session) -> None:
    def statements() -> int:
        counted = []
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note := lambda *more: counted.append(1))
        _gathered, evaluated = evaluate_register(session, MONDAY)
        list(evaluated)
        event.remove(engine, "before_cursor_execute", note)
        return len(counted)

    few = statements()
    for n in range(10):
        make_household(session, f"HH-{n + 10}", head=f"赵{n}")
    session.flush()
    assert statements() <= few < 30


def test_the_life_of_a_row_is_a_table() -> None:
    reached = {ReachState.OPEN} | {state for steps in TRANSITIONS.values() for state in steps.values()}
    assert reached == set(ReachState)
    assert all(
        set(BY_PERSONS) & set(steps) for state, steps in TRANSITIONS.items() if state in ("待跟进", "已帮助申请")
    )
