"""/console/visits/samples: draws by chance that anybody can repeat, the queue, and what a call or a visit found."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import visit_words as words
from portal.management.forms.samples import DrawForm, ReportForm
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.registers.helpers.check_ins.queries import Context
from portal.registers.helpers.check_ins.sampling import actions, queries
from portal.registers.helpers.check_ins.sampling.queries import DrawKind, DrawRow, SampleOutcome, SampleRow, SampleState
from portal.registers.helpers.check_ins.sampling.rules import month_before
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, writes

blueprint = Blueprint("console_samples", __name__, template_folder="../templates", url_prefix="/console/visits/samples")
Page = str | tuple[str, int] | Response
SHOWN = 200


@blueprint.get("")
@requires(Permission.VIEW_HELPERS)
def index() -> str:
    """The queue of my places, and the draws."""
    return _page(DrawForm.from_request(month=f"{month_before(today_cn()):%Y-%m}"))


@blueprint.post("")
@requires(Permission.DRAW_SAMPLES)
@writes
def drawn() -> Page:
    """A new draw: once for each kind, place and month."""
    form = DrawForm.from_request()
    if not form.sent_well():
        return _page(form), 422
    try:
        return redirect(access.path_of(f"/console/visits/samples/{_draw(form)}"), 303)
    except ProductError as error:
        return _page(form, error), error.status


def _page(form: DrawForm, error: ProductError | None = None) -> str:
    session, within = database(), access.scopes(Permission.VIEW_HELPERS)
    form.division.choices = _places()
    state = SampleState.DONE if request.args.get("state") == "done" else SampleState.OPEN
    items, draws = queries.list_samples(session, within, state=state, limit=SHOWN), queries.list_draws(session, within)
    names = divisions.names_of(session, {i.division_code for i in items} | {d.division_code for d in draws})
    return render_template(
        "console/samples.html", items=items, draws=draws, names=names, words=words, form=form, error=error,
        is_done=state is SampleState.DONE, waiting=queries.count_open(session, within), today=today_cn(), shown=SHOWN,
    )  # fmt: skip


def _places() -> list[tuple[str, str]]:
    """The counties and cities of one's own places: a draw is made at these levels."""
    codes = access.scopes(Permission.DRAW_SAMPLES) if access.can(Permission.DRAW_SAMPLES) else ()
    return list(divisions.names_of(database(), codes).items())


def _draw(form: DrawForm) -> str:
    if not access.can(Permission.DRAW_SAMPLES, form.division.data):
        raise NotFound("没有这个区划", fix="从列出的区划里选")
    me = require_principal().actor
    kind = DrawKind(form.kind.data)
    return actions.draw_visits(database(), kind, form.division.data, form.first_day, me, now_utc()).no


@blueprint.get("/<no>")
@requires(Permission.VIEW_HELPERS)
def show(no: str) -> str:
    """One draw with all that repeats it; `again`: made once more from the register, and compared."""
    draw = _draw_of(no)
    again = queries.repeat_draw(database(), no) if request.args.get("again") else None
    items = queries.list_samples(database(), [draw.division_code], state=None, draw=no, limit=2000)
    names = divisions.names_of(database(), {draw.division_code, *(item.division_code for item in items)})
    return render_template(
        "console/sample_draw.html", draw=draw, again=again, items=items, names=names, words=words, today=today_cn()
    )


def _draw_of(no: str) -> DrawRow:
    draw = queries.get_draw(database(), no)
    if not access.can(Permission.VIEW_HELPERS, draw.division_code):
        raise NotFound("没有这次抽查", fix="核对抽查编号")
    return draw


@blueprint.get("/items/<path:no>")
@requires(Permission.VIEW_HELPERS)
def item(no: str) -> str:
    """One item: the visit that is asked about, and what the call or the visit found."""
    return _item(_item_of(no, Permission.VIEW_HELPERS), ReportForm(formdata=None))


@blueprint.post("/items/<path:no>")
@requires(Permission.JUDGE_VISITS)
@writes
def reported(no: str) -> Page:
    """What was found. The helper himself is refused."""
    it, form = _item_of(no, Permission.JUDGE_VISITS), ReportForm.from_request()
    if not form.sent_well():
        return _item(it, form), 422
    try:
        _report(no, form)
    except ProductError as error:
        return _item(it, form, error), error.status
    return redirect(access.path_of(f"/console/visits/samples/items/{no}"), 303)


def _item(it: SampleRow, form: ReportForm, error: ProductError | None = None) -> str:
    return render_template(
        "console/sample_item.html", it=it, form=form, error=error, words=words,
        may=it.state == SampleState.OPEN and access.can(Permission.JUDGE_VISITS, it.division_code),
        place=divisions.written_path(database(), it.division_code),
        full=access.can(Permission.REVEAL_SEALED, it.division_code),
    )  # fmt: skip


def _item_of(no: str, permission: Permission) -> SampleRow:
    it = queries.get_sample(database(), no)
    if not access.can(permission, it.division_code):
        raise NotFound("没有这条抽查事项", fix="从抽查队列重新进入")
    return it


def _report(no: str, form: ReportForm) -> None:
    me, session = require_principal().actor, database()
    context = Context(me, installation().settings.files_dir, request_no())
    act = Act(me, form.why.data or "", request_no())
    actions.report_sample(
        session, context, no, SampleOutcome(form.outcome.data), form.said_by.data or "", act, now_utc()
    )
    refresh_rule(session, "H08", as_of=today_cn(), actor=me)
