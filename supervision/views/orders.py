"""/supervision/orders: issued from a case in three clicks, read as paper, checked again, cleared, sent back or raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.oversight.orders import actions, queries
from portal.oversight.orders.actions import NewOrder
from portal.oversight.orders.queries import OrderRow, Why
from portal.oversight.orders.replies.actions import check_task
from portal.oversight.orders.replies.queries import open_file
from portal.registers.corrections import Act
from portal.registers.divisions.queries import get_unit, names_of_units
from portal.web import access, order_words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.forms import Form
from portal.web.hidden_cursors import turn_hidden
from portal.web.once import taken_before
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.site import address_of_site
from portal.web.witness import witness
from supervision import case_words as words
from supervision.forms.cases import ReasonForm
from supervision.forms.orders import CheckForm, OrderForm, RaiseForm, SignForm
from supervision.order_pages import order_page, paper_of, template_of, units_near
from supervision.views.cases import case_of

blueprint = Blueprint("supervision_orders", __name__, template_folder="../templates", url_prefix="/supervision")
Page = str | tuple[str, int] | Response | AnyResponse
AT = "/supervision/orders"
WORK, ISSUE = Permission.EDIT_CASES, Permission.ISSUE_ORDERS


@blueprint.get("/orders")
@requires(WORK)
def index() -> str:
    """The orders of the cases that I may know of, the latest first."""
    session, who, state = database(), require_principal(), request.args.get("state", "")
    page = turn_hidden(
        request.args.get("after"),
        1,
        lambda start, n: queries.list_orders(session, who, state=state, after=start, limit=n),
        lambda row: (row.id,),
    )
    tasks = queries.tasks_of(session, [row.id for row in page.rows])
    codes = {task.unit_code for found in tasks.values() for task in found}
    return render_template(
        "supervision/orders.html", page=page, words=words, state=state, tasks=tasks, today=today_cn(),
        units=names_of_units(session, codes), cases=queries.case_nos_of(session, page.rows),
        url=lambda after: access.path_of(AT) + "?" + urlencode({k: v for k, v in (("state", state), ("after", after)) if v}),
    )  # fmt: skip


@blueprint.route("/cases/<no>/orders/new", methods=["GET", "POST"])
@requires(ISSUE)
@writes
def new(no: str) -> Page:
    """The second click: what the template left open. `send=issue` signs it and sends it out, else it stays a draft."""
    case, session, who = case_of(no), database(), require_principal()
    form, error = OrderForm.from_request(**template_of(session, case, who)), None
    if form.sent_well():
        if taken_before():
            return redirect(access.path_of(f"/supervision/cases/{no}"), 303)
        try:
            order = actions.draft_order(session, no, _wish(form), _act("办案需要"), now_utc())
            if request.form.get("send") == "issue":
                actions.issue_order(session, order.no, _act("签发"), now_utc())
            return _to(order.no)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template(
        "supervision/order_new.html", case=case, form=form, error=error, units=units_near(session, case.division_code)
    ), status


def _wish(form: OrderForm) -> NewOrder:
    return NewOrder(
        form.title.data, form.body.data, form.issuer.data, form.demands(), Why(form.reason.data), form.is_listed.data
    )


@blueprint.get("/orders/<no>")
@requires(WORK)
def show(no: str) -> str:
    """One order with its tasks, replies and re-checks."""
    order = _order(no)
    witness("case.order_read", [("order", no)])
    return _page(order)


@blueprint.get("/orders/<no>.pdf")
@requires(WORK)
def paper(no: str) -> Response:
    """The third click: the paper, with its number and the code that leads to `/v/<no>`."""
    order = _order(no)
    tasks = queries.tasks_of(database(), [order.id]).get(order.id, [])
    response = Response(paper_of(database(), order, tasks, address_of_site()), content_type="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename={no}.pdf"
    return response


@blueprint.get("/orders/<no>/files/<int:reply>")
@requires(WORK)
def file(no: str, reply: int) -> Response:
    """What a unit sent along."""
    tasks = queries.tasks_of(database(), [_order(no).id])
    ids = [task.id for found in tasks.values() for task in found]
    row, content = open_file(database(), installation().settings.files_dir, ids, reply)
    return Response(content, content_type=row.file_type)


@blueprint.post("/orders/<no>/issue")
@requires(ISSUE)
@writes
def issued(no: str) -> Page:
    """Sign a draft and send it out."""
    return _done(no, SignForm.from_request(), "signing", lambda s, _f, act: actions.issue_order(s, no, act, now_utc()))


@blueprint.post("/orders/<no>/drop")
@requires(ISSUE)
@writes
def dropped(no: str) -> Page:
    """Give a draft up."""
    return _done(no, ReasonForm.from_request(), "reason", lambda s, _f, act: actions.drop_order(s, no, act, now_utc()))


@blueprint.post("/orders/<no>/check")
@requires(ISSUE)
@writes
def checked(no: str) -> Page:
    """The re-check of one task."""

    def do(session: Session, form: Form, act: Act) -> None:
        n = form["n"].data or ""
        passed, said = form["result"].data == "pass", form["text"].data or ""
        check_task(session, no, int(n) if n.isdigit() else 0, passed, said, act, now_utc())

    return _done(no, CheckForm.from_request(), "checking", do)


@blueprint.post("/orders/<no>/clear")
@requires(ISSUE)
@writes
def cleared(no: str) -> Page:
    """销号."""
    return _done(no, ReasonForm.from_request(), "reason", lambda s, _f, act: actions.clear_order(s, no, act, now_utc()))


@blueprint.post("/orders/<no>/raise")
@requires(ISSUE)
@writes
def raised(no: str) -> Page:
    """提级."""

    def do(session: Session, form: Form, act: Act) -> None:
        actions.raise_order(session, no, get_unit(session, form["unit"].data).code, act, now_utc())

    return _done(no, RaiseForm.from_request(), "raising", do)


def _order(no: str) -> OrderRow:
    return queries.get_order(database(), no, require_principal())


def _act(why: str | None) -> Act:
    return Act(require_principal().actor, why or "", request_no())


def _to(no: str) -> AnyResponse:
    return redirect(access.path_of(f"{AT}/{no}"), 303)


def _done(no: str, form: Form, name: str, do: Callable[[Session, Form, Act], object]) -> Page:
    order = _order(no)
    if not form.sent_well():
        return _page(order, **{name: form}), 422
    try:
        if not taken_before():
            do(database(), form, _act(form["why"].data if "why" in form else "督办"))
    except ProductError as error:
        return _page(order, error, **{name: form}), error.status
    return _to(no)


def _page(order: OrderRow, error: ProductError | None = None, **sent: Form) -> str:
    kinds: dict[str, type[Form]] = {"reason": ReasonForm, "checking": CheckForm, "raising": RaiseForm}
    forms = {name: (sent.get(name) or kind(formdata=None)).told_apart(name) for name, kind in kinds.items()}
    it = order_page(database(), order)
    checks = _check_forms([task.n for task in it.tasks], forms["checking"])
    return render_template(
        "supervision/order.html", it=it, error=error, words=words, tasks=order_words, today=today_cn(),
        wrong=any(form.errors for form in sent.values()), checks=checks, **forms,
    )  # fmt: skip


def _check_forms(tasks: Iterable[int], sent: Form) -> dict[int, Form]:
    """A form for each task, told apart: what was written of one stands there and nowhere else."""
    tried = sent["n"].data
    return {n: (sent if str(n) == tried else CheckForm(formdata=None)).told_apart(f"check-{n}") for n in tasks}
