"""`/report` 我要反映: one tile and 提交; `/report/<locator>`: how far it is, for the holder of the receipt's code.

No session is read or set, nothing is logged, nothing typed is kept outside its box. Works without a script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import orjson
from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.kernel.database import now_utc
from portal.kernel.errors import BadFields, BadInput, NotFound, ProductError
from portal.oversight.complaints.handling.writers import actions as writers
from portal.oversight.complaints.handling.writers.queries import Satisfaction
from portal.public import own_words
from portal.public.door import door
from portal.public.forms.report import HINTS, KINDS, CodeForm, ReportForm
from portal.public.pages import report as pages
from portal.public.pages.report import Told
from portal.registers.recipients.requests.rules import read_no
from portal.trail.prove import receipt as proof_of
from portal.trail.publish import LogFiles
from portal.trail.queries import find_index
from portal.web import access, proof_of_work, questions, reports
from portal.web.access import public
from portal.web.errors import wants_json
from portal.web.filters import today
from portal.web.report_entries import find_reported, is_entry
from portal.web.report_files import UPLOADS
from portal.web.reports import Proven
from portal.web.sessions import database, installation, read_again, short_write

Page = str | tuple[str, int] | tuple[str, int, dict[str, str]] | AnyResponse
JSON: Final = "application/json"


@door.get("/report")
@public
def report() -> str:
    """The form, with what it is about."""
    form = ReportForm()
    about = pages.asked_about(database(), today())
    form.subject.data = about.spoken if about else ""
    form.division.data = about.shown_division if about else ""
    return _page(form, lost=about is None and is_entry(request.args.get("subject", "")))


@door.post("/report")
@public(csrf=False, files=UPLOADS)
def report_sent() -> Page:
    """Take it: limits, files, the slow hash, one short transaction; the receipt is shown once."""
    if request.is_json:
        return _receipt_json(pages.take_json(database(), today()))
    form = ReportForm.from_request()
    own_words.remember(form.data.values())
    try:
        taken = pages.take_form(database(), form, today())
    except BadFields as error:
        form.blame_all(error)
        return _page(form), error.status
    except proof_of_work.Crowded as error:
        return _come_again(form, error), error.status, {"Retry-After": str(error.retry_after)}
    except ProductError as error:
        return _refused(form, error)
    if wants_json():
        return _receipt_json(taken)
    if isinstance(taken, questions.Receipt):
        return render_template("public/question_sent.html", receipt=taken), 201
    return render_template("public/report_sent.html", page=pages.accepted(read_again(), taken, today())), 201


def _receipt_json(taken: pages.Receipt | questions.Receipt) -> Response:
    return Response(orjson.dumps(pages.receipt_of(taken)), 201, content_type=JSON)


def _refused(form: ReportForm, error: ProductError) -> AnyResponse:
    response = make_response(_page(form, error), error.status)
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _come_again(form: ReportForm, error: ProductError) -> str:
    """What was sent, to be sent again: without the tiles and lists, which a flood would have drawn for each of its messages."""
    return render_template(
        "public/report_crowded.html", error=error, typed=form.chosen(), text=form.text.data or "",
        kind=dict(KINDS).get(form.kind.data, ""), had_files=any(one.filename for one in request.files.getlist("files")),
        challenge=proof_of_work.challenge(reports.PURPOSE),
    )  # fmt: skip


def _page(form: ReportForm, error: ProductError | None = None, *, lost: bool = False) -> str:
    session, on = database(), today()
    form.division.choices = pages.place_choices(session, on)
    form.proof_of_work.data = ""
    about = find_reported(session, form.subject.data or "", on)
    form.subject.data = about.spoken if about else ""  # what cannot be told any more must not be refused a second time
    return render_template(
        "public/report.html", form=form, error=error, about=about, lost=lost, hints=HINTS,
        challenge=proof_of_work.challenge(reports.PURPOSE),
    )  # fmt: skip


@door.get("/report/find")
@public
def report_find() -> Page:
    """From the locator on the receipt to its page."""
    if no := read_no(request.args.get("no", "")):
        return redirect(access.path_of(f"/report/{no}"), 303)
    return render_template("public/report_find.html")


@door.get("/report/<locator>")
@public
def report_asked(locator: str) -> Page:
    """The page that asks for the code, the same for every locator; with the code in a header, what it opens."""
    if reports.code_sent():
        return _told(reports.prove(locator, reports.code_sent()))
    return render_template("public/report_progress.html", no=read_no(locator), form=CodeForm(), told=None)


@door.post("/report/<locator>")
@public(csrf=False, files=UPLOADS)
def report_progress(locator: str) -> Page:
    """How far it is, and what its writer says to it. A wrong code and an unknown locator are answered alike."""
    form = CodeForm.from_request()
    own_words.remember([form.text.data])
    try:
        proven = reports.prove(locator, reports.code_sent())
    except ProductError as error:
        return _not_told(locator, form, error)
    try:
        _DOING.get(request.form.get("do", ""), _nothing)(proven)
    except ProductError as error:
        return _told(proven, error)
    return _told(reports.again(proven), done=request.form.get("do", ""))


def _not_told(locator: str, form: CodeForm, error: ProductError) -> AnyResponse:
    if wants_json():
        raise error
    no, form.code.data = read_no(locator), ""
    page = render_template("public/report_progress.html", no=no, form=form, told=None, error=error)
    response = make_response(page, error.status)
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _told(proven: Proven, error: ProductError | None = None, done: str = "") -> AnyResponse:
    session = database()
    index = find_index(session, proven.complaint.event_no)
    told: Told = pages.told(session, proven, today(), index is not None)
    own_words.remember(one.text for one in told.talk)
    if wants_json():
        if error is not None:
            raise error
        return Response(orjson.dumps(told.as_json()), content_type=JSON)
    form = CodeForm(code=reports.code_sent(), text=request.form.get("text", "") if error else "")
    page = render_template(
        "public/report_progress.html", no=told.locator, form=form, told=told, error=error, done=done,
        satisfactions=list(Satisfaction),
    )  # fmt: skip
    return make_response(page, error.status if error else 200)


def _nothing(_proven: Proven) -> None:
    """The page alone was asked for."""


def _say(proven: Proven) -> None:
    reports.say_more(proven, request.form.get("text", ""))


def _rate(proven: Proven) -> None:
    with short_write() as session:
        writers.rate(session, proven.complaint.locator, request.form.get("satisfaction", ""), now_utc())


def _appeal(proven: Proven) -> None:
    with short_write() as session:
        writers.appeal(session, proven.complaint.locator, now_utc())


def _solved(proven: Proven) -> None:
    answer = request.form.get("solved", "")
    if answer not in ("yes", "no"):
        raise BadInput("没有选解决了没有", fix="选一个")
    with short_write() as session:
        writers.say_solved(session, proven.complaint.locator, answer == "yes", now_utc())


_DOING: Final[Mapping[str, Callable[[Proven], None]]] = {
    "say": _say, "rate": _rate, "appeal": _appeal, "solved": _solved,
}  # fmt: skip


@door.route("/report/<locator>/proof", methods=["GET", "POST"])
@public(csrf=False, max_body=20_000)
def report_proof(locator: str) -> Response:
    """The receipt of the opaque leaf for a verifier, from the next half-day's publication on."""
    proven = reports.prove(locator, reports.code_sent())
    index = find_index(database(), proven.complaint.event_no)
    if index is None:
        raise NotFound("证明还没有发布", why="每天 0 点和 12 点各发布一次", fix="过半天再来取")
    proof = proof_of(LogFiles(installation().settings.log_dir), index)
    name = f"attachment; filename={proven.complaint.locator}.tlog-proof"
    return Response(proof, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": name})
