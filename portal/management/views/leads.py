"""/console/leads: the leads that my office verifies, by their last day; out as a sheet, and back again filled."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management import lead_sheets as pages
from portal.management.forms.leads import UPLOADS, SheetForm, TakeForm
from portal.management.lead_work import AT, own_work, work_of
from portal.oversight.leads.sheets.actions import keep_sheet, take_sheet
from portal.oversight.leads.sheets.queries import get_sheet, open_sheet
from portal.registers.corrections import Act
from portal.web import access
from portal.web import lead_words as words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.exports import TYPES
from portal.web.sessions import database, require_principal, short_write
from portal.web.witness import witness

blueprint = Blueprint("console_leads", __name__, template_folder="../templates", url_prefix=AT)
Page = str | tuple[str, int] | Response | AnyResponse
VERIFY = Permission.VERIFY_LEADS


@blueprint.get("")
@requires(VERIFY)
def index() -> str:
    """What waits to be verified in my places, what is due first on top."""
    return _list(SheetForm(formdata=None))


def _list(form: SheetForm, error: ProductError | None = None) -> str:
    it = work_of(request.args)
    rules = {rule.code: rule.title for rule in RULES.all() if rule.code in it.wanted.rules}
    return render_template(
        "console/leads.html", it=it, words=words, rules=rules, form=form, error=error, today=it.wanted.today, at=AT
    )


@blueprint.get("/sheet.xlsx")
@requires(VERIFY)
def sheet() -> Response:
    """The same leads as a sheet to be filled on paper; that it went out is recorded."""
    made = pages.outgoing(own_work(request.args))
    witness("lead.sheet.exported", [("lead_sheet", made.no)], seen={"rows": made.rows})
    response = Response(made.pieces, content_type=TYPES["xlsx"])
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": f"{made.no}.xlsx"})
    return response


@blueprint.post("/sheets")
@requires(VERIFY, files=UPLOADS)
def sent() -> Page:
    """A filled sheet is kept to be looked through; no lead changes."""
    try:
        content = pages.content_of(request.files.get("file"), request.files.getlist("photos"))
        judged = pages.judged_of(database(), pages.read_content(content))
        with short_write() as session:
            no = keep_sheet(session, content, judged, _act(), now_utc()).no
    except ProductError as error:
        return _list(SheetForm(), error), error.status
    return redirect(access.path_of(f"{AT}/sheets/{no}"), 303)


def _act() -> Act:
    return Act(require_principal().actor, "核查表录入", request_no())


@blueprint.get("/sheets/<no>")
@requires(VERIFY)
def show(no: str) -> str:
    """Row by row: what would be written, what is wrong, and what to do."""
    return _page(no)


def _page(no: str, error: ProductError | None = None) -> str:
    mine = require_principal().actor
    row = get_sheet(database(), no, mine)
    judged = pages.judged_of(database(), pages.read_content(open_sheet(database(), no, mine)))
    return render_template(
        "console/lead_sheet.html", row=row, look=pages.look_at(judged), form=TakeForm(formdata=None), error=error,
        outcomes=pages.OUTCOMES, tags=pages.OUTCOME_TAGS, words=words, at=AT,
    )  # fmt: skip


@blueprint.post("/sheets/<no>/take")
@requires(VERIFY)
def taken(no: str) -> Page:
    """Write what the rows in order say, in one transaction, as the leads stand in it."""
    sent = pages.read_content(open_sheet(database(), no, require_principal().actor))
    try:
        with short_write() as session:
            take_sheet(session, no, pages.judged_of(session, sent), _act(), now_utc())
    except ProductError as error:
        return _page(no, error), error.status
    return redirect(access.path_of(f"{AT}/sheets/{no}"), 303)
