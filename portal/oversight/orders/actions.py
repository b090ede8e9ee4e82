"""What supervision does with an order: drafted from the case, issued, checked again, cleared, sent back or raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import add_working_days, day_cn
from portal.kernel.errors import NotFound, Refused
from portal.oversight.cases.actions import current as current_case
from portal.oversight.cases.links.models import CaseBar
from portal.oversight.cases.models import Case, CaseState
from portal.oversight.cases.queries import bar_key
from portal.oversight.cases.rules import closed_refusal, commanded_by_unit, mark
from portal.oversight.orders.models import Order, OrderState, OrderTask, TaskState, Why
from portal.oversight.orders.queries import TABLE, TASKS
from portal.oversight.orders.rules import (
    Demand,
    Step,
    TaskStep,
    new_no,
    next_state,
    next_task_state,
    order_problem,
)
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.queries import UnitRow, get_unit
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import RecordedEvent, record


@dataclass(frozen=True)
class NewOrder:
    """What somebody drafts."""

    title: str
    body: str
    issuer: str
    demands: Sequence[Demand]
    reason: Why = Why.CASE
    is_listed: bool = True
    follows_no: str | None = None


def draft_order(session: Session, case_no: str, wish: NewOrder, act: Act, at: datetime) -> Order:
    """Draft an order from a case. Refused for a closed case, an unknown unit, and a unit that is kept out of the case."""
    need_reason(act)
    case = current_case(session, case_no)
    closed_refusal(case.state)
    order_problem(wish.title, wish.body, wish.demands)
    units = {one.unit_code: get_unit(session, one.unit_code) for one in wish.demands}
    for unit in units.values():
        _refuse_barred(session, case, unit)
    keyring = keyring_of(session)
    order = Order(
        no=_fresh_no(session, day_cn(at).year), case_id=case.id, follows_no=wish.follows_no, is_listed=wish.is_listed,
        reason=wish.reason, issuer=wish.issuer.strip(), state=OrderState.DRAFTED, drafted_by=act.actor, drafted_at=at,
        title_sealed=keyring.seal(wish.title.strip(), seal_name(TABLE, "title_sealed")),
        body_sealed=keyring.seal(wish.body.strip(), seal_name(TABLE, "body_sealed")),
    )  # fmt: skip
    session.add(order)
    session.flush()
    for n, one in enumerate(wish.demands, 1):
        unit = units[one.unit_code]
        sealed = keyring.seal(one.demand.strip(), seal_name(TASKS, "demand_sealed"))
        session.add(
            OrderTask(
                order_id=order.id, n=n, unit_code=unit.code, unit_division=unit.division_code, days=one.days,
                demand_sealed=sealed, state=TaskState.WAITING,
            )
        )  # fmt: skip
    session.flush()
    note_event(session, order, case, "case.order_drafted", act, at, after={"tasks": len(wish.demands)})
    return order


def _refuse_barred(session: Session, case: Case, unit: UnitRow) -> None:
    """An order never goes to the unit of whom the case accuses: he would read it there."""
    key = bar_key(session)
    words = {("unit", unit.code)} | {("place", code) for code in commanded_by_unit(unit.division_code)}
    marks = [mark(key, what, code) for what, code in words]
    if session.scalar(select(CaseBar.id).where(CaseBar.case_id == case.id, CaseBar.mark.in_(marks)).limit(1)):
        raise Refused(
            f"不能发给{unit.name}",
            why="被反映的人在这个单位，或者管着它",
            fix="发给上一级单位或者主管部门",
            code="barred_unit",
        )


def _fresh_no(session: Session, year: int) -> str:
    while True:
        no = new_no(year)
        if session.scalar(select(Order.id).where(Order.no == no)) is None:
            return no


def issue_order(session: Session, no: str, act: Act, at: datetime) -> Order:
    """Sign an order and send it out: from today the tasks' working days count (that of issue itself does not)."""
    order = current(session, no)
    case = case_of(session, order)
    if case.state == CaseState.CLOSED:
        closed_refusal(case.state)
    today, days_off = day_cn(at), overrides(session)
    order.issued_by, order.issued_on = act.actor, today
    for task in tasks(session, order):
        task.due_on = add_working_days(today, task.days, days_off)
    session.flush()
    event = take_step(session, order, Step.ISSUE, "case.order_issued", act, at)
    order.issue_event = event.event_id
    session.flush()
    return order


