"""/supervision/trace/<kind>/<no>: one yuan both ways, up to the treasury and down to the hands; each step opens its trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.errors import NotFound
from portal.registers.funds.queries import get_allocation
from portal.registers.funds.trace import Trace
from portal.registers.funds.traces.queries import (
    read_allocation_trace,
    read_household_trace,
    read_payment_trace,
)
from portal.web import access
from portal.web.access import requires
from portal.web.sessions import database, writes
from portal.web.witness import witness
from supervision import trail_words as words
from supervision.gates import Page, answered, asked
from supervision.read_pages import passage_to, trail_number

blueprint = Blueprint("supervision_traces", __name__, template_folder="../templates", url_prefix="/supervision/trace")
OPENS = Permission.TRACE_MONEY
READ: Final[dict[str, Callable[[Session, str], Trace]]] = {
    "payment": read_payment_trace, "allocation": read_allocation_trace, "household": read_household_trace,
}  # fmt: skip


@blueprint.get("/<kind>/<path:no>")
@requires(OPENS)
def show(kind: str, no: str) -> Page:
    """The path of a payment, an allocation line or a household's money. What is a household's needs what its trail needs."""
    if kind not in READ:
        raise NotFound("没有这种追溯", fix="从一笔发放、一条拨付或一户开始")
    passage = None
    if kind == "allocation":
        access.check_scope(get_allocation(database(), no).division_code, OPENS)
        witness("money.traced", [(kind, no)])
    elif not (passage := passage_to(kind, no, OPENS, "money.traced")).is_open:
        return asked(passage, _at(kind, no))
    no = trail_number(kind, no)
    it = READ[kind](database(), no)
    return render_template("supervision/trace.html", kind=kind, no=no, it=it, words=words, passage=passage)


def _at(kind: str, no: str) -> str:
    return f"/supervision/trace/{kind}/{no}"


@blueprint.post("/<kind>/<path:no>")
@requires(OPENS)
@writes
def opened(kind: str, no: str) -> Page:
    """Say what for; then it is open for a working day."""
    return answered(passage_to(kind, no, OPENS, answers=True), _at(kind, no))
