"""What the pages of orders show, and what a new order is filled in with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.queries import display_names
from portal.accounts.rules import Principal
from portal.kernel.clock import today_cn
from portal.oversight.cases.queries import CaseRow
from portal.oversight.orders import queries as orders
from portal.oversight.orders.queries import OrderRow, TaskRow
from portal.oversight.orders.replies.queries import ReplyRow, replies_to
from portal.oversight.orders.rules import DAYS
from portal.oversight.orders.sheets.printing import print_order
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.parameters.queries import value_for

MOST_UNITS = 300


@dataclass(frozen=True)
class OrderPage:
    """One order with its tasks and what was said about them."""

    order: OrderRow
    case_no: str
    tasks: Sequence[TaskRow]
    units: Mapping[str, str]
    replies: Mapping[int, Sequence[ReplyRow]]

    @property
    def may_clear(self) -> bool:
        """Whether every task was found done."""
        return self.order.state == "核查" and all(task.state in ("已核实", "不再办理") for task in self.tasks)

    @property
    def may_raise(self) -> bool:
        """Whether it can be given to a unit above: while something is left to do."""
        return self.order.state in ("签发", "承办", "核查", "退回重办") and not self.may_clear


def order_page(session: Session, order: OrderRow) -> OrderPage:
    """Everything that the page shows."""
    tasks = orders.tasks_of(session, [order.id]).get(order.id, [])
    units = divisions.names_of_units(session, {task.unit_code for task in tasks})
    replies = replies_to(session, [task.id for task in tasks])
    return OrderPage(order, orders.case_nos_of(session, [order])[order.case_id], tasks, units, replies)


def template_of(session: Session, case: CaseRow, who: Principal) -> dict[str, Any]:
    """A new order as it is offered: everything but the unit. Nothing of the case's title goes into it by itself."""
    days = value_for(session, DAYS, case.division_code, today_cn()).whole
    place = "".join(step.name for step in divisions.name_path(session, case.division_code))
    unit = divisions.find_unit(session, who.unit_code) if who.unit_code else None
    county = divisions.names_of(session, [f"{case.division_code[:6]}000000"])
    issuer = unit.name if unit else f"{next(iter(county.values()), place)}纪委监委"
    return {
        "issuer": issuer,
        "title": f"核实{place}有关问题",
        "reason": "案件需要",
        "is_listed": True,
        "body": "请对下列事项逐项核实、整改，如实报告办理情况，附有关材料。\n对反映问题的人严格保密，不得打听、追查、打击报复。",
        "demand_1": "逐项核实，有问题的立即改正，报办理情况和依据材料。",
        "days_1": days,
    }


def units_near(session: Session, division: str) -> list[dict[str, Any]]:
    """The units of the county that a matter lies in: what the form offers to choose from."""
    return divisions.list_units(session, [f"{division[:6]}000000"], limit=MOST_UNITS)


def paper_of(session: Session, order: OrderRow, tasks: Sequence[TaskRow], site: str) -> bytes:
    """The order as PDF, with the tasks that the reader may see."""
    units = divisions.names_of_units(session, {task.unit_code for task in tasks})
    signer = (order.issued_by or "").removeprefix("user:")
    return print_order(order, tasks, units, display_names(session, {signer}).get(signer, signer), site)
