"""The gate before what is somebody's: which case or lead it is opened for, or why without one. Every page asks the same."""

from __future__ import annotations

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.oversight.reads.actions import Wish, open_read
from portal.oversight.reads.queries import Basis
from portal.oversight.reads.rules import LASTS, not_bound
from portal.web import access
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal
from supervision import trail_words as words
from supervision.forms.trail import BasisForm
from supervision.read_pages import Gate, Passage, gate_of

Page = str | tuple[str, int] | Response


def asked(passage: Passage, at: str) -> Page:
    """The form in place of the page `at`; what the address names (`?case=`, `?lead=`) is chosen already."""
    gate = gate_of(passage)
    return _page(gate, at, _form(gate, _begun(gate)), not_bound()), 403


def _begun(gate: Gate) -> BasisForm:
    case_no, lead_no = request.args.get("case", ""), request.args.get("lead", "")
    if case_no in {case.no for case in gate.cases}:
        return BasisForm(formdata=None, basis=Basis.CASE.value, case_no=case_no)
    if lead_no in gate.leads:
        return BasisForm(formdata=None, basis=Basis.LEAD.value, lead_no=lead_no)
    return BasisForm(formdata=None)


def answered(passage: Passage, at: str) -> Page:
    """What was said on it: then everything about the subject is open for a working day. In the writing session."""
    gate = gate_of(passage)
    form = _form(gate, BasisForm.from_request())
    if not form.sent_well():
        return _page(gate, at, form, None), 422
    try:
        _open(passage, gate, form)
    except ProductError as error:
        return _page(gate, at, form, error), error.status
    return redirect(access.path_of(at), 303)


def _form(gate: Gate, form: BasisForm) -> BasisForm:
    form.case_no.choices = [("", "—"), *((case.no, case.no) for case in gate.cases)]
    form.lead_no.choices = [("", "—"), *((no, no) for no in gate.leads)]
    return form


def _page(gate: Gate, at: str, form: BasisForm, error: ProductError | None) -> str:
    return render_template(
        "supervision/trail_gate.html", gate=gate, at=at, form=form, error=error, words=words,
        hours=LASTS.total_seconds() // 3600,
    )  # fmt: skip


def _open(passage: Passage, gate: Gate, form: BasisForm) -> None:
    wish = Wish(Basis(form.basis.data), form.case_no.data or "", form.lead_no.data or "", form.why.data or "")
    cases = [case.no for case in gate.cases]
    subject = (passage.kind, passage.no)
    open_read(
        database(), require_principal(), subject, passage.division, wish, cases, gate.leads, now_utc(), request_no()
    )
