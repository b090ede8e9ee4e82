"""/console/procedures: the office's list by due date, one page per procedure, its steps, documents and objections."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotAllowed, NotFound, ProductError
from portal.management import procedure_words as words
from portal.management.forms.procedures import (
    UPLOADS,
    AnswerForm,
    AttachForm,
    FileForm,
    ObjectionForm,
    OpenForm,
    StepForm,
)
from portal.management.procedure_pages import may_act, page_of, procedure_of
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.procedures import actions, queries
from portal.registers.recipients.procedures.cycles.rules import CYCLES
from portal.registers.recipients.procedures.files.actions import add_file
from portal.registers.recipients.procedures.files.queries import FileKind, open_file
from portal.registers.recipients.procedures.objections.actions import answer_objection, object_to
from portal.registers.recipients.procedures.objections.queries import Objector
from portal.registers.recipients.procedures.queries import ProcedureFilter, ProcedureKind, ProcedureRow, Verdict
from portal.registers.recipients.procedures.rules import kinds_from
from portal.web import access, paging
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.witness import witness

blueprint = Blueprint("console_procedures", __name__, template_folder="../templates", url_prefix="/console/procedures")
Page = str | tuple[str, int] | Response | AnyResponse
AT = "/console/procedures"
SHOWS = ("open", "late", "closed", "all")


@blueprint.get("")
@requires(Permission.VIEW_HOUSEHOLDS)
def index() -> Page:
    """Procedures of one's places, those that are due first at the top."""
    session, today, within = database(), today_cn(), access.scopes(Permission.VIEW_HOUSEHOLDS)
    asked = {name: request.args.get(name, "") for name in ("division", "kind", "step", "show")}
    asked["show"] = asked["show"] if asked["show"] in SHOWS else "open"
    wanted = ProcedureFilter(**asked)
    listed = paging.turn_to(
        paging.read_cursor(request.args.get("after"), 2),
        lambda start, n: queries.list_procedures(session, within, wanted, today, start, n),
        queries.due_key,
    )
    names = divisions.names_of(session, {row.division_code for row in listed.rows} | set(within))
    given = {k: v for k, v in asked.items() if v}
    return render_template(
        "console/procedures.html", listed=listed, wanted=wanted, words=words, names=names, today=today, cycles=CYCLES,
        waiting=queries.count_waiting(session, within, today), shows=SHOWS, within=within,
        url=lambda after: access.path_of(AT) + "?" + urlencode({**given, **({"after": after} if after else {})}),
    )  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.EDIT_HOUSEHOLDS)
@writes
def new() -> Page:
    """Begin a procedure for a household of the register."""
    home = recipients.get_household(database(), request.args.get("household", ""))
    access.check_scope(home.values["division_code"], Permission.EDIT_HOUSEHOLDS)
    form, error = OpenForm.from_request(kind=request.args.get("kind", ""), source=request.args.get("source", "")), None
    form.offer(kinds_from(home.values["status"], home.values["category"]))
    if form.sent_well():
        act = Act(require_principal().actor, form.why.data, request_no())
        kind, source = ProcedureKind(form.kind.data), queries.Source(form.source.data)
        try:
            made = actions.open_procedure(database(), kind, home.id, source, act, now_utc(), proposal=form.proposal)
            return _to(made.no)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    path = divisions.written_path(database(), home.values["division_code"])
    return render_template(
        "console/procedure_new.html", form=form, home=home, error=error, words=words, path=path
    ), status


@blueprint.get("/<no>")
@requires(Permission.VIEW_HOUSEHOLDS)
def show(no: str) -> Page:
    """One procedure: rail, what is missing, what was done, what may be done."""
    return _page(procedure_of(no))


def _page(row: ProcedureRow, error: ProductError | None = None, **forms: Any) -> Page:
    wrong = any(form.errors for form in forms.values())
    status = error.status if error else 422 if wrong else 200
    return render_template("console/procedure_show.html", **page_of(row, error, **forms)), status


def _to(no: str, anchor: str = "") -> AnyResponse:
    return redirect(access.path_of(f"{AT}/{no}{anchor}"), 303)


