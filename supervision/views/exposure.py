"""/supervision/exposure: written by one, read over by the gate, released by another, taken down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.oversight.cases.queries import titles_of
from portal.publishing.exposure import actions, queries
from portal.publishing.exposure.actions import Draft
from portal.publishing.exposure.masking.queries import findings_of
from portal.publishing.exposure.queries import ExposureRow
from portal.publishing.exposure.rules import DAYS
from portal.publishing.notice_gate import GateRefused
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.queries import value_for
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.once import taken_before
from portal.web.sessions import database, require_principal, writes
from supervision import case_words as words
from supervision.forms.exposure import ExposureForm, WhyForm
from supervision.order_pages import template_of
from supervision.views.cases import case_of

blueprint = Blueprint(
    "supervision_exposure", __name__, template_folder="../templates", url_prefix="/supervision/exposure"
)
Page = str | tuple[str, int] | Response
AT = "/supervision/exposure"
WRITE, CHECK = Permission.EDIT_EXPOSURE, Permission.CHECK_EXPOSURE


@blueprint.get("")
@requires(WRITE)
def index() -> str:
    """Exposures of the cases that I may know of."""
    rows = queries.list_for_office(database(), require_principal())
    return render_template("supervision/exposures.html", rows=rows, words=words)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
@writes
def new() -> Page:
    """Write one, of a case (`?case=`); without a case, choose one."""
    no, session = request.args.get("case", ""), database()
    if not no:
        return redirect(access.path_of("/supervision/cases"), 303)
    case, today = case_of(no), today_cn()
    last = today + timedelta(days=value_for(session, DAYS, case.division_code, today).whole)
    organ = template_of(session, case, require_principal())["issuer"]
    form = ExposureForm.from_request(division_code=case.division_code, organ=organ, withdraw_on=last)
    return _written(form, no, lambda draft, act: actions.draft_exposure(session, no, draft, act, now_utc()).no)


@blueprint.route("/<no>/edit", methods=["GET", "POST"])
@requires(WRITE)
@writes
def edit(no: str) -> Page:
    """Write it anew."""
    row = _row(no)
    kept = {name: getattr(row, name) for name in Draft.__dataclass_fields__}
    case_no = titles_of(database(), [row.case_id])[row.case_id][0]
    form = ExposureForm.from_request(**kept)
    return _written(form, case_no, lambda draft, act: actions.edit_exposure(database(), no, draft, act, now_utc()).no)


def _written(form: ExposureForm, case_no: str, do: Callable[[Draft, Act], str]) -> Page:
    error: ProductError | None = None
    if form.sent_well():
        if taken_before():
            return redirect(access.path_of(f"/supervision/cases/{case_no}"), 303)
        said = {name: form[name].data for name in Draft.__dataclass_fields__}
        try:
            return redirect(access.path_of(f"{AT}/{do(Draft(**said), _act('拟曝光'))}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template("supervision/exposure_form.html", form=form, error=error, case_no=case_no), status


@blueprint.get("/<no>")
@requires(WRITE)
def show(no: str) -> str:
    """One exposure as everybody will read it, with what the gate says of it."""
    return _page(_row(no), WhyForm(formdata=None))


@blueprint.post("/<no>/submit")
@requires(WRITE)
@writes
def submitted(no: str) -> Page:
    """Hand it to a second person."""
    return _decided(no, lambda act: actions.submit_exposure(database(), no, act, now_utc()).no, "提交审核")


@blueprint.post("/<no>/publish")
@requires(CHECK)
@writes
def published(no: str) -> Page:
    """Release it; never one's own."""
    return _decided(no, lambda act: actions.publish_exposure(database(), no, act, now_utc()).no)


@blueprint.post("/<no>/return")
@requires(CHECK)
@writes
def returned(no: str) -> Page:
    """Send it back."""
    return _decided(no, lambda act: actions.return_exposure(database(), no, act, now_utc()).no)


@blueprint.post("/<no>/retract")
@requires(CHECK)
@writes
def retracted(no: str) -> Page:
    """Take it down before its day."""
    return _decided(no, lambda act: actions.retract_exposure(database(), no, act, now_utc()).no)


def _row(no: str) -> ExposureRow:
    return queries.get_for_office(database(), no, require_principal())


def _act(why: str | None) -> Act:
    return Act(require_principal().actor, why or "", request_no())


def _decided(no: str, do: Callable[[Act], str], why: str = "") -> Page:
    row, form = _row(no), WhyForm.from_request()
    if not why and not form.sent_well():
        return _page(row, form), 422
    try:
        now_called = row.no if taken_before() else do(_act(why or form.why.data))
    except ProductError as error:
        return _page(row, form if not why else WhyForm(formdata=None), error), error.status
    return redirect(access.path_of(f"{AT}/{now_called}"), 303)


def _page(row: ExposureRow, form: WhyForm, error: ProductError | None = None) -> str:
    session, today = database(), today_cn()
    if isinstance(error, GateRefused):
        findings = list(error.findings)
    else:
        waits = row.state in ("草拟", "退回", "待审核")
        said = (row.case_id, row.division_code, row.title, row.body, row.organ, today)
        findings = findings_of(session, *said) if waits else []
    return render_template(
        "supervision/exposure.html", row=row, form=form, error=error, words=words, findings=findings, today=today,
        case_no=titles_of(session, [row.case_id])[row.case_id][0], own=row.drafted_by == require_principal().actor,
    )  # fmt: skip
