"""/login: signing in and out, and one-time codes (invitation, recovery)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.accounts.sign_in import actions
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management.forms.accounts import ActForm, CodeForm, LoginForm, TakeForm
from portal.web import access, enrolment, sessions
from portal.web.access import public, requires
from portal.web.sign_in import TooManyTries, sign_in

blueprint = Blueprint("login", __name__, template_folder="../templates")


@blueprint.get("/login")
@public
def show() -> Response | str:
    """The form; whoever is signed in already goes on."""
    access.refuse_plain_http()
    if sessions.current_principal() is not None:
        return redirect(access.home_of(access.safe_next(request.args.get("next"), "")), 303)
    return render_template("login/login.html", form=LoginForm(next=request.args.get("next", "")))


@blueprint.post("/login")
@public
def enter() -> Response | tuple[str, int, dict[str, str]]:
    """Sign in: a new session with a new id, then back to where the person came from."""
    access.refuse_plain_http()
    form = LoginForm.from_request()
    if not form.sent_well():
        return render_template("login/login.html", form=form), 422, {}
    try:
        done = sign_in(form.username.data, form.password.data, form.code.data)
    except ProductError as error:
        wait = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyTries) else {}
        return render_template("login/login.html", form=form, error=error), error.status, wait
    response = redirect(
        access.safe_next(form.next.data, access.path_of("/login")), 303
    )  # /login knows everybody's home
    sessions.give_cookie(response, done.token)
    return response


@blueprint.post("/logout")
@requires(Permission.OWN_ACCOUNT)
def leave() -> Response:
    """Sign out here: the session ends on the server, not only in the browser."""
    ActForm.from_request()
    signed_in = sessions.require_session()
    with sessions.short_write() as session:
        actions.end_session(session, signed_in.principal, signed_in.session_id, now_utc())
    response = redirect(access.path_of("/login"), 303)
    sessions.take_cookie(response)
    return response


@blueprint.get("/login/code")
@public
def ask_code() -> str:
    """Where a one-time code is typed in."""
    access.refuse_plain_http()
    return render_template("login/code.html", form=CodeForm())


@blueprint.post("/login/code")
@public
def check_code() -> str | tuple[str, int]:
    """Check both halves, then show the new second factor and ask for a new password."""
    access.refuse_plain_http()
    form = CodeForm.from_request()
    if not form.sent_well():
        return render_template("login/code.html", form=form), 422
    try:
        enrolling = enrolment.check_code(form.username.data, form.first.data, form.second.data)
    except ProductError as error:
        return render_template("login/code.html", form=form, error=error), error.status
    return render_template("login/take.html", form=TakeForm(ticket=enrolling.ticket), enrolling=enrolling)


@blueprint.post("/login/code/take")
@public
def take() -> str | tuple[str, int]:
    """Use the code up: password and second factor are set, every older session ends."""
    access.refuse_plain_http()
    form = TakeForm.from_request()
    enrolling = enrolment.read_ticket(form.ticket.data)
    if not form.sent_well():
        return render_template("login/take.html", form=form, enrolling=enrolling), 422
    try:
        enrolment.take(enrolling, form.new_password.data, form.code.data)
    except ProductError as error:
        return render_template("login/take.html", form=form, enrolling=enrolling, error=error), error.status
    return render_template(
        "login/login.html", form=LoginForm(formdata=None), notice=_("已经设好。现在用新密码和下一个动态码登录。")
    )
