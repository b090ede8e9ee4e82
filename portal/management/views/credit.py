"""/console/credit: reconfirmations, and the credit records that only a conclusion of 不属实 makes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import procedure_words as words
from portal.management.forms.family_changes import AskForm, ConcludeForm, ReplyForm
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.procedures.queries import Through
from portal.registers.recipients.procedures.reconfirmations import actions, queries
from portal.registers.recipients.procedures.reconfirmations.queries import (
    Conclusion,
    ReconfirmRow,
    ReconfirmState,
)
from portal.registers.recipients.procedures.reconfirmations.queries import (
    Response as Reply,
)
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, writes

blueprint = Blueprint("console_credit", __name__, template_folder="../templates", url_prefix="/console/credit")
Page = str | tuple[str, int] | Response


@blueprint.get("")
@requires(Permission.VIEW_HOUSEHOLDS)
def index() -> Page:
    """What waits for a household or for a conclusion, and the credit records."""
    return _index(AskForm(formdata=None, household_no=request.args.get("household", "")))


def _index(form: AskForm, error: ProductError | None = None) -> Page:
    session, within = database(), access.scopes(Permission.VIEW_HOUSEHOLDS)
    rows, credit = queries.list_reconfirmations(session, within), queries.list_credit(session, within)
    names = divisions.names_of(session, {r.division_code for r in rows} | {c.division_code for c in credit})
    html = render_template(
        "console/credit.html", rows=rows, credit=credit, names=names, words=words, form=form, error=error,
        today=today_cn(), waiting=sum(1 for row in rows if row.state != ReconfirmState.CONCLUDED),
    )  # fmt: skip
    return html, error.status if error else 422 if form.errors else 200


@blueprint.post("")
@requires(Permission.CHECK_HOUSEHOLDS)
@writes
def asked() -> Page:
    """Put a difference to the household."""
    form = AskForm.from_request()
    if not form.sent_well():
        return _index(form)
    home = recipients.find_household(database(), form.household_no.data)
    try:
        if home is None or not access.can(Permission.CHECK_HOUSEHOLDS, home.values["division_code"]):
            raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
        act = Act(require_principal().actor, f"疑点 {form.subject_no.data}", request_no())
        made = actions.ask_to_reconfirm(
            database(), home.id, "lead", form.subject_no.data, form.difference.data, act, now_utc()
        )
    except ProductError as error:
        return _index(form, error)
    return _to(made.no)


def _to(no: str) -> Response:
    return redirect(access.path_of(f"/console/credit/{no}"), 303)


def _row(no: str, permission: Permission) -> ReconfirmRow:
    row = queries.get_reconfirmation(database(), no)
    if not access.can(permission, row.division_code):
        raise NotFound("没有这次重新确认", fix="从诚信页面重新进入")
    return row


@blueprint.get("/<no>")
@requires(Permission.VIEW_HOUSEHOLDS)
def show(no: str) -> Page:
    """One reconfirmation: the difference, the answer, the conclusion."""
    return _page(_row(no, Permission.VIEW_HOUSEHOLDS))


def _page(row: ReconfirmRow, error: ProductError | None = None, **forms: Any) -> Page:
    place, me = row.division_code, require_principal().actor
    full = access.can(Permission.REVEAL_SEALED, place)
    is_over = row.state == ReconfirmState.ASKED and today_cn() > row.due_on
    html = render_template(
        "console/credit_show.html", row=row, words=words, error=error, full=full, today=today_cn(),
        said=queries.said_in(database(), installation().keyring, row.no), path=divisions.written_path(database(), place),
        reply=forms.get("reply") or ReplyForm(formdata=None), form=forms.get("form") or ConcludeForm(formdata=None),
        may_reply=row.state == ReconfirmState.ASKED and access.can(Permission.EDIT_HOUSEHOLDS, place),
        may_conclude=(row.state == ReconfirmState.ANSWERED or is_over)
        and row.asked_by != me
        and access.can(Permission.CHECK_HOUSEHOLDS, place),
    )  # fmt: skip
    wrong = any(form.errors for form in forms.values())
    return html, error.status if error else 422 if wrong else 200


@blueprint.post("/<no>/answer")
@requires(Permission.EDIT_HOUSEHOLDS)
@writes
def replied(no: str) -> Page:
    """The household's answer as it came on paper."""
    row, form = _row(no, Permission.EDIT_HOUSEHOLDS), ReplyForm.from_request()
    if not form.sent_well():
        return _page(row, reply=form)
    try:
        said, me = Reply(form.response.data), require_principal().actor
        actions.answer_reconfirmation(database(), no, said, form.words.data or "", Through.PAPER, me, now_utc())
    except ProductError as error:
        return _page(row, error, reply=form)
    return _to(no)


@blueprint.post("/<no>/conclude")
@requires(Permission.CHECK_HOUSEHOLDS)
@writes
def concluded(no: str) -> Page:
    """The conclusion of another person."""
    row, form = _row(no, Permission.CHECK_HOUSEHOLDS), ConcludeForm.from_request()
    if not form.sent_well():
        return _page(row, form=form)
    act = Act(require_principal().actor, form.words.data, request_no())
    try:
        actions.conclude_reconfirmation(
            database(), no, Conclusion(form.conclusion.data), form.words.data, act, now_utc()
        )
    except ProductError as error:
        return _page(row, error, form=form)
    return _to(no)