@blueprint.post("/<no>/step")
@requires(Permission.EDIT_HOUSEHOLDS)
@writes
def stepped(no: str) -> Page:
    """Do the step that it waits for."""
    row, form = procedure_of(no), StepForm.from_request()
    step = CYCLES[ProcedureKind(row.kind)].step(row.state)
    if step is None or not may_act(step, row.division_code):
        raise NotAllowed(_("这一步不由您办"), fix=_("请有权限的人办理；公示的一步由公示系统办结"))
    form.offer(step)
    if not form.sent_well():
        return _page(row, form=form)
    act = Act(require_principal().actor, "", request_no())
    try:
        actions.take_step(database(), no, Verdict(form.verdict.data), form.facts, act, now_utc())
    except ProductError as error:
        return _page(row, error, form=form)
    return _to(no)


@blueprint.post("/<no>/county-visit")
@requires(Permission.DECIDE_PROCEDURES)
@writes
def visited(no: str) -> Page:
    """The county's own visit to a household that was drawn."""
    row, form = procedure_of(no, Permission.DECIDE_PROCEDURES), StepForm.from_request()
    del form.verdict
    if not form.sent_well():
        return _page(row)
    try:
        act = Act(require_principal().actor, "", request_no())
        actions.record_county_visit(database(), no, form.facts, act, now_utc())
    except ProductError as error:
        return _page(row, error)
    return _to(no)


@blueprint.post("/<no>/household")
@requires(Permission.EDIT_HOUSEHOLDS)
@writes
def attached(no: str) -> Page:
    """Say which household a self-report is about."""
    row, form = procedure_of(no, Permission.EDIT_HOUSEHOLDS), AttachForm.from_request()
    if not form.sent_well():
        return _page(row, attaching=form)
    home = recipients.find_household(database(), form.household_no.data)
    try:
        if home is None or not access.can(Permission.EDIT_HOUSEHOLDS, home.values["division_code"]):
            raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
        act = Act(require_principal().actor, form.why.data, request_no())
        actions.attach_household(database(), no, home.id, act, now_utc())
    except ProductError as error:
        return _page(row, error, attaching=form)
    return _to(no)


@blueprint.post("/<no>/files")
@requires(Permission.EDIT_HOUSEHOLDS, files=UPLOADS)
@writes
def uploaded(no: str) -> Page:
    """One document; it is sealed as it comes."""
    row, form = procedure_of(no, Permission.EDIT_HOUSEHOLDS), FileForm.from_request()
    if not form.sent_well():
        return _page(row, upload=form)
    act = Act(require_principal().actor, "", request_no())
    try:
        data = form.file.data.read() if form.file.data else b""
        add_file(database(), installation().settings.files_dir, no, FileKind(form.kind.data), data, act, now_utc())
    except ProductError as error:
        return _page(row, error, upload=form)
    return _to(no, "#files")


@blueprint.get("/<no>/files/<int:file_id>")
@requires(Permission.REVEAL_SEALED)
def file(no: str, file_id: int) -> Page:
    """A document: the rebuilt picture, or a PDF to be saved. That somebody looked at it is written down."""
    row = procedure_of(no, Permission.REVEAL_SEALED)
    found, data = open_file(database(), installation().settings.files_dir, row.id, file_id)
    about = [("procedure", no), *([("household", row.household_no)] if row.household_no else [])]
    witness("procedure.file_read", about, seen={"kind": found.kind, "sha256": found.sha256.hex()})
    if found.is_picture:
        return Response(data, content_type="image/jpeg")
    answer = Response(data, content_type=found.media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename={no}-{file_id}.pdf"
    return answer


@blueprint.post("/<no>/objections")
@requires(Permission.EDIT_HOUSEHOLDS)
@writes
def objected(no: str) -> Page:
    """Write an objection down."""
    row, form = procedure_of(no, Permission.EDIT_HOUSEHOLDS), ObjectionForm.from_request()
    if not form.sent_well():
        return _page(row, objecting=form)
    act = Act(require_principal().actor, _("收到异议"), request_no())
    try:
        object_to(database(), no, Objector(form.objector.data), form.day, form.words.data, act, now_utc())
    except ProductError as error:
        return _page(row, error, objecting=form)
    return _to(no, "#objections")


@blueprint.post("/<no>/objections/<objection_no>")
@requires(Permission.CHECK_HOUSEHOLDS)
@writes
def answered(no: str, objection_no: str) -> Page:
    """Answer an objection."""
    row, form = procedure_of(no, Permission.CHECK_HOUSEHOLDS), AnswerForm.from_request()
    if not form.sent_well():
        return _page(row, answering=form)
    act = Act(require_principal().actor, "", request_no())
    try:
        answer_objection(database(), row.id, objection_no, form.upheld.data == "yes", form.words.data, act, now_utc())
    except ProductError as error:
        return _page(row, error, answering=form)
    return _to(no, "#objections")