def drop_order(session: Session, no: str, act: Act, at: datetime) -> Order:
    """Give a draft up."""
    need_reason(act)
    order = current(session, no)
    take_step(session, order, Step.DROP, "case.order_dropped", act, at)
    return order


def clear_order(session: Session, no: str, act: Act, at: datetime) -> Order:
    """销号: every task was found done."""
    need_reason(act)
    order = current(session, no)
    left = [task.n for task in tasks(session, order) if task.state not in (TaskState.PASSED, TaskState.ENDED)]
    if left:
        raise Refused("还不能销号", why=f"第 {'、'.join(map(str, left))} 项没有核实", fix="逐项核查以后再销号")
    take_step(session, order, Step.CLEAR, "case.order_cleared", act, at)
    return order


def raise_order(session: Session, no: str, upper_unit: str, act: Act, at: datetime) -> Order:
    """提级: what a unit does not get done is given to another one above it. The old order ends; a new draft follows it."""
    why = need_reason(act)
    order = current(session, no)
    case, keyring = case_of(session, order), keyring_of(session)
    running = [task for task in tasks(session, order) if task.state not in (TaskState.PASSED, TaskState.ENDED)]
    demands = [
        Demand(upper_unit, keyring.open_(task.demand_sealed, seal_name(TASKS, "demand_sealed")), task.days)
        for task in running
    ]
    for task in running:
        task.state = next_task_state(task.state, TaskStep.END)
    take_step(session, order, Step.RAISE, "case.order_raised", act, at)
    wish = NewOrder(
        title=keyring.open_(order.title_sealed, seal_name(TABLE, "title_sealed")),
        body=keyring.open_(order.body_sealed, seal_name(TABLE, "body_sealed")),
        issuer=order.issuer, demands=demands, reason=Why.LATE if running else Why.WEAK, is_listed=True,
        follows_no=order.no,
    )  # fmt: skip
    return draft_order(session, case.no, wish, Act(act.actor, why, act.request_id), at)


def current(session: Session, no: str) -> Order:
    """The present row of an order, locked; raises NotFound. Who may know of it has been asked by the door."""
    row = session.scalar(select(Order).where(Order.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这张督办单", fix="核对编号，或从列表重新进入")
    return row


def case_of(session: Session, order: Order) -> Case:
    """The case of an order."""
    return session.scalars(select(Case).where(Case.id == order.case_id)).one()


def tasks(session: Session, order: Order) -> list[OrderTask]:
    """The tasks of an order, in their order."""
    return list(session.scalars(select(OrderTask).where(OrderTask.order_id == order.id).order_by(OrderTask.n)))


def take_step(session: Session, order: Order, step: Step, kind: str, act: Act, at: datetime) -> RecordedEvent:
    """One step of the life of an order, written down."""
    before, order.state = order.state, next_state(order.state, step)
    if order.state in (OrderState.CLEARED, OrderState.RAISED, OrderState.DROPPED):
        order.ended_on = day_cn(at)
    session.flush()
    return note_event(
        session, order, case_of(session, order), kind, act, at, before={"state": before}, after={"state": order.state}
    )


def note_event(
    session: Session, order: Order, case: Case, kind: str, act: Act, at: datetime, *,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> RecordedEvent:  # fmt: skip
    """Write down what was done to an order, under seal: order and case are its subjects, the unit is not."""
    return record(
        session, kind=kind, actor=act.actor, subjects=[("order", order.no), ("case", case.no)], before=before,
        after=after, why=act.why.strip() or None, request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip
