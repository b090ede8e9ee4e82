"""/supervision/leads: leads that stand open, one with its evidence, and what a named person finds about it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.kernel.database import now_utc
from portal.kernel.errors import BadFields, BadInput, NotFound, ProductError
from portal.oversight.leads.exceptions.actions import confirm_exception, propose_exception
from portal.oversight.leads.exceptions.queries import list_exceptions
from portal.oversight.leads.findings.queries import Finding
from portal.oversight.leads.noting.actions import kept_as
from portal.oversight.leads.queries import LeadSeen, count_waiting, list_leads
from portal.oversight.leads.rounds.actions import conclude, decide, keep_photo, record_visit, review
from portal.oversight.leads.rounds.queries import Disposition, list_rounds, open_photo
from portal.oversight.leads.rounds.rules import OnSite
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.web import access
from portal.web import lead_words as words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.forms import Form
from portal.web.hidden_cursors import turn_hidden
from portal.web.once import taken_before
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.witness import witness
from supervision.forms.leads import UPLOADS, DecideForm, ExceptionForm, FindingForm, ReviewForm, VisitForm
from supervision.lead_pages import lead_of, my_leads, page_of, refuse_finding

blueprint = Blueprint("supervision_leads", __name__, template_folder="../templates", url_prefix="/supervision/leads")
Page = str | tuple[str, int] | Response
FILTERS = ("rule", "status", "severity")
FORMS: dict[str, type[Form]] = {
    "form": FindingForm, "visit": VisitForm, "reviewing": ReviewForm, "deciding": DecideForm, "excepting": ExceptionForm,
}  # fmt: skip


@blueprint.get("")
@requires(Permission.VIEW_LEADS)
def index() -> str:
    """The leads of my places that are open to others than the person concerned, the latest first."""
    session, wanted = database(), {name: request.args.get(name, "") for name in FILTERS}
    mine = my_leads(**wanted)
    listed = turn_hidden(
        request.args.get("after"), 1, lambda start, n: list_leads(session, mine, start, n), lambda lead: (lead.id,)
    )
    return render_template(
        "supervision/leads.html", listed=listed, wanted=wanted, words=words, waiting=count_waiting(session, mine),
        rules={rule.code: rule.title for rule in RULES.all() if rule.code in my_leads().rules}, url=_address(wanted),
        names=divisions.names_of(session, {lead.division_code for lead in listed.rows if lead.division_code}),
    )  # fmt: skip


def _address(wanted: dict[str, str]) -> object:
    def url(after: str | None) -> str:
        given = {name: value for name, value in {**wanted, "after": after or ""}.items() if value}
        return access.path_of("/supervision/leads") + (f"?{urlencode(given)}" if given else "")

    return url


@blueprint.get("/<lead_no>")
@requires(Permission.VIEW_LEADS)
def show(lead_no: str) -> str:
    """One lead: what was seen, what was asked and answered, what the household says, what was found."""
    lead = lead_of(lead_no, Permission.VIEW_LEADS)
    witness(*kept_as("lead.read", lead.lead_no, lead.subject_kind, lead.subject_no))
    return _page(lead)


Forms = dict[str, Form]


def _page(lead: LeadSeen, error: ProductError | None = None, **sent: Form) -> str:
    forms: Forms = {name: made(formdata=None) for name, made in FORMS.items()}
    it = page_of(lead, require_principal())
    return render_template("supervision/lead.html", it=it, **{**forms, **sent}, error=error, words=words, sent=sent)


def _done(lead: LeadSeen, name: str, form: Form, act: Callable[[], object]) -> Page:
    """Do it and show the lead again; refused, the form comes back as it was filled."""
    try:
        refuse_finding(lead, require_principal())
        if not taken_before():
            act()
    except BadFields as error:
        for problem in error.errors:
            form.blame(BadInput(problem.message), problem.field)
        return _page(lead, **{name: form}), 422
    except BadInput as error:
        if error.code != "bad_photo":
            return _page(lead, error, **{name: form}), error.status
        form.blame(error, "photo")
        return _page(lead, **{name: form}), 422
    except ProductError as error:
        return _page(lead, error, **{name: form}), error.status
    return redirect(access.path_of(f"/supervision/leads/{lead.lead_no}"), 303)


def _act(why: str) -> Act:
    return Act(require_principal().actor, why, request_no())


@blueprint.post("/<lead_no>/find")
@requires(Permission.VERIFY_LEADS)
@writes
def found(lead_no: str) -> Page:
    """A named person writes down what he found. Nobody does so about himself, nor before the hearing is over."""
    lead, form = lead_of(lead_no, Permission.VERIFY_LEADS), FindingForm.from_request()
    if not form.sent_well():
        return _page(lead, form=form), 422
    finding = Finding(form.finding.data)
    return _done(lead, "form", form, lambda: conclude(database(), lead_no, finding, _act(form.why.data), now_utc()))


@blueprint.post("/<lead_no>/visit")
@requires(Permission.VERIFY_LEADS, files=UPLOADS)
@writes
def visited(lead_no: str) -> Page:
    """Two persons were there: who, when, what was said first, what was seen, with a photo."""
    lead, form = lead_of(lead_no, Permission.VERIFY_LEADS), VisitForm.from_request()
    if not form.sent_well():
        return _page(lead, visit=form), 422
    return _done(lead, "visit", form, lambda: _record(lead_no, form))


def _record(lead_no: str, form: VisitForm) -> None:
    sent = request.files.get("photo")
    data = sent.read() if sent else b""
    photo = keep_photo(database(), installation().settings.files_dir, data) if data else ""
    seen = OnSite(
        form.visited_on.data, form.first.data or "", form.second.data or "", form.speaker.data or "",
        form.said.data or "", form.found.data or "", photo,
    )  # fmt: skip
    record_visit(database(), lead_no, seen, _act("入户核实"), now_utc())


@blueprint.post("/<lead_no>/review")
@requires(Permission.REVIEW_LEADS)
@writes
def reviewed(lead_no: str) -> Page:
    """县级复核, by another person than who verified."""
    lead, form = lead_of(lead_no, Permission.REVIEW_LEADS), ReviewForm.from_request()
    if not form.sent_well():
        return _page(lead, reviewing=form), 422
    agrees, act = form.agrees.data == "yes", _act(form.review_why.data)
    return _done(lead, "reviewing", form, lambda: review(database(), lead_no, act, now_utc(), agrees=agrees))


@blueprint.post("/<lead_no>/decide")
@requires(Permission.SETTLE_LEADS)
@writes
def decided(lead_no: str) -> Page:
    """处置, by a third person; what changes a register is that register's own procedure."""
    lead, form = lead_of(lead_no, Permission.SETTLE_LEADS), DecideForm.from_request()
    if not form.sent_well():
        return _page(lead, deciding=form), 422
    what, act = Disposition(form.disposition.data), _act(form.decide_why.data)
    return _done(lead, "deciding", form, lambda: decide(database(), lead_no, what, act, now_utc()))


