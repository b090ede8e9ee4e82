"""Every night: tasks whose time is nearly over are reminded of, and late ones are marked; each once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.oversight.cases.models import Case
from portal.oversight.orders.models import Order, OrderTask
from portal.oversight.orders.rules import ENDED, SENT, WITH_UNIT, is_due_soon
from portal.registers.divisions.calendar.queries import overrides
from portal.trail.actions import record


def remind(session: Session, actor: str, at: datetime) -> dict[str, int]:
    """Mark every task that has used 80 % of its working days, and every late one. Returns the counts of this night."""
    today, days_off = day_cn(at), overrides(session)
    running = (
        select(OrderTask, Order, Case.no)
        .join(Order, Order.id == OrderTask.order_id)
        .join(Case, Case.id == Order.case_id)
        .where(Order.state.in_(SENT - ENDED), OrderTask.state.in_(WITH_UNIT), OrderTask.overdue_at.is_(None))
        .where(OrderTask.due_on.is_not(None))
        .order_by(OrderTask.due_on, OrderTask.id)
    )
    counts = {"reminded": 0, "overdue": 0}
    for task, order, case_no in session.execute(running).all():
        issued_on, due_on = order.issued_on or today, task.due_on or today
        if due_on < today:
            task.overdue_at, what = at, "overdue"
        elif task.reminded_at is None and is_due_soon(issued_on, due_on, today, days_off):
            task.reminded_at, what = at, "reminded"
        else:
            continue
        counts[what] += 1
        session.flush()
        record(
            session, kind=f"case.task_{what}", actor=actor, subjects=[("order", order.no), ("case", case_no)],
            after={"task": task.n, "due_on": due_on.isoformat()}, sealed=True, at=at,
        )  # fmt: skip
    return counts
