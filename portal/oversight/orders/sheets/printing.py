"""Printing an order: the same order gives the same bytes, whenever it is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from portal.kernel.clock import start_of_day_cn
from portal.kernel.errors import Refused
from portal.kernel.printing import print_pdf, qr_svg
from portal.oversight.orders.queries import OrderRow, TaskRow

_DOCUMENT: Final = Path(__file__).with_name("order.typ")
MARK_SIGNS: Final = 8


def print_order(order: OrderRow, tasks: Sequence[TaskRow], units: Mapping[str, str], signer: str, site: str) -> bytes:
    """The order as PDF. `units`: names by code; `site`: the address of this site (`https://host`), for the code.

    Whoever is handed the tasks of one unit prints that unit's copy. Raises Refused for a draft.
    """
    if order.issued_on is None or order.issue_event is None:
        raise Refused("督办单还没有签发", why="没有签发的不作数，不能印", fix="先签发")
    address = f"{site}/v/{order.no}"
    values = {
        "no": order.no,
        "title": order.title,
        "issuer": order.issuer,
        "listed": order.is_listed,
        "reason": order.reason,
        "body": [line.strip() for line in order.body.splitlines() if line.strip()],
        "tasks": [[str(task.n), units.get(task.unit_code, task.unit_code), task.demand, _day(task)] for task in tasks],
        "day": _words(order.issued_on),
        "signer": signer,
        "mark": order.issue_event.replace("-", "")[:MARK_SIGNS],
        "address": address,
        "code": qr_svg(address),
    }
    return print_pdf(_DOCUMENT, values, start_of_day_cn(order.issued_on))


def _day(task: TaskRow) -> str:
    return f"{task.days} 个工作日" if task.due_on is None else f"{task.due_on.isoformat()}（{task.days} 个工作日）"


def _words(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
