"""Break-glass: /account/emergency takes a role for four hours; /admin/emergencies holds the two reviews afterwards."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.emergencies import actions, queries
from portal.accounts.emergencies.queries import Verdict
from portal.accounts.emergencies.rules import roles_to_take
from portal.accounts.permissions import Permission, Role
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management.forms.accounts import ActForm
from portal.management.forms.emergencies import EmergencyForm, ReviewForm
from portal.registers.divisions import queries as divisions
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, short_write, writes
from portal.web.sign_in import step_up

blueprint = Blueprint("emergencies", __name__, template_folder="../templates")
Page = str | tuple[str, int] | Response


@blueprint.route("/account/emergency", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def take() -> Page:
    """Take a role for four hours: a fresh code, a reason, and everybody who keeps security sees it."""
    form, me = EmergencyForm.from_request(), require_principal()
    form.offer(roles_to_take(me.role_names))
    error: ProductError | None = None
    if form.sent_well():
        try:
            step_up(me.username, form.code.data)
            with short_write() as session:
                actions.take_role(
                    session, me, Role(form.role.data), form.scopes.data.replace("，", " ").split(),
                    why=form.why.data, request_id=request_no(),
                )  # fmt: skip
            return redirect(access.path_of("/account/emergency"), 303)
        except ProductError as refused:
            error = refused
    taken = queries.list_of_user(database(), me.user_id, now_utc())
    names = divisions.names_of(database(), {code for it in taken for code in it.grant.scopes})
    status = error.status if error else 422 if form.errors else 200
    return render_template(
        "account/emergency.html", form=form, error=error, taken=taken, names=names, act=ActForm(formdata=None)
    ), status


@blueprint.post("/account/emergency/<int:emergency_id>/end")
@requires(Permission.OWN_ACCOUNT)
@writes
def end(emergency_id: int) -> Response:
    """Give it back before its time; an administrator may stop another person's."""
    ActForm.from_request()
    me = require_principal()
    actions.end_emergency(database(), me, emergency_id, request_id=request_no())
    own = queries.get_emergency(database(), emergency_id).user_id == me.user_id
    return redirect(access.path_of("/account/emergency" if own else "/admin/people"), 303)


@blueprint.get("/admin/emergencies/<int:emergency_id>")
@requires(Permission.REVIEW_EMERGENCIES)
def show(emergency_id: int) -> str:
    """One emergency grant, what was found so far, and the form of the next review."""
    return _show(emergency_id, ReviewForm(formdata=None))


def _show(emergency_id: int, form: ReviewForm, error: ProductError | None = None) -> str:
    it = queries.describe(database(), queries.get_emergency(database(), emergency_id), now_utc())
    names = divisions.names_of(database(), it.grant.scopes)
    return render_template("admin/emergency.html", it=it, form=form, error=error, names=names)


@blueprint.post("/admin/emergencies/<int:emergency_id>")
@requires(Permission.REVIEW_EMERGENCIES)
@writes
def review(emergency_id: int) -> Page:
    """Write one of the two reviews."""
    form = ReviewForm.from_request()
    if not form.sent_well():
        return _show(emergency_id, form), 422
    verdict = Verdict(form.verdict.data)
    try:
        actions.review_emergency(
            database(), require_principal(), emergency_id, verdict, note=form.note.data, request_id=request_no()
        )
    except ProductError as error:
        return _show(emergency_id, form, error), error.status
    return redirect(access.path_of("/admin/people"), 303)
