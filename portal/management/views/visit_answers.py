"""/console/visits/<id>/answer: what a household says about a visit on the telephone or in person, taken down by the office."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management import visit_words as words
from portal.management.forms.samples import AnswerForm
from portal.management.visit_pages import visit_of
from portal.registers.helpers.check_ins.answers.actions import take_answer
from portal.registers.helpers.check_ins.answers.queries import Channel, Recollection, answers_to
from portal.registers.helpers.check_ins.queries import Context
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, writes

blueprint = Blueprint("console_answers", __name__, template_folder="../templates", url_prefix="/console/visits")
Page = str | tuple[str, int] | Response


@blueprint.route("/<claim_id>/answer", methods=["GET", "POST"])
@requires(Permission.JUDGE_VISITS)
@writes
def take(claim_id: str) -> Page:
    """The household's words. A denial is a lead for an inspector at once, and changes nothing about the visit by itself."""
    visit, form, error = visit_of(claim_id, Permission.JUDGE_VISITS), AnswerForm.from_request(), None
    if form.sent_well():
        try:
            _take(claim_id, form)
            return redirect(access.path_of(f"/console/visits/{claim_id}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    known = answers_to(database(), [visit.row.id]).get(visit.row.id)
    return render_template(
        "console/visit_answer.html", visit=visit, form=form, error=error, known=known, words=words
    ), status


def _take(claim_id: str, form: AnswerForm) -> None:
    me, session = require_principal().actor, database()
    said = Recollection(form.answer.data), Channel(form.channel.data), form.said_by.data, form.note.data or ""
    take_answer(session, Context(me, installation().settings.files_dir, request_no()), claim_id, *said, now_utc())
    refresh_rule(session, "H08", as_of=today_cn(), actor=me)
