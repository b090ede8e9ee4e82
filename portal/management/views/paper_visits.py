"""/console/visits/paper: visits on paper, entered by one person and countersigned by another."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import visit_words as words
from portal.management.forms.visits import CorrectPaperForm, PaperForm, SignForm
from portal.management.visit_pages import paper_of
from portal.registers.corrections import Act, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.helpers.check_ins.boards.queries import find_visits
from portal.registers.helpers.check_ins.paper import actions, queries
from portal.registers.helpers.queries import helper_row
from portal.registers.recipients import queries as recipients
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_paper", __name__, template_folder="../templates", url_prefix="/console/visits/paper")
Page = str | tuple[str, int] | Response | AnyResponse
SHOWN = 200


@blueprint.get("")
@requires(Permission.VIEW_HELPERS)
def index() -> str:
    """Forms that wait for their second person, the oldest first."""
    session = database()
    waiting = queries.list_waiting_papers(session, access.scopes(Permission.VIEW_HELPERS), limit=SHOWN)
    names = divisions.names_of(session, {paper.division_code for paper in waiting})
    me = require_principal().actor
    return render_template("console/papers.html", waiting=waiting, names=names, me=me, words=words)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.ENTER_VISITS)
@writes
def new() -> Page:
    """Copy a form. It counts for nothing until somebody else has countersigned it."""
    asked = {name: request.args.get(name, "") for name in ("helper_no", "household_no")}
    form, error = PaperForm.from_request(**asked), None
    if form.sent_well():
        try:
            return redirect(access.path_of(f"/console/visits/paper/{_enter(form)}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template("console/paper_new.html", form=form, error=error), status


def _enter(form: PaperForm) -> int:
    home = recipients.find_household(database(), form.household_no.data)
    if home is None or not access.can(Permission.ENTER_VISITS, str(home.values["division_code"])):
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    act = Act(require_principal().actor, form.why.data, request_no())
    return actions.enter_paper_visit(
        database(), form.helper_no.data, form.household_no.data, form.values, act, now_utc()
    ).id


@blueprint.get("/<int:paper_id>")
@requires(Permission.VIEW_HELPERS)
def show(paper_id: int) -> str:
    """One form as it was entered, who entered it, and what the second person decided."""
    return _page(paper_of(paper_id, Permission.VIEW_HELPERS))


def _page(record: RecordRow, form: SignForm | None = None, error: ProductError | None = None) -> str:
    session, values = database(), record.values
    waits = values["state"] == queries.PaperState.WAITING
    mine = values["entered_by"] == require_principal().actor
    place = str(values["division_code"])
    return render_template(
        "console/paper_show.html", record=record, values=values, words=words, error=error, mine=mine, waits=waits,
        form=form or SignForm(formdata=None), place=divisions.written_path(session, place),
        helper=helper_row(session, values["helper_id"]).values,
        household_no=recipients.household_place(session, values["household_id"])[0],
        may_sign=waits and not mine and access.can(Permission.JUDGE_VISITS, place),
        full=access.can(Permission.REVEAL_SEALED, place), may_correct=access.can(Permission.ENTER_VISITS, place),
        became=bool(find_visits(session, [values["no"]])),
    )  # fmt: skip


@blueprint.route("/<int:paper_id>/correct", methods=["GET", "POST"])
@requires(Permission.ENTER_VISITS)
@writes
def correct(paper_id: int) -> Page:
    """Put right what was copied wrongly: the form waits to be countersigned anew, by somebody else."""
    record, error = paper_of(paper_id, Permission.ENTER_VISITS), None
    form = CorrectPaperForm.of(record.values, record.version)
    if form.sent_well():
        act = Act(require_principal().actor, form.why.data, request_no())
        try:
            actions.correct_paper_visit(database(), record.id, form.values, act, form.version.data, now_utc())
            return redirect(access.path_of(f"/console/visits/paper/{paper_id}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template("console/paper_new.html", form=form, error=error, record=record), status


@blueprint.post("/<int:paper_id>/decide")
@requires(Permission.JUDGE_VISITS)
@writes
def decide(paper_id: int) -> Page:
    """Countersign, or send back with the reason; whoever entered the form is refused."""
    record, form = paper_of(paper_id, Permission.JUDGE_VISITS), SignForm.from_request()
    if not form.sent_well():
        return _page(record, form), 422
    act = Act(require_principal().actor, form.why.data, request_no())
    decided = actions.countersign_paper_visit if form.verdict.data == "sign" else actions.return_paper_visit
    try:
        decided(database(), record.id, act, now_utc())
    except ProductError as error:
        return _page(record, form, error), error.status
    return redirect(access.path_of(f"/console/visits/paper/{paper_id}"), 303)
