"""/incomes: income entries for one's own households."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from mobile_api.answers import IncomeKept, respond
from mobile_api.income_entry import enter
from mobile_api.operations import operation
from mobile_api.payloads import IncomeEntry, read_body
from mobile_api.shapes import _l
from mobile_api.tokens import caller
from portal.web.sessions import database


@operation(
    "PUT",
    "/incomes/<uuid:entry_id>",
    summary=_l("登记一笔收入"),
    tag=_l("收入"),
    body=IncomeEntry,
    answers={201: IncomeKept, 200: IncomeKept},
    problems=("not_found", "http_404", "conflict", "refused"),
    commits=True,
    says={"entry_id": _l("手机给这笔收入的编号（小写 UUID）")},
)
def put_income(entry_id: UUID) -> Response:
    """An income entry: 201 the first time, 200 again for the same content, 409 for another one."""
    kept = enter(database(), caller(), str(entry_id), read_body(IncomeEntry))
    return respond(IncomeKept(kept.id, kept.received_at, kept.leaf_hash), 201 if kept.created else 200)
