"""/console/orders: what supervision asks of my unit — taken in hand, answered with a file, by its day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.accounts.queries import display_names
from portal.kernel.clock import today_cn, working_days_between
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, ProductError
from portal.management.forms.orders import UPLOADS, AnswerForm, TakeForm
from portal.oversight.orders import queries
from portal.oversight.orders.queries import OrderRow
from portal.oversight.orders.replies.actions import accept_task, answer_task
from portal.oversight.orders.replies.queries import open_file, replies_to
from portal.oversight.orders.sheets.printing import print_order
from portal.registers.corrections import Act
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.queries import names_of_units
from portal.web import access, order_words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.hidden_cursors import turn_hidden
from portal.web.once import taken_before
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.site import address_of_site
from portal.web.uploads import UploadRefused

blueprint = Blueprint("console_orders", __name__, template_folder="../templates", url_prefix="/console/orders")
Page = str | tuple[str, int] | Response | AnyResponse
AT = "/console/orders"
ANSWER = Permission.ANSWER_ORDERS


@blueprint.get("")
@requires(ANSWER)
def index() -> str:
    """The tasks of my unit, what is due first on top."""
    session, who, done = database(), require_principal(), request.args.get("show") == "done"
    page = turn_hidden(
        request.args.get("after"),
        2,
        lambda start, n: queries.list_unit_tasks(session, who, done=done, after=start, limit=n),
        lambda row: (row.task.due_on.isoformat() if row.task.due_on else None, row.task.id),
    )
    kept = {"show": "done"} if done else {}
    today, days_off = today_cn(), overrides(session)
    return render_template(
        "console/orders.html", page=page, done=done, today=today, words=order_words,
        left=lambda day: working_days_between(today, day, days_off) if day >= today else 0,
        url=lambda after: access.path_of(AT) + "?" + urlencode({**kept, **({"after": after} if after else {})}),
    )  # fmt: skip


@blueprint.get("/<no>")
@requires(ANSWER)
def show(no: str) -> str:
    """One order with the tasks of my unit; nothing of the case behind it."""
    return _page(_order(no))


@blueprint.get("/<no>.pdf")
@requires(ANSWER)
def paper(no: str) -> Response:
    """The paper, with my unit's tasks."""
    order, session = _order(no), database()
    tasks = queries.own_tasks(session, order.id, require_principal())
    signer = (order.issued_by or "").removeprefix("user:")
    names = names_of_units(session, {task.unit_code for task in tasks})
    made = print_order(order, tasks, names, display_names(session, {signer}).get(signer, signer), address_of_site())
    response = Response(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename={no}.pdf"
    return response


@blueprint.get("/<no>/files/<int:reply>")
@requires(ANSWER)
def file(no: str, reply: int) -> Response:
    """What my unit sent along."""
    ids = [task.id for task in queries.own_tasks(database(), _order(no).id, require_principal())]
    row, content = open_file(database(), installation().settings.files_dir, ids, reply)
    return Response(content, content_type=row.file_type)


@blueprint.post("/<no>/<int:n>/accept")
@requires(ANSWER)
@writes
def accepted(no: str, n: int) -> Page:
    """签收."""
    return _done(no, n, TakeForm.from_request(), lambda act: accept_task(database(), no, n, act, now_utc()))


@blueprint.post("/<no>/<int:n>/answer")
@requires(ANSWER, files=UPLOADS)
@writes
def answered(no: str, n: int) -> Page:
    """反馈."""
    form = AnswerForm.from_request()

    def do(act: Act) -> None:
        upload = request.files.get("file")
        data = upload.read() if upload else b""
        answer_task(database(), installation().settings.files_dir, no, n, form.text.data, data, act, now_utc())

    return _done(no, n, form, do)


def _order(no: str) -> OrderRow:
    return queries.get_order_of_unit(database(), no, require_principal())


def _done(no: str, n: int, form: Any, do: Callable[[Act], object]) -> Page:
    """Only for a task of my own unit; any other is answered as one that is not there."""
    order = _order(no)
    mine = n in [task.n for task in queries.own_tasks(database(), order.id, require_principal())]
    if not form.sent_well():
        return _page(order, form, n), 422
    try:
        if mine and not taken_before():
            do(Act(require_principal().actor, "", request_no()))
    except BadInput as error:
        if error.code != "bad_file" and not isinstance(error, UploadRefused):
            return _page(order, form, n, error), error.status
        form.blame(error, "file")
        return _page(order, form, n), 422
    except ProductError as error:
        return _page(order, form, n, error), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


def _page(order: OrderRow, sent: Any = None, at: int = 0, error: ProductError | None = None) -> str:
    session = database()
    tasks = queries.own_tasks(session, order.id, require_principal())
    answers = sent if isinstance(sent, AnswerForm) else AnswerForm(formdata=None)
    return render_template(
        "console/order_show.html", o=order, tasks=tasks, replies=replies_to(session, [task.id for task in tasks]),
        units=names_of_units(session, {task.unit_code for task in tasks}), form=answers, sent_at=at, error=error,
        words=order_words, today=today_cn(), blank=AnswerForm(formdata=None),
    )  # fmt: skip
