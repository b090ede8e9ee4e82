"""/console/households/<no>/income: what a household's income comes to on a day, and the second person's confirmation."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management.forms.incomes import ConfirmForm
from portal.management.household_income import asked_day, asked_purpose, income_page, words
from portal.registers.corrections import Act
from portal.registers.recipients import queries
from portal.registers.recipients.incomes.confirming.actions import confirm_entry
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes
from portal.web.witness import witness

blueprint = Blueprint("console_income", __name__, template_folder="../templates", url_prefix="/console")


def _shown(no: str, form: ConfirmForm, error: ProductError | None = None) -> str:
    record = queries.get_household(database(), no)
    access.check_scope(record.values["division_code"], Permission.VIEW_HOUSEHOLDS)
    on, purpose = asked_day(request.args.get("on", "")), asked_purpose(request.args.get("purpose", ""))
    page = income_page(database(), record, on, purpose, require_principal().actor)
    return render_template("console/household_income.html", page=page, it=page.it, form=form, error=error, **words())


@blueprint.get("/households/<no>/income")
@requires(Permission.VIEW_HOUSEHOLDS)
def show(no: str) -> str:
    """收入核算: every item, whether it counts and why, the divisor, the line; the three versions beside each other."""
    shown = _shown(no, ConfirmForm(formdata=None))
    witness("household.income_read", [("household", no)])
    return shown


@blueprint.post("/households/<no>/income")
@requires(Permission.CHECK_HOUSEHOLDS)
@writes
def confirm(no: str) -> tuple[str, int] | Response:
    """The second person confirms one entry of this household as it stands."""
    record = queries.get_household(database(), no)
    access.check_scope(record.values["division_code"], Permission.CHECK_HOUSEHOLDS)
    form = ConfirmForm.from_request()
    if not form.sent_well():
        return _shown(no, form), 422
    act = Act(require_principal().actor, form.why.data, request_no())
    try:
        if form.entered is None:
            raise NotFound("没有这一条", fix="从收入核算页进入")
        confirm_entry(database(), form.entered, form.row_id, record.id, act, form.version.data, now_utc())
        return redirect(access.path_of(f"/console/households/{no}/income?on={asked_day(form.on.data or '')}"), 303)
    except ProductError as refused:
        return _shown(no, form, refused), refused.status
