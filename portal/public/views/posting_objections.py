"""Objections to a notice by anybody: taken without an account, and `/postings/<no>/objections/<number>`: what came of one."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.public.door import door
from portal.public.forms.need_help import CodeForm
from portal.public.pages import postings as pages
from portal.publishing.notices.objections.actions import receive_objection
from portal.publishing.notices.objections.queries import Asked, find_asked
from portal.publishing.notices.objections.rules import read_no
from portal.registers.recipients.requests.rules import new_code, read_code
from portal.web import access, receipts
from portal.web import postings as shared
from portal.web.access import public
from portal.web.filters import today
from portal.web.networks import network_mark
from portal.web.rates import Rate, TooOften, wait_for
from portal.web.sessions import database, short_write

MAX_BODY = 20_000
PURPOSE = "objection"
ONE = Rate("objection.network", 10, 1 / 120)
EVERYBODY = Rate("objection.all", 200, 1.0)
TRIES = Rate("objection.code", 5, 5 / 3600)


@door.post("/postings/<no>")
@public(csrf=False, max_body=MAX_BODY)
def posting_objected(no: str) -> Response | tuple[str, int]:
    """An objection: no log-in, no script; sealed on arrival. What was typed is never repeated in an answer."""
    view = pages.posting_view(database(), no, today())
    try:
        number, code = _take(no)
    except ProductError as error:
        response = make_response(shared.page(view, error=error), error.status)
        if (seconds := getattr(error, "retry_after", None)) is not None:
            response.headers["Retry-After"] = str(seconds)
        return response
    return render_template("public/posting_objected.html", view=view, number=number, code=code), 201


def _take(no: str) -> tuple[str, str]:
    """Limits first, then the receipt's costly hash, then one short transaction; the number and the code."""
    for rate, who in ((ONE, network_mark()), (EVERYBODY, "")):
        if wait := wait_for(rate, who):
            raise TooOften(wait)
    code = new_code()
    code_hash = receipts.hash_secret(PURPOSE, read_code(code))
    text, contact = request.form.get("text", ""), request.form.get("contact", "")
    with short_write() as session:
        return receive_objection(session, no, text, contact, now_utc(), code_hash=code_hash), code


@door.get("/postings/<no>/objections")
@public
def posting_objection_find(no: str) -> AnyResponse | tuple[str, int]:
    """From the number on the receipt to its page."""
    if number := read_no(request.args.get("no", "")):
        return redirect(access.path_of(f"/postings/{no}/objections/{number}"), 303)
    return render_template("public/posting_objection.html", no=no, number="", form=None, told=None, error=None), 200


@door.get("/postings/<no>/objections/<locator>")
@public
def posting_objection(no: str, locator: str) -> Response | tuple[str, int]:
    """The page that asks for the code; the same for every number, known or not."""
    return _progress_page(no, read_no(locator), CodeForm.from_request(), None)


@door.post("/postings/<no>/objections/<locator>")
@public(max_body=MAX_BODY)
def posting_objection_progress(no: str, locator: str) -> Response | tuple[str, int]:
    """What came of it. Unknown numbers and wrong codes cost the same and are answered alike."""
    number, form = read_no(locator), CodeForm.from_request()
    if wait := wait_for(TRIES, number):
        raise TooOften(wait)
    asked = find_asked(database(), no, number)
    typed = read_code(form.code.data or "")
    is_right = receipts.secret_matches(PURPOSE, asked.code_hash if asked else None, typed)
    return _progress_page(no, number, form, asked if is_right else None, tried=True)


def _progress_page(no: str, number: str, form: CodeForm, told: Asked | None, *, tried: bool = False) -> tuple[str, int]:
    wrong = tried and told is None
    error = NotFound("编号或数字不对", fix="照回执再核对一遍；回执丢了，打公示上的电话，报编号") if wrong else None
    return render_template(
        "public/posting_objection.html", no=no, number=number, form=form, told=told, error=error
    ), 404 if wrong else 200
