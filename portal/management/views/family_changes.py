"""/console/family-changes and /console/households/<no>/family-changes/<n>: proposed by one account, confirmed by another."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import procedure_words as words
from portal.management.change_pages import differences_of, members_of
from portal.management.forms.family_changes import ChangeForm, DecideForm
from portal.registers.corrections import Act, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.funds.payouts.actions import move_households
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.procedures.changes import actions, queries
from portal.registers.recipients.procedures.changes.queries import ChangeKind, ChangeState
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_family", __name__, template_folder="../templates", url_prefix="/console")
Page = str | tuple[str, int] | Response
SHOWN = 200


@blueprint.get("/family-changes")
@requires(Permission.VIEW_HOUSEHOLDS)
def index() -> Page:
    """Changes that wait to be confirmed, the oldest first."""
    session = database()
    waiting = queries.list_waiting(session, access.scopes(Permission.VIEW_HOUSEHOLDS), limit=SHOWN)
    names = divisions.names_of(session, {row.division_code for row, _no in waiting})
    return render_template("console/family_changes.html", waiting=waiting, names=names, words=words, shown=SHOWN)


def _home(no: str, permission: Permission) -> RecordRow:
    home = recipients.get_household(database(), no)
    access.check_scope(home.values["division_code"], permission)
    return home


@blueprint.route("/households/<no>/family-changes/new", methods=["GET", "POST"])
@requires(Permission.EDIT_HOUSEHOLDS)
@writes
def new(no: str) -> Page:
    """Propose a change."""
    home, error = _home(no, Permission.EDIT_HOUSEHOLDS), None
    form = ChangeForm.from_request(kind=request.args.get("kind", ""), person=request.args.get("person", ""))
    form.offer(members_of(home))
    if form.sent_well():
        try:
            return redirect(access.path_of(f"/console/households/{no}/family-changes/{_propose(home, form)}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template("console/family_change_new.html", form=form, home=home, no=no, error=error), status


def _propose(home: RecordRow, form: ChangeForm) -> int:
    kind, other = ChangeKind(form.kind.data), None
    if kind is ChangeKind.MERGE:
        found = recipients.find_household(database(), form.other_no.data or "")
        if found is None or not access.can(Permission.EDIT_HOUSEHOLDS, found.values["division_code"]):
            raise NotFound("没有并入的那一户", fix="核对户编号；要在同一个县")
        other = found.id
    act = Act(require_principal().actor, form.basis.data, request_no())
    return actions.propose_change(
        database(), home.id, kind, form.day, form.values, act, now_utc(), basis=form.basis.data,
        person_id=None if kind is ChangeKind.SPLIT else form.person_id, other_household_id=other,
    ).n  # fmt: skip


@blueprint.get("/households/<no>/family-changes/<int:n>")
@requires(Permission.VIEW_HOUSEHOLDS)
def show(no: str, n: int) -> Page:
    """One change: field by field what stands and what is proposed."""
    return _page(_home(no, Permission.VIEW_HOUSEHOLDS), no, n)


def _page(home: RecordRow, no: str, n: int, error: ProductError | None = None, form: Any = None) -> Page:
    row, values = queries.get_change(database(), home.id, n)
    me, place = require_principal().actor, str(home.values["division_code"])
    waits = row.state == ChangeState.WAITING
    html = render_template(
        "console/family_change.html", row=row, no=no, words=words, error=error, form=form or DecideForm(formdata=None),
        differences=differences_of(home, row, values, access.can(Permission.REVEAL_SEALED, place)), waits=waits,
        mine=row.entered_by == me, path=divisions.written_path(database(), place),
        other_no=recipients.household_nos(database(), [row.other_household_id]).get(row.other_household_id or 0),
        may=waits and row.entered_by != me and access.can(Permission.CHECK_HOUSEHOLDS, place),
    )  # fmt: skip
    return html, error.status if error else 422 if form is not None and form.errors else 200


@blueprint.post("/households/<no>/family-changes/<int:n>")
@requires(Permission.CHECK_HOUSEHOLDS)
@writes
def decided(no: str, n: int) -> Page:
    """Confirm, or send back; whoever proposed it is refused."""
    home, form = _home(no, Permission.CHECK_HOUSEHOLDS), DecideForm.from_request()
    if not form.sent_well():
        return _page(home, no, n, form=form)
    act = Act(require_principal().actor, form.why.data, request_no())
    decide = actions.confirm_change if form.verdict.data == "confirm" else actions.return_change
    try:
        done = decide(database(), home.id, n, act, now_utc())
        move_households(database(), [i for i in (home.id, done.other_household_id) if i is not None])
    except ProductError as error:
        return _page(home, no, n, error, form)
    return redirect(access.path_of(f"/console/households/{no}/family-changes/{n}"), 303)