@blueprint.post("/<lead_no>/exception")
@requires(Permission.VERIFY_LEADS)
@writes
def excepted(lead_no: str) -> Page:
    """An exception: the first to send it proposes, another confirms."""
    lead, form = lead_of(lead_no, Permission.VERIFY_LEADS), ExceptionForm.from_request()
    if not form.sent_well():
        return _page(lead, excepting=form), 422
    waits = any(row.confirmed_by is None and row.ended_at is None for row in list_exceptions(database(), lead.id))
    step = confirm_exception if waits else propose_exception
    return _done(lead, "excepting", form, lambda: step(database(), lead_no, _act(form.exception_why.data), now_utc()))


@blueprint.get("/<lead_no>/photos/<digest>")
@requires(Permission.VERIFY_LEADS)
def photo(lead_no: str, digest: str) -> Response:
    """The rebuilt picture of a visit on site; that it was looked at is recorded."""
    lead = lead_of(lead_no, Permission.VERIFY_LEADS)
    if digest not in {row.photo for row in list_rounds(database(), lead.id)}:
        raise NotFound("没有这张照片", fix="从疑点页面打开")
    witness("lead.photo.read", [("lead", lead_no)])
    return Response(open_photo(database(), installation().settings.files_dir, digest), mimetype="image/jpeg")
