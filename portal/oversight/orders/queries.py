"""Reads of orders. Supervision asks by case; a unit sees the orders that went out to it, and nothing of the case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal, scopes_for
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.cases.models import Case
from portal.oversight.cases.queries import barred, visible_to
from portal.oversight.orders.models import Order, OrderTask
from portal.oversight.orders.models import OrderState as OrderState
from portal.oversight.orders.models import TaskState as TaskState
from portal.oversight.orders.models import Why as Why
from portal.oversight.orders.rules import ENDED, OPEN_TASKS, SENT, WITH_UNIT
from portal.registers.divisions.queries import names_of_units
from portal.registers.sealed import keyring_of, seal_name

TABLE: Final = "supervision_orders"
TASKS: Final = "order_tasks"


@dataclass(frozen=True)
class OrderRow:
    """One order, its words opened."""

    id: int
    no: str
    case_id: int
    follows_no: str | None
    is_listed: bool
    reason: str
    issuer: str
    title: str
    body: str
    state: str
    drafted_by: str
    issued_by: str | None
    issued_on: date | None
    issue_event: str | None
    ended_on: date | None


@dataclass(frozen=True)
class TaskRow:
    """One task, its words opened."""

    id: int
    order_id: int
    n: int
    unit_code: str
    unit_division: str | None
    days: int
    demand: str
    state: str
    due_on: date | None
    reminded_at: datetime | None
    overdue_at: datetime | None

    def is_late(self, today: date) -> bool:
        """Past its last day while the unit has to act."""
        return self.state in WITH_UNIT and self.due_on is not None and self.due_on < today


_ORDER: Final = tuple(OrderRow.__dataclass_fields__)
_TASK: Final = tuple(TaskRow.__dataclass_fields__)
_SEALED: Final = {"title": "title_sealed", "body": "body_sealed", "demand": "demand_sealed"}
_ORDER_COLUMNS: Final = tuple(getattr(Order, _SEALED.get(name, name)) for name in _ORDER)
_TASK_COLUMNS: Final = tuple(getattr(OrderTask, _SEALED.get(name, name)) for name in _TASK)


def _opened(session: Session, names: Sequence[str], row: Sequence[Any], table: str) -> dict[str, Any]:
    keyring = keyring_of(session)
    return {
        name: keyring.open_(value, seal_name(table, _SEALED[name])) if name in _SEALED else value
        for name, value in zip(names, row, strict=True)
    }


def _order(session: Session, row: Sequence[Any]) -> OrderRow:
    return OrderRow(**_opened(session, _ORDER, row, TABLE))


def seen_by(session: Session, who: Principal) -> ColumnElement[bool]:
    """Orders of cases that a person of supervision may know of."""
    return Order.case_id.in_(select(Case.id).where(visible_to(session, who)))


def sent_to(session: Session, who: Principal) -> ColumnElement[bool]:
    """Tasks that went out to a person's unit; not those of a case of which he is kept out."""
    scopes = scopes_for(who, Permission.ANSWER_ORDERS)
    if not scopes:
        return false()
    own = OrderTask.unit_code == who.unit_code if who.unit_code else OrderTask.unit_division.in_(scopes)
    kept_out = select(Case.id).where(barred(session, who))
    out = select(Order.id).where(Order.state.in_(SENT), Order.case_id.not_in(kept_out))
    return and_(own, OrderTask.order_id.in_(out))


def get_order(session: Session, no: str, who: Principal) -> OrderRow:
    """One order for supervision; NotFound for an unknown one and for one of a case that this person may not know of."""
    row = session.execute(select(*_ORDER_COLUMNS).where(Order.no == no, seen_by(session, who))).one_or_none()
    if row is None:
        raise NotFound("没有这张督办单", fix="核对编号，或从列表重新进入")
    return _order(session, row)


def get_order_of_unit(session: Session, no: str, who: Principal) -> OrderRow:
    """One order for a unit that has a task of it; NotFound otherwise."""
    mine = select(OrderTask.order_id).where(sent_to(session, who))
    row = session.execute(select(*_ORDER_COLUMNS).where(Order.no == no, Order.id.in_(mine))).one_or_none()
    if row is None:
        raise NotFound("没有这张督办单", fix="核对编号，或从列表重新进入")
    return _order(session, row)


def list_orders(
    session: Session, who: Principal, *, state: str = "", after: Start | None = None, limit: int = 51
) -> list[OrderRow]:
    """The orders of cases that a person may know of, the latest first."""
    query = select(*_ORDER_COLUMNS).where(seen_by(session, who))
    if state:
        query = query.where(Order.state == state)
    rows = rows_beside(session, query, (Order.id,), after, limit, latest_first=True)
    return [_order(session, row) for row in rows]


