"""/console/retention: how long money has been held; /console/allocations/<no>/check: the second person's confirmation."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.errors import ProductError
from portal.kernel.money import format_yuan, uppercase
from portal.management.forms.money import CheckForm
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.registers.funds import actions, queries
from portal.registers.funds.ageing.queries import retention_of
from portal.registers.funds.totals.queries import years_available
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_money", __name__, template_folder="../templates", url_prefix="/console")
OLDEST = 50


@blueprint.get("/retention")
@requires(Permission.VIEW_FUNDS)
def index() -> str:
    """滞留: the places of the person's scope, and the money that has waited longest in them."""
    session, today = database(), today_cn()
    years = years_available(session)
    year = next((y for y in years if str(y) == request.args.get("year")), None)
    scopes = sorted(access.scopes(Permission.VIEW_FUNDS))
    places = retention_of(session, scopes, today, year=year)
    lines = queries.longest_held(session, OLDEST, year=year, within=scopes, share_percent=0, exact=True)
    names = divisions.names_of(session, [*scopes, *(line.division_code for line in lines if line.division_code)])
    return render_template(
        "console/retention.html", places=places, lines=lines, names=names, years=years, year=year, today=today,
        yuan=format_yuan,
    )  # fmt: skip


@blueprint.route("/allocations/<no>/check", methods=["GET", "POST"])
@requires(Permission.CHECK_FUNDS)
@writes
def check(no: str) -> str | tuple[str, int] | Response:
    """The second person looks at a line of money as it stands and confirms it; the maker is refused."""
    record = queries.allocation_row(database(), no)
    access.check_scope(record.values["division_code"], Permission.CHECK_FUNDS)
    form = CheckForm.from_request(version=record.version)
    error: ProductError | None = None
    if form.sent_well():
        act = Act(require_principal().actor, form.why.data, request_no())
        try:
            actions.check_allocation(database(), record.id, act, form.version.data)
            return redirect(access.path_of(f"/console/allocations/{no}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    line, amount = queries.get_allocation(database(), no), uppercase(record.values["amount_fen"])
    return render_template("console/allocation_check.html", form=form, line=line, amount=amount, error=error), status
