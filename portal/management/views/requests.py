"""/console/requests: requests for help by due day, opening one as an act, the visit by two, the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import request_pages as pages
from portal.management.forms.requests import UPLOADS, AnswerForm, OpenForm, VisitForm
from portal.registers.corrections import Act
from portal.registers.divisions.queries import names_of
from portal.registers.recipients.companions.queries import open_sheet
from portal.registers.recipients.requests import actions, queries
from portal.registers.recipients.requests.disclosure import SealedRequest, listed
from portal.registers.recipients.requests.rules import Step
from portal.web import access, paging
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.witness import witness

blueprint = Blueprint("console_requests", __name__, template_folder="../templates", url_prefix="/console/requests")
Page = str | tuple[str, int] | Response
AT = "/console/requests"


@blueprint.get("")
@requires(Permission.HANDLE_HELP)
def index() -> str:
    """Requests of one's places, those that are due first at the top."""
    session, today, now, within = database(), today_cn(), now_utc(), access.scopes(Permission.HANDLE_HELP)
    closed = request.args.get("show") == "closed"
    page = paging.turn_to(
        paging.read_cursor(request.args.get("after"), 2),
        lambda start, n: queries.list_requests(session, within, now, closed=closed, after=start, limit=n),
        lambda row: (row.due_on.isoformat(), row.id),
    )
    kept = {"show": "closed"} if closed else {}
    return render_template(
        "console/requests.html", page=page, rows=[listed(row, installation().keyring) for row in page.rows],
        names=names_of(session, {row.division_code for row in page.rows}), today=today, closed=closed, words=pages,
        waiting=queries.count_waiting(session, within, now, today),
        url=lambda after: access.path_of(AT) + "?" + urlencode({**kept, **({"after": after} if after else {})}),
    )  # fmt: skip


@blueprint.get("/<no>")
@requires(Permission.HANDLE_HELP)
def show(no: str) -> str:
    """One request; nothing of what is asked for is shown before it is opened."""
    return _page(pages.request_of(database(), no))


@blueprint.post("/<no>/open")
@requires(Permission.HANDLE_HELP)
@writes
def opened(no: str) -> Page:
    """Open it: an act with its reason, shown in this answer alone."""
    row, form = pages.request_of(database(), no), OpenForm.from_request()
    if not form.sent_well():
        return _page(row, opening=form), 422
    seen = actions.open_request(database(), no, _act(form.why.data or ""))
    if seen.value is None:
        return _page(row, opening=form, over=True)
    return _page(row, content=pages.content_of(seen.value, installation().keyring, row))


@blueprint.post("/<no>/visit")
@requires(Permission.HANDLE_HELP, files=UPLOADS)
@writes
def visited(no: str) -> Page:
    """Two persons were there."""
    row, form = pages.request_of(database(), no), VisitForm.from_request()
    if not form.sent_well():
        return _page(row, visit=form), 422
    try:
        who = (form.first.data or "", pages.companion_of(database(), installation().settings.files_dir, form))
        actions.record_visit(database(), no, form.visited_on.data, who, form.found.data or "", _act(""), now_utc())
    except ProductError as error:
        return _page(row, visit=form, error=error), error.status
    return redirect(access.path_of(f"{AT}/{row.no}"), 303)


@blueprint.get("/<no>/sheet")
@requires(Permission.HANDLE_HELP)
def sheet(no: str) -> Response:
    """The sheet that both visitors signed: looked at is written down."""
    row = pages.request_of(database(), no)
    if row.second_sheet is None:
        raise NotFound("没有签字走访单", fix="从申报的页面重新进入")
    data = open_sheet(database(), installation().settings.files_dir, row.second_sheet)
    witness("help.sheet_read", [("help_request", row.no)])
    return Response(data, content_type="image/jpeg")


@blueprint.post("/<no>/answer")
@requires(Permission.HANDLE_HELP)
@writes
def answered(no: str) -> Page:
    """What comes of it: a procedure, other help, none with the reason, or taken back."""
    row, form = pages.request_of(database(), no), AnswerForm.from_request()
    if not form.sent_well():
        return _page(row, answer=form), 422
    try:
        words, step = form.answer.data or "", Step(form.step.data)
        pages.answer(database(), installation().keyring, row, step, words, _act(""), now_utc())
    except ProductError as error:
        return _page(row, answer=form, error=error), error.status
    return redirect(access.path_of(f"{AT}/{row.no}"), 303)


def _act(why: str) -> Act:
    return Act(require_principal().actor, why, request_no())


def _page(
    row: SealedRequest,
    *,
    opening: OpenForm | None = None,
    visit: VisitForm | None = None,
    answer: AnswerForm | None = None,
    content: Mapping[str, str] | None = None,
    over: bool = False,
    error: ProductError | None = None,
) -> str:
    me: Any = require_principal()
    forms = {
        "opening": opening or OpenForm(formdata=None),
        "visit": visit or VisitForm(formdata=None, visited_on=today_cn(), first=me.display_name),
        "answer": answer or AnswerForm(formdata=None),
    }
    return render_template(
        "console/request_show.html", it=pages.shown(database(), installation().keyring, row), content=content, over=over,
        error=error, words=pages, today=today_cn(), wrong=any(form.errors for form in forms.values()), **forms,
    )  # fmt: skip
