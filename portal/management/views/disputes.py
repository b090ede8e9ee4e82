"""/console/disputes: what households say is wrong, by due date; the item beside their words; the answer they will read."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotAllowed, ProductError
from portal.management import dispute_pages as words
from portal.management.dispute_pages import DisputePage, page_of
from portal.management.forms.cards import FINDINGS, FindingForm
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.registers.funds.answering.actions import settle_dispute
from portal.registers.recipients.answers import queries
from portal.web import access, paging
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_disputes", __name__, template_folder="../templates", url_prefix="/console/disputes")
Page = str | tuple[str, int] | Response
AT = "/console/disputes"


@blueprint.get("")
@requires(Permission.HANDLE_DISPUTES)
def index() -> str:
    """Disputes of one's places, those that are due first at the top."""
    session, today, within = database(), today_cn(), access.scopes(Permission.HANDLE_DISPUTES)
    closed = request.args.get("show") == "closed"
    listed = paging.turn_to(
        paging.read_cursor(request.args.get("after"), 2),
        lambda start, n: queries.list_disputes(session, within, start, n, closed=closed),
        queries.due_key,
    )
    given = {"show": "closed"} if closed else {}
    return render_template(
        "console/disputes.html", listed=listed, closed=closed, today=today, words=words, findings=FINDINGS,
        waiting=queries.count_waiting(session, within, today),
        names=divisions.names_of(session, {row.division_code for row in listed.rows}),
        url=lambda after: access.path_of(AT) + "?" + urlencode({**given, **({"after": after} if after else {})}),
    )  # fmt: skip


@blueprint.get("/<no>")
@requires(Permission.HANDLE_DISPUTES)
def show(no: str) -> str:
    """One dispute."""
    return _page(page_of(no), FindingForm(formdata=None))


@blueprint.post("/<no>")
@requires(Permission.HANDLE_DISPUTES)
@writes
def answered(no: str) -> Page:
    """Answer it; whoever had a part in the item is refused."""
    page, form = page_of(no), FindingForm.from_request()
    if page.is_elsewhere:
        raise NotAllowed("这条异议由县级决定", why="本户没有认可乡镇的答复", fix="由县级有办理权限的同事决定")
    if not form.sent_well():
        return _page(page, form), 422
    act = Act(require_principal().actor, "", request_no())
    try:
        settle_dispute(database(), no, form.finding.data or "", form.words.data or "", act, now_utc())
    except ProductError as error:
        return _page(page, form, error), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


def _page(page: DisputePage, form: FindingForm, error: ProductError | None = None) -> str:
    return render_template(
        "console/dispute_show.html", page=page, row=page.row, form=form, error=error, words=words, findings=FINDINGS,
        today=today_cn(), place=divisions.written_path(database(), page.row.division_code),
    )  # fmt: skip
