"""Response times 回应时限 of the units that orders went to: one statement, over the orders that a person may know of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.clock import day_cn
from portal.oversight.orders.models import Order, OrderTask, TaskState
from portal.oversight.orders.queries import seen_by
from portal.oversight.orders.replies.models import OrderReply, ReplyKind
from portal.oversight.orders.rules import SENT


@dataclass(frozen=True)
class UnitResponse:
    """One unit: tasks given to it, how many it answered, in how many days, and how many it answered late or not yet."""

    unit_code: str
    tasks: int
    answered: int
    median_days: int | None
    slowest_days: int | None
    late: int


def unit_responses(session: Session, who: Principal, since: date, today: date) -> list[UnitResponse]:
    """Days from an order's going out to a unit's first answer, the most late unit first.

    A task without an answer past its last day is late; one that nobody works on any more is left out. Of cases that this
    person may not know of, nothing is counted: a number of orders would tell of them.
    """
    first = (
        select(OrderReply.task_id, func.min(OrderReply.said_at).label("at"))
        .where(OrderReply.kind == ReplyKind.ANSWER)
        .group_by(OrderReply.task_id)
        .subquery()
    )
    query = (
        select(OrderTask.unit_code, Order.issued_on, OrderTask.due_on, first.c.at)
        .join(Order, Order.id == OrderTask.order_id)
        .outerjoin(first, first.c.task_id == OrderTask.id)
        .where(
            seen_by(session, who), Order.state.in_(SENT), Order.issued_on >= since, OrderTask.state != TaskState.ENDED
        )
    )
    given: dict[str, list[tuple[int | None, bool]]] = {}
    for unit, issued_on, due_on, at in session.execute(query):
        answered = day_cn(at) if at is not None else None
        days = None if answered is None or issued_on is None else max(0, (answered - issued_on).days)
        given.setdefault(unit, []).append((days, due_on is not None and (answered or today) > due_on))
    return sorted((_told(unit, told) for unit, told in given.items()), key=lambda row: (-row.late, row.unit_code))


def _told(unit: str, told: list[tuple[int | None, bool]]) -> UnitResponse:
    days = sorted(one for one, _late in told if one is not None)
    median, slowest = (days[len(days) // 2], days[-1]) if days else (None, None)
    return UnitResponse(unit, len(told), len(days), median, slowest, sum(late for _days, late in told))
