"""/supervision/reads: what was read without a case, week by week, for another organ to review."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, NotFound, ProductError
from portal.oversight.reads import queries
from portal.oversight.reads.actions import review_read
from portal.oversight.reads.queries import LooseRead, Organ, Verdict
from portal.oversight.reads.rules import organ_of, reviewed_by, week_of
from portal.registers.corrections import Act
from portal.web import access
from portal.web.access import requires
from portal.web.actors import learn_actors
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes
from portal.web.witness import witness
from supervision import trail_words as words
from supervision.forms import trail as forms

blueprint = Blueprint("supervision_reads", __name__, template_folder="../templates", url_prefix="/supervision/reads")
Page = str | tuple[str, int] | Response
SHOWN = 200


def my_organ() -> Organ:
    """The organ for which the present person reviews."""
    return organ_of(require_principal().role_names)


@blueprint.get("")
@requires(Permission.REVIEW_READS)
def index() -> str:
    """One week's reads without a case, and how many the weeks before had."""
    session, organs = database(), reviewed_by(my_organ())
    week = _week(request.args.get("week", ""))
    rows = queries.list_loose(session, organs, week, limit=SHOWN)
    learn_actors([row.reader for row in rows] + [row.reviewed_by for row in rows])
    witness("read.listed", [("list", "reads")], seen={"week": week.isoformat(), "rows": len(rows)})
    return render_template(
        "supervision/reads.html", rows=rows, week=week, weeks=queries.list_weeks(session, organs), organ=my_organ(),
        organs=sorted(organs), words=words, verdicts=forms.VERDICTS, tags=forms.VERDICT_TAGS,
    )  # fmt: skip


def _week(said: str) -> date:
    try:
        return week_of(date.fromisoformat(said) if said else today_cn())
    except ValueError:
        raise BadInput("看不懂这个日期", fix="从页面上选一周") from None


@blueprint.get("/<no>")
@requires(Permission.REVIEW_READS)
def show(no: str) -> str:
    """One read: who, whose, when, why; what another organ says of it."""
    return _page(_read_of(no), forms.VerdictForm(formdata=None))


def _read_of(no: str) -> LooseRead:
    read = queries.get_loose(database(), no)
    if read.organ not in reviewed_by(my_organ()):
        raise NotFound("没有这条查阅登记", fix="从清单重新进入")
    return read


def _page(read: LooseRead, form: forms.VerdictForm, error: ProductError | None = None) -> str:
    return render_template(
        "supervision/read.html", it=read, form=form, error=error, words=words, verdicts=forms.VERDICTS,
        tags=forms.VERDICT_TAGS,
    )  # fmt: skip


@blueprint.post("/<no>")
@requires(Permission.REVIEW_READS)
@writes
def reviewed(no: str) -> Page:
    """The verdict of the other organ."""
    read, form = _read_of(no), forms.VerdictForm.from_request()
    if not form.sent_well():
        return _page(read, form), 422
    act = Act(require_principal().actor, form.why.data, request_no())
    try:
        review_read(database(), no, Verdict(form.verdict.data), my_organ(), act, now_utc())
    except ProductError as error:
        return _page(read, form, error), error.status
    return redirect(access.path_of(f"/supervision/reads?week={read.week.isoformat()}"), 303)
