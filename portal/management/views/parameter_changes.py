"""/console/parameter-changes: proposed by one account, in force when another has approved it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management import parameters as page
from portal.management.forms.parameters import DecideForm
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.parameters.proposals import actions, queries
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint(
    "console_parameter_changes", __name__, template_folder="../templates", url_prefix="/console/parameter-changes"
)
Page = str | tuple[str, int] | Response
SHOWN = 200


@blueprint.get("")
@requires(Permission.VIEW_DIVISIONS)
def index() -> Page:
    """Changes that wait for a second person, the oldest first."""
    session = database()
    waiting = queries.list_waiting(session, access.scopes(Permission.VIEW_DIVISIONS), limit=SHOWN)
    names = divisions.names_of(session, {row.division_code for row in waiting})
    return render_template("console/parameter_changes.html", waiting=waiting, names=names, page=page, shown=SHOWN)


@blueprint.get("/<no>")
@requires(Permission.VIEW_DIVISIONS)
def show(no: str) -> Page:
    """One change: field by field what holds and what is proposed."""
    return _page(_row(no, Permission.VIEW_DIVISIONS))


def _row(no: str, permission: Permission) -> queries.ProposalRow:
    row = queries.get_proposal(database(), no)
    access.check_scope(row.division_code, permission)
    return row


def _page(row: queries.ProposalRow, error: ProductError | None = None, form: DecideForm | None = None) -> Page:
    session, mine = database(), row.proposed_by == require_principal().actor
    html = render_template(
        "console/parameter_change.html", row=row, page=page, error=error, mine=mine,
        form=form or DecideForm(formdata=None), differences=page.differences_of(session, row),
        path=divisions.written_path(session, row.division_code),
        may=row.waits and not mine and access.can(Permission.CHECK_PARAMETERS, row.division_code),
    )  # fmt: skip
    return html, error.status if error else 422 if form is not None and form.errors else 200


@blueprint.post("/<no>")
@requires(Permission.CHECK_PARAMETERS)
@writes
def decided(no: str) -> Page:
    """Approve, or send back; whoever proposed it is refused."""
    row, form = _row(no, Permission.CHECK_PARAMETERS), DecideForm.from_request()
    if not form.sent_well():
        return _page(row, form=form)
    decide = actions.approve_proposal if form.verdict.data == "approve" else actions.return_proposal
    try:
        decide(database(), no, Act(require_principal().actor, form.why.data, request_no()), now_utc())
    except ProductError as error:
        return _page(row, error, form)
    return redirect(access.path_of(f"/console/parameter-changes/{no}"), 303)
