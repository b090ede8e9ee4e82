"""/supervision/complaints: the case room's list and one complaint. Whoever may not know is answered as if there were none."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, NotFound, ProductError
from portal.kernel.papers.reading import PDF, draw_page
from portal.oversight.complaints.actions import add_message
from portal.oversight.complaints.files.queries import open_one
from portal.oversight.complaints.handling import actions
from portal.oversight.complaints.handling.accusing.actions import add_accused, send_on
from portal.oversight.complaints.handling.openings import actions as openings
from portal.oversight.complaints.handling.queries import Case, Tab, count_tabs, list_cases, list_told
from portal.oversight.complaints.handling.rules import Doer, Step, doer_of, tells_writer
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.web import access, exports
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.forms import Form
from portal.web.hidden_cursors import turn_hidden
from portal.web.once import taken_before
from portal.web.reports import files_dir
from portal.web.sessions import database, require_principal, writes
from portal.web.witness import witness
from supervision import complaint_words as words
from supervision import trail_words
from supervision.complaint_pages import case_of, columns, complaint_of, page_of, rows
from supervision.complaint_room import need_opened, opened
from supervision.forms.complaints import AccusedForm, AssignForm, LongerForm, ReplyForm, StepForm, WhyForm

AT = "/supervision/complaints"
WORK, DECIDE = Permission.HANDLE_COMPLAINTS, Permission.DECIDE_COMPLAINTS
Page = str | tuple[str, int] | AnyResponse
MOST_EXPORTED = 5_000
NAMES = re.compile(r"[\n、，,;；]+")
"""What stands between the names of persons, a line each or in one."""
FORMS: Mapping[str, type[Form]] = {
    "step": StepForm, "assign": AssignForm, "longer": LongerForm, "reply": ReplyForm, "malicious": WhyForm,
    "accused": AccusedForm, "identity": WhyForm,
}  # fmt: skip

blueprint = Blueprint("supervision_complaints", __name__, template_folder="../templates", url_prefix="/supervision")


@blueprint.get("/complaints")
@requires(WORK)
def index() -> str:
    """Complaints of my organ by the day on which they must be done."""
    session, me = database(), require_principal()
    tab, q = request.args.get("tab", Tab.TRIAGE.value), request.args.get("q", "")
    listed = turn_hidden(
        request.args.get("after"),
        2,
        lambda start, n: list_cases(session, me, tab=tab, words=q, after=start, limit=n),
        lambda case: (case.sorted_by.isoformat(), case.id),
    )
    told = list_told(session, me)
    places = {case.division_code for case in listed.rows} | {one.authority for one in told}
    kept = {"q": q} if q else {"tab": tab}
    return render_template(
        "supervision/complaints.html", listed=listed, tab=tab, q=q, words=words, counts=count_tabs(session, me), told=told,
        names=divisions.names_of(session, places), today=today_cn(), opened=opened() is not None,
        url=lambda after: access.path_of(AT) + "?" + urlencode({**kept, **({"after": after} if after else {})}),
    )  # fmt: skip


@blueprint.get("/complaints.<any(json, csv, xlsx):suffix>")
@requires(Permission.EXPORT_LISTS)
def download(suffix: str) -> Response:
    """The list as a file: numbers, days and states; who took it is an event."""
    session, me, tab = database(), require_principal(), request.args.get("tab", Tab.TRIAGE.value)
    cases = list_cases(session, me, tab=tab, limit=MOST_EXPORTED)
    names = divisions.names_of(session, {case.division_code for case in cases})
    witness("list.exported", [("list", "complaints")], seen={"tab": tab})  # a count would tell whether there is one
    return exports.download(rows(cases, names), columns(), "complaints", suffix)


@blueprint.get("/complaints/<locator>")
@requires(WORK)
def show(locator: str) -> str:
    """One complaint; with an opened room also what was written."""
    return _page(case_of(locator))


def _page(case: Case, error: ProductError | None = None, **sent: Form) -> str:
    forms = {name: (sent.get(name) or form(formdata=None)).told_apart(name) for name, form in FORMS.items()}
    it = page_of(case, None if error or sent else opened())  # what is rolled back must not have shown anything
    tried = (request.view_args or {}).get("step")
    return render_template(
        "supervision/complaint.html", it=it, c=case, error=error, failed=bool(error or sent), words=words,
        trail_words=trail_words,
        today=today_cn(), steps=_step_forms(it.may, tried, forms["step"]), **forms,
    )  # fmt: skip


def _step_forms(may: Sequence[Step], tried: str | None, sent: Form) -> dict[Step, Form]:
    """A form for each step, told apart: what was typed for one stands there and nowhere else."""
    return {
        one: (sent if one == tried else StepForm(formdata=None)).told_apart(f"step-{n}") for n, one in enumerate(may)
    }


@blueprint.get("/complaints/<locator>/files/<int:file_id>")
@requires(WORK)
def attachment(locator: str, file_id: int) -> Response:
    """One file, opened in memory and handed over as a download."""
    case = case_of(locator)
    found = open_one(database(), complaint_of(case), file_id, files_dir(), need_opened())
    witness("complaint.file_read", [("complaint", case.locator)])
    answer = Response(found.data, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{file_id}{words.EXTENSIONS.get(found.facts.media_type, "")}"'
    )
    return answer


@blueprint.get("/complaints/<locator>/files/<int:file_id>/pages/<int:number>")
@requires(WORK)
def paper(locator: str, file_id: int, number: int) -> str:
    """One page of a PDF as a picture: the paper itself is opened in the jail and never in the browser."""
    case = case_of(locator)
    found = open_one(database(), complaint_of(case), file_id, files_dir(), need_opened())
    if found.facts.media_type != PDF:
        raise NotFound("没有这个附件", fix="刷新页面")
    witness("complaint.file_read", [("complaint", case.locator)])
    drawn = draw_page(found.data, number)
    picture = b64encode(drawn.picture).decode()
    return render_template(
        "supervision/complaint_paper.html", c=case, file_id=file_id, number=number, page=drawn, picture=picture
    )


@blueprint.post("/complaints/<locator>/step/<step>")
@requires(WORK)
@writes
def stepped(locator: str, step: str) -> Page:
    """Take a step of the life cycle."""
    return _done(locator, StepForm, "step", lambda case, form: _step(case, _named(step), form))


def _named(step: str) -> Step:
    if step not in set(Step):
        raise NotFound("没有这一步", fix="刷新页面")
    return Step(step)


def _known(locator: str) -> str:
    """A number that somebody typed: one that he may not know of is a number that nobody knows."""
    return case_of(locator).locator if locator else ""


def _step(case: Case, step: Step, form: StepForm) -> None:
    session, note = database(), form.note.data or ""
    doer = doer_of(case.matter, case.state, step)
    if doer is Doer.DECIDER:
        access.check_scope(case.authority, DECIDE)
    if step in (Step.SEND_UP, Step.SEND_DOWN):
        send_on(session, case.locator, step, note, need_opened(), _act(), now_utc())
        return
    tells, answer = tells_writer(case.matter, case.state, step), (form.answer.data or "").strip()
    if tells and not answer:
        raise BadInput("没有写给反映人的答复", fix="写明结果和理由；反映人凭编号和查询码看到")
    details = actions.Details(
        note or answer, form.proposed.data or "", NAMES.split(form.studied_by.data or ""), form.evidence.data or (),
        earlier=_known((form.earlier.data or "").replace(" ", "")),
    )  # fmt: skip
    taken = actions.take_step(session, case.locator, step, doer, _act(), now_utc(), details)
    if tells:
        add_message(session, taken, answer, now_utc(), actor=require_principal().actor)


@blueprint.post("/complaints/<locator>/assign")
@requires(WORK)
@writes
def assigned(locator: str) -> Page:
    """Say who works on it: one of the organ who may know of it."""

    def assign(case: Case, form: AssignForm) -> None:
        if form.username.data not in page_of(case, None).colleagues:
            raise BadInput("这个人不能办这一件", why="不在本机关，或者应当回避", fix="从列出的人里选")
        actions.assign(database(), case.locator, form.username.data, _act(), now_utc())

    return _done(locator, AssignForm, "assign", assign)


@blueprint.post("/complaints/<locator>/longer")
@requires(WORK)
@writes
def longer(locator: str) -> Page:
    """Ask for an extension."""

    def ask(case: Case, form: LongerForm) -> None:
        actions.ask_longer(database(), case.locator, form.days.data, _act(form.why.data), now_utc())

    return _done(locator, LongerForm, "longer", ask)


@blueprint.post("/complaints/<locator>/longer/grant")
@requires(DECIDE)
@writes
def granted(locator: str) -> Page:
    """Grant it."""
    return _done(
        locator, None, "", lambda case, _form: actions.grant_longer(database(), case.locator, _act(), now_utc())
    )


@blueprint.post("/complaints/<locator>/reply")
@requires(WORK)
@writes
def replied(locator: str) -> Page:
    """Write to the writer: readable with the code of the receipt, and to the organs."""

    def reply(case: Case, form: ReplyForm) -> None:
        add_message(database(), complaint_of(case), form.words.data, now_utc(), actor=require_principal().actor)
        actions.sign_of_life(database(), case.locator, now_utc())

    return _done(locator, ReplyForm, "reply", reply)


@blueprint.post("/complaints/<locator>/malicious")
@requires(WORK)
@writes
def malicious(locator: str) -> Page:
    """Mark it as malicious, or agree to the mark."""
    return _done(
        locator, WhyForm, "malicious",
        lambda case, form: actions.mark_malicious(database(), case.locator, _act(form.why.data), now_utc()),
    )  # fmt: skip


@blueprint.post("/complaints/<locator>/identity")
@requires(WORK)
@writes
def identity_asked(locator: str) -> Page:
    """Ask to see who wrote, with a reason."""
    return _done(
        locator, WhyForm, "identity",
        lambda case, form: openings.ask_identity(database(), case.locator, _act(form.why.data), now_utc()),
    )  # fmt: skip


@blueprint.post("/complaints/<locator>/accused")
@requires(WORK)
@writes
def accused(locator: str) -> Page:
    """Name a further accused: it is routed anew."""

    def add(case: Case, form: AccusedForm) -> None:
        name, unit = form.name.data or "", form.unit.data or ""
        add_accused(database(), case.locator, name, unit, need_opened(), _act(), now_utc())

    return _done(locator, AccusedForm, "accused", add)


def _act(why: str | None = "") -> Act:
    return Act(require_principal().actor, why or "", request_no())


def _done(locator: str, kind: type[Form] | None, name: str, do: Callable[[Case, Any], object]) -> Page:
    """Act on a complaint that one may know, and go back to it; to the list when it has gone to another organ."""
    case = case_of(locator)
    form = kind.from_request() if kind is not None else StepForm(formdata=None)
    if kind is not None and not form.sent_well():
        return _page(case, **{name: form}), 422
    try:
        if not taken_before():
            do(case, form)
    except NotFound:
        raise
    except ProductError as error:
        return _page(case, error, **({name: form} if name else {})), error.status
    return redirect(access.path_of(f"{AT}/{locator}" if _still_mine(locator) else AT), 303)


def _still_mine(locator: str) -> bool:
    """Whether it is still the person's to know: what he did may have taken it from him."""
    try:
        return case_of(locator) is not None
    except NotFound:
        return False