def orders_of_case(session: Session, case_id: int) -> list[OrderRow]:
    """The orders of one case, the first one first."""
    query = select(*_ORDER_COLUMNS).where(Order.case_id == case_id).order_by(Order.id)
    return [_order(session, row) for row in session.execute(query)]


def tasks_of(session: Session, order_ids: Collection[int]) -> dict[int, list[TaskRow]]:
    """The tasks of some orders, by order."""
    found: dict[int, list[TaskRow]] = {}
    query = select(*_TASK_COLUMNS).where(OrderTask.order_id.in_(order_ids)).order_by(OrderTask.order_id, OrderTask.n)
    for row in session.execute(query):
        task = TaskRow(**_opened(session, _TASK, row, TASKS))
        found.setdefault(task.order_id, []).append(task)
    return found


def own_tasks(session: Session, order_id: int, who: Principal) -> list[TaskRow]:
    """The tasks of one order that went to a person's unit."""
    query = select(*_TASK_COLUMNS).where(OrderTask.order_id == order_id, sent_to(session, who)).order_by(OrderTask.n)
    return [TaskRow(**_opened(session, _TASK, row, TASKS)) for row in session.execute(query)]


@dataclass(frozen=True)
class UnitTask:
    """A line of a unit's list."""

    no: str
    title: str
    issuer: str
    is_listed: bool
    task: TaskRow


def list_unit_tasks(
    session: Session, who: Principal, *, done: bool = False, after: Start | None = None, limit: int = 51
) -> list[UnitTask]:
    """The tasks of a person's unit, what is due first on top; `done`: those that no longer wait for the unit."""
    state = OrderTask.state.not_in(WITH_UNIT) if done else OrderTask.state.in_(WITH_UNIT)
    query = (
        select(Order.no, Order.title_sealed, Order.issuer, Order.is_listed, *_TASK_COLUMNS)
        .join(Order, Order.id == OrderTask.order_id)
        .where(sent_to(session, who), state)
    )
    keyring, found = keyring_of(session), []
    for row in rows_beside(session, query, (OrderTask.due_on, OrderTask.id), after, limit):
        title = keyring.open_(row[1], seal_name(TABLE, "title_sealed"))
        found.append(UnitTask(row[0], title, row[2], row[3], TaskRow(**_opened(session, _TASK, row[4:], TASKS))))
    return found


def open_tasks_of(session: Session, case_id: int) -> list[str]:
    """The tasks of a case's orders that are still open, each in a few words; drafts count: somebody meant to send them."""
    query = (
        select(Order.no, OrderTask.n, OrderTask.unit_code, OrderTask.state)
        .join(OrderTask, OrderTask.order_id == Order.id)
        .where(Order.case_id == case_id, Order.state.not_in(ENDED), OrderTask.state.in_(OPEN_TASKS))
        .order_by(Order.id, OrderTask.n)
    )
    rows = session.execute(query).all()
    names = names_of_units(session, {row[2] for row in rows}) if rows else {}
    return [f"{no} 第 {n} 项（{names.get(unit, unit)}，{state}）" for no, n, unit, state in rows]


@dataclass(frozen=True)
class Printed:
    """What may be said to anybody who holds the paper: that it is genuine, whose it is, and whether it is still open."""

    no: str
    issuer: str
    issued_on: date
    is_open: bool
    is_listed: bool
    event_id: str | None


def find_printed(session: Session, no: str) -> Printed | None:
    """An order that went out, for `/v/<no>`; None for every other number, a draft's too. Nothing of its content is read."""
    row = session.execute(
        select(Order.no, Order.issuer, Order.issued_on, Order.state, Order.is_listed, Order.issue_event).where(
            Order.no == no, Order.state.in_(SENT), Order.issued_on.is_not(None)
        )
    ).one_or_none()
    if row is None or row[2] is None:
        return None
    return Printed(row[0], row[1], row[2], row[3] not in ENDED, row[4], row[5])


def case_nos_of(session: Session, orders: Sequence[OrderRow]) -> Mapping[int, str]:
    """The numbers of the cases that some orders belong to; whoever calls has asked who may know of them."""
    ids = {order.case_id for order in orders}
    return {case_id: no for case_id, no in session.execute(select(Case.id, Case.no).where(Case.id.in_(ids)))}
