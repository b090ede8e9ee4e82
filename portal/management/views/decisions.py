"""/console/households/<no>/status: the decision that changes 状态. Everything else of a household is a register page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.errors import ProductError
from portal.management.forms.households import StatusForm
from portal.registers.corrections import Act
from portal.registers.recipients import actions, queries
from portal.registers.recipients.rules import allowed_statuses
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_status", __name__, template_folder="../templates", url_prefix="/console")


@blueprint.route("/households/<no>/status", methods=["GET", "POST"])
@requires(Permission.CHECK_HOUSEHOLDS)
@writes
def decide(no: str) -> str | tuple[str, int] | Response:
    """Enter a decision of the county; only the steps that exist are offered."""
    record = queries.get_household(database(), no)
    access.check_scope(record.values["division_code"], Permission.CHECK_HOUSEHOLDS)
    form = StatusForm.from_request(version=record.version)
    form.offer(allowed_statuses(record.values["status"]))
    error: ProductError | None = None
    if form.sent_well():
        act = Act(require_principal().actor, form.why.data, request_no())
        decision = {"decided_on": form.day, "document": form.document.data}
        try:
            actions.decide_status(database(), record.id, form.status.data, act, form.version.data, **decision)
            return redirect(access.path_of(f"/console/households/{no}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template("console/household_status.html", form=form, record=record, error=error), status
