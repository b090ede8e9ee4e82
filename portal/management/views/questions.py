"""/console/inbox/questions: public questions by due day; answering one, and letting out what another has answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management.forms.questions import AnswerForm, WhyForm
from portal.publishing.questions import actions, queries
from portal.publishing.questions.queries import OfficeQuestion
from portal.registers.corrections import Act
from portal.registers.divisions.queries import names_of, written_path
from portal.web import access, paging
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.report_subjects import find_about
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_questions", __name__, template_folder="../templates", url_prefix="/console/inbox")
Page = str | tuple[str, int] | Response
AT = "/console/inbox/questions"
TAGS = {"待答复": "warn", "待审核": "warn", "已公开": "ok"}
Doing = Callable[[Any, str, Act, Any], Any]


@blueprint.get("/questions")
@requires(Permission.ANSWER_QUESTIONS)
def index() -> str:
    """Questions of one's places, those that are due first at the top."""
    session, within = database(), access.scopes(Permission.ANSWER_QUESTIONS)
    closed = request.args.get("show") == "closed"
    page = paging.turn_to(
        paging.read_cursor(request.args.get("after"), 2),
        lambda start, n: queries.list_office(session, within, closed=closed, after=start, limit=n),
        lambda row: (row.due_on.isoformat(), row.id),
    )
    kept = {"show": "closed"} if closed else {}
    return render_template(
        "console/questions.html", page=page, rows=page.rows, closed=closed, today=today_cn(), tags=TAGS,
        names=names_of(session, {row.division_code for row in page.rows}),
        url=lambda after: access.path_of(AT) + "?" + urlencode({**kept, **({"after": after} if after else {})}),
    )  # fmt: skip


@blueprint.get("/questions/<no>")
@requires(Permission.ANSWER_QUESTIONS)
def show(no: str) -> str:
    """One question, its words, and what can be done."""
    return _page(_found(no))


@blueprint.post("/questions/<no>/answer")
@requires(Permission.ANSWER_QUESTIONS)
@writes
def answered(no: str) -> Page:
    """Propose an answer."""
    found, form = _found(no), AnswerForm.from_request()
    if not form.sent_well():
        return _page(found, form), 422
    said = actions.Answer(
        form.proposal.data or "", form.question.data or "", form.answer.data or "", form.unit.data or "",
        form.merged_into.data or "",
    )  # fmt: skip
    try:
        actions.propose(database(), no, said, _act(""), now_utc())
    except ProductError as error:
        return _page(found, form, error=error), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


@blueprint.post("/questions/<no>/release")
@requires(Permission.CHECK_QUESTIONS)
@writes
def released(no: str) -> Page:
    """Agree to what another person has answered."""
    return _decide(no, actions.release)


@blueprint.post("/questions/<no>/return")
@requires(Permission.CHECK_QUESTIONS)
@writes
def returned(no: str) -> Page:
    """Send it back, with the reason."""
    return _decide(no, actions.return_)


@blueprint.post("/questions/<no>/retract")
@requires(Permission.CHECK_QUESTIONS)
@writes
def retracted(no: str) -> Page:
    """Take a published one down, with the reason."""
    return _decide(no, actions.retract)


def _decide(no: str, doing: Doing) -> Page:
    found, form = _found(no), WhyForm.from_request()
    if not form.sent_well():
        return _page(found, why=form), 422
    try:
        doing(database(), no, _act(form.why.data or ""), now_utc())
    except ProductError as error:
        return _page(found, why=form, error=error), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


def _found(no: str) -> OfficeQuestion:
    return queries.get_office(database(), no, access.scopes(Permission.ANSWER_QUESTIONS))


def _act(why: str) -> Act:
    return Act(require_principal().actor, why, request_no())


def _page(
    found: OfficeQuestion,
    answer: AnswerForm | None = None,
    why: WhyForm | None = None,
    error: ProductError | None = None,
) -> str:
    session = database()
    about = find_about(session, ":".join(found.subject), today_cn()) if found.subject else None
    forms = {
        "answer": answer
        or AnswerForm(formdata=None, question=found.question or found.words, answer=found.answer, unit=found.unit),
        "why": why or WhyForm(formdata=None),
    }
    return render_template(
        "console/question_show.html", q=found, row=found.row, about=about, error=error, tags=TAGS, today=today_cn(),
        place=written_path(session, found.row.division_code), own=found.row.answered_by == require_principal().actor,
        wrong=any(form.errors for form in forms.values()), **forms,
    )  # fmt: skip
