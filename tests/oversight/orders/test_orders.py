"""A supervision order: issued by supervision, answered by the unit alone, checked again, cleared, sent back or raised."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.errors import BadInput, NotFound, Refused
from portal.oversight.cases.links.actions import link
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.orders.actions import clear_order, draft_order, drop_order, issue_order, raise_order
from portal.oversight.orders.models import Order, OrderState, OrderTask, TaskState
from portal.oversight.orders.queries import (
    find_printed,
    get_order,
    get_order_of_unit,
    list_orders,
    list_unit_tasks,
    open_tasks_of,
    own_tasks,
)
from portal.oversight.orders.reminders.actions import remind
from portal.oversight.orders.replies.actions import accept_task, answer_task, check_task
from portal.oversight.orders.replies.queries import open_file, replies_to
from portal.oversight.orders.responding.queries import UnitResponse, unit_responses
from portal.oversight.orders.rules import TASK_TRANSITIONS, TRANSITIONS, Demand, Step, TaskStep, may_answer
from tests.factories.accounts import make_user
from tests.factories.cases import (
    AT,
    CLERK,
    DAY,
    HEAD,
    TEAM,
    TOWN_UNIT,
    act,
    answer,
    approve,
    make_case,
    make_office,
    make_order,
    new_order,
    who,
)
from tests.factories.divisions import CITY, COUNTY, GAOGOU, HONGYAO, make_unit

pytestmark = pytest.mark.begins_with(fill=make_office)


@pytest.fixture
def order(session: Session) -> Order:
    """An order to the township, gone out on a Friday."""
    return make_order(session, approve(session, make_case(session)))


def state_of(session: Session, order: Order) -> str:
    return session.scalars(select(Order.state).where(Order.id == order.id)).one()


def test_the_tasks_working_days_count_from_the_day_after_it_goes_out(session: Session, order: Order) -> None:
    task = session.scalars(select(OrderTask).where(OrderTask.order_id == order.id)).one()
    assert order.issued_on == DAY
    assert task.due_on == date(2026, 12, 4), "ten working days after Friday the 20th"


def test_the_unit_sees_it_when_it_has_gone_out_and_nobody_else_does(session: Session) -> None:
    make_user(session, Role.TOWNSHIP_CLERK, [HONGYAO], username="neighbour")
    make_user(session, Role.FUND_MANAGER, [COUNTY], username="county")
    case = approve(session, make_case(session))
    order = draft_order(session, case.no, new_order(), act(TEAM), AT)
    clerk = who(session, CLERK)
    assert list_unit_tasks(session, clerk) == []
    assert find_printed(session, order.no) is None
    issue_order(session, order.no, act(HEAD), AT)
    assert [task.no for task in list_unit_tasks(session, clerk)] == [order.no]
    assert get_order_of_unit(session, order.no, clerk).title == "核实补贴名单"
    assert [task.n for task in own_tasks(session, order.id, clerk)] == [1]
    for username in ("neighbour", "county", "yi", TEAM):
        assert list_unit_tasks(session, who(session, username)) == []
        with pytest.raises(NotFound):
            get_order_of_unit(session, order.no, who(session, username))
    for username in ("yi", CLERK):
        assert list_orders(session, who(session, username)) == []
        with pytest.raises(NotFound):
            get_order(session, order.no, who(session, username))


def test_an_account_without_a_unit_answers_for_exactly_its_own_place(session: Session) -> None:
    make_user(session, Role.TOWNSHIP_CLERK, [GAOGOU], username="plain")
    make_user(session, Role.DEPARTMENT_OFFICER, [COUNTY], username="above")
    assert may_answer(who(session, "plain"), TOWN_UNIT, GAOGOU)
    assert not may_answer(who(session, "above"), TOWN_UNIT, GAOGOU)
    assert not may_answer(who(session, TEAM), TOWN_UNIT, GAOGOU)


def test_from_issue_to_cleared(session: Session, order: Order, tmp_path: Path) -> None:
    accept_task(session, order.no, 1, act(CLERK), AT)
    assert state_of(session, order) == OrderState.HANDLING
    with pytest.raises(BadInput):
        answer_task(session, tmp_path, order.no, 1, "已经逐户核对。", b"MZ is no picture", act(CLERK), AT)
    assert [task.state for task in session.scalars(select(OrderTask))] == [TaskState.HANDLING]  # its form stays
    answer_task(session, tmp_path, order.no, 1, "已经逐户核对。", b"%PDF-1.7 scan", act(CLERK), AT)
    assert state_of(session, order) == OrderState.ANSWERED
    with pytest.raises(Refused, match="没有核实"):
        clear_order(session, order.no, act(TEAM), AT)
    check_task(session, order.no, 1, True, "抽查 5 户，属实。", act(TEAM), AT)
    clear_order(session, order.no, act(HEAD), AT)
    assert state_of(session, order) == OrderState.CLEARED
    assert open_tasks_of(session, order.case_id) == []
    task = session.scalars(select(OrderTask.id).where(OrderTask.order_id == order.id)).one()
    said = replies_to(session, [task])[task]
    assert [(row.kind, row.text, row.result) for row in said] == [
        ("反馈", "已经逐户核对。", TaskState.ANSWERED), ("核查", "抽查 5 户，属实。", TaskState.PASSED),
    ]  # fmt: skip
    assert open_file(session, tmp_path, [task], said[0].n)[1] == b"%PDF-1.7 scan"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "orders").rglob("*.reply") if path.is_file())
    assert kept
    assert b"%PDF" not in kept


def test_a_poor_answer_is_sent_back_and_answered_again(session: Session, order: Order, tmp_path: Path) -> None:
    answer(session, tmp_path, order)
    check_task(session, order.no, 1, False, "核对表没有签字，重新办理。", act(TEAM), AT)
    assert state_of(session, order) == OrderState.RETURNED
    answer_task(session, tmp_path, order.no, 1, "核对表已经补签。", b"", act(CLERK), AT)
    assert state_of(session, order) == OrderState.ANSWERED


def test_an_order_with_two_units_is_answered_by_the_last(session: Session, tmp_path: Path) -> None:
    make_unit(session, "U-CZ", "涟水县财政局")
    demands = [Demand(TOWN_UNIT, "核对名单。", 10), Demand("U-CZ", "核对打款。", 5)]
    order = make_order(session, approve(session, make_case(session)), demands=demands)
    answer(session, tmp_path, order, 1)
    assert state_of(session, order) == OrderState.HANDLING
    assert [task.n for task in own_tasks(session, order.id, who(session, CLERK))] == [1]
    answer(session, tmp_path, order, 2)
    assert state_of(session, order) == OrderState.ANSWERED


def test_what_is_not_done_is_raised_and_a_new_order_follows(session: Session, order: Order) -> None:
    make_unit(session, "U-SZF", "淮安市农业农村局", division_code=CITY)
    follower = raise_order(session, order.no, "U-SZF", act(HEAD, "两次催办没有回音"), AT)
    assert state_of(session, order) == OrderState.RAISED
    assert (follower.follows_no, follower.state) == (order.no, OrderState.DRAFTED)
    task = session.scalars(select(OrderTask).where(OrderTask.order_id == follower.id)).one()
    assert (task.unit_code, task.days) == ("U-SZF", 10)
    assert follower.no in open_tasks_of(session, order.case_id)[0]
    drop_order(session, follower.no, act(TEAM), AT)
    assert open_tasks_of(session, order.case_id) == []


def test_an_order_never_goes_to_the_unit_of_whom_the_case_accuses(session: Session) -> None:
    case = approve(session, make_case(session))
    link(session, case.no, LinkKind.ACCOUNT, CLERK, act(TEAM), AT, is_accused=True)
    with pytest.raises(Refused, match="不能发给高沟镇人民政府"):
        draft_order(session, case.no, new_order(), act(TEAM), AT)


def test_who_comes_to_be_accused_loses_sight_of_an_order_to_his_unit(session: Session, order: Order) -> None:
    case_no = session.scalars(text("SELECT no FROM cases WHERE superseded_at IS NULL")).one()
    make_user(session, Role.TOWNSHIP_CLERK, [GAOGOU], username="accused")
    assert list_unit_tasks(session, who(session, "accused")) != []
    link(session, case_no, LinkKind.ACCOUNT, "accused", act(TEAM), AT, is_accused=True)
    assert list_unit_tasks(session, who(session, "accused")) == []
    with pytest.raises(NotFound):
        get_order_of_unit(session, order.no, who(session, "accused"))


@pytest.mark.parametrize(
    "more",
    [
        {"title": ""}, {"body": "查"}, {"demands": []}, {"demands": [Demand(TOWN_UNIT, "核对名单。", 0)]},
        {"demands": [Demand(TOWN_UNIT, "", 5)]},
    ],
)  # fmt: skip
def test_an_order_that_says_nothing_is_refused(session: Session, more: dict[str, object]) -> None:
    case = approve(session, make_case(session))
    with pytest.raises(BadInput):
        draft_order(session, case.no, new_order(**more), act(TEAM), AT)


def test_reminders_and_marks_come_once(session: Session, order: Order) -> None:
    task = session.scalars(select(OrderTask).where(OrderTask.order_id == order.id)).one()
    assert remind(session, "job:orders", AT) == {"reminded": 0, "overdue": 0}
    assert remind(session, "job:orders", AT + timedelta(days=12)) == {"reminded": 1, "overdue": 0}
    assert remind(session, "job:orders", AT + timedelta(days=12)) == {"reminded": 0, "overdue": 0}
    assert remind(session, "job:orders", AT + timedelta(days=15)) == {"reminded": 0, "overdue": 1}
    assert remind(session, "job:orders", AT + timedelta(days=25)) == {"reminded": 0, "overdue": 0}
    assert task.overdue_at is not None


def test_its_words_lie_sealed_and_the_paper_tells_nothing_of_them(session: Session, order: Order) -> None:
    for table in ("supervision_orders", "order_tasks"):
        rows = session.execute(text(f"SELECT * FROM {table}")).all()
        said = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for row in rows for value in row)
        assert "核实补贴名单" not in said
        assert "逐户核对" not in said
    printed = find_printed(session, order.no)
    assert printed is not None
    assert printed.is_open
    assert "补贴" not in str(printed)


def test_numbers_of_orders_cannot_be_counted_through(session: Session) -> None:
    case = approve(session, make_case(session))
    nos = {draft_order(session, case.no, new_order(), act(TEAM), AT).no for _ in range(5)}
    assert len(nos) == 5
    assert all(len(no) == len("DB-2026-7K3M9QXD") for no in nos)


def test_both_lives_are_declared_whole() -> None:
    assert set(TRANSITIONS) == set(OrderState)
    assert set(TASK_TRANSITIONS) == set(TaskState)
    assert {step for steps in TRANSITIONS.values() for step in steps} == set(Step)
    assert {step for steps in TASK_TRANSITIONS.values() for step in steps} == set(TaskStep)


def test_a_units_days_to_its_first_answer_are_counted_for_who_may_know(
    session: Session, order: Order, tmp_path: Path
) -> None:
    team, late = who(session, TEAM), DAY + timedelta(days=30)
    assert unit_responses(session, team, DAY, DAY) == [UnitResponse(TOWN_UNIT, 1, 0, None, None, 0)]
    assert unit_responses(session, team, DAY, late) == [UnitResponse(TOWN_UNIT, 1, 0, None, None, 1)], "still silent"
    answer(session, tmp_path, order)
    assert unit_responses(session, team, DAY, late) == [UnitResponse(TOWN_UNIT, 1, 1, 0, 0, 0)], "answered in time"
    assert unit_responses(session, team, late, late) == [], "gone out before"
    assert unit_responses(session, who(session, "yi"), DAY, late) == [], "a number of orders would tell of a case"
