"""/account: one's own roles, sessions, password and second factor."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.emergencies.rules import roles_to_take
from portal.accounts.permissions import Permission
from portal.accounts.sign_in import actions
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management.forms.accounts import EndSessionsForm, FactorForm, PasswordForm
from portal.management.place_choice import names_of_scopes
from portal.web import access, enrolment, sessions
from portal.web.access import requires
from portal.web.sign_in import proven

blueprint = Blueprint("account", __name__, template_folder="../templates")


@blueprint.get("/account")
@requires(Permission.OWN_ACCOUNT)
def show() -> str:
    """Who I am here, what I hold, where I am signed in."""
    here = sessions.require_session()
    logins = queries.list_sessions(sessions.database(), here.principal.user_id, now_utc())
    names = names_of_scopes({code for held in here.principal.roles for code in held.scopes})
    may_take = bool(roles_to_take(here.principal.role_names))
    form = EndSessionsForm()
    return render_template("account/account.html", here=here, logins=logins, names=names, may_take=may_take, form=form)


@blueprint.post("/account/sessions/end")
@requires(Permission.OWN_ACCOUNT)
@sessions.writes
def end_sessions() -> Response:
    """Sign out one other browser, or all others (`which=all`)."""
    form = EndSessionsForm.from_request()
    here = sessions.require_session()
    if form.which.data == "all":
        actions.end_all_sessions(sessions.database(), here.principal, now_utc(), but=here.session_id)
    elif (form.which.data or "").isdecimal():
        actions.end_session(sessions.database(), here.principal, int(form.which.data), now_utc())
    return redirect(access.path_of("/account"), 303)


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def password() -> str | tuple[str, int]:
    """Change the password; both present factors are asked again, and every other session ends."""
    form = PasswordForm.from_request()
    here = sessions.require_session()
    if not form.sent_well():
        return render_template("account/password.html", form=form), 422 if form.errors else 200
    try:
        hashed = actions.hash_password(form.new_password.data, here.principal.username)
        with proven(here.principal.username, form.password.data, form.code.data) as (session, user_id):
            actions.set_password(session, queries.get_user_by_id(session, user_id), hashed, here.principal.actor)
            actions.end_all_sessions(session, here.principal, now_utc(), but=here.session_id)
    except ProductError as error:
        return render_template("account/password.html", form=form, error=error), error.status
    return render_template("account/done.html", said=_("密码已经换好，其他地方的登录都已退出。"))


@blueprint.get("/account/factor")
@requires(Permission.OWN_ACCOUNT)
def factor() -> str:
    """A fresh second factor to scan."""
    enrolling = enrolment.begin(sessions.require_principal().username)
    return render_template("account/factor.html", form=FactorForm(ticket=enrolling.ticket), enrolling=enrolling)


@blueprint.post("/account/factor")
@requires(Permission.OWN_ACCOUNT)
def change_factor() -> str | tuple[str, int]:
    """Change the second factor: the present one and the new one are both proven."""
    form = FactorForm.from_request()
    enrolling = enrolment.read_ticket(form.ticket.data)
    here = sessions.require_session()
    if not form.sent_well():
        return render_template("account/factor.html", form=form, enrolling=enrolling), 422
    try:
        enrolment.replace(enrolling, here, form.password.data, form.code.data, form.new_code.data)
    except ProductError as error:
        return render_template("account/factor.html", form=form, enrolling=enrolling, error=error), error.status
    return render_template("account/done.html", said=_("动态码已经换好，其他地方的登录都已退出。旧的验证器可以删了。"))
