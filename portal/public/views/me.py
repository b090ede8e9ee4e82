"""`/me`: what the household received in a year, each item with 对 / 不对 / 不知道; `/me/items/<no>`: one of them, and what happens.

A declared difference that was put to the household comes before everything else, on each of its pages.
"""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, ProductError
from portal.public.door import door
from portal.public.forms.me import AnswerForm, DisputeForm
from portal.public.own_pages import comes_first, frame, page
from portal.public.pages.me import answer_text, asked_until, item_of, year_page
from portal.registers.funds.answering.actions import answer_item
from portal.registers.recipients.answers.actions import say_about_answer
from portal.registers.recipients.answers.queries import Word
from portal.web import access
from portal.web.access import household
from portal.web.errors import request_no
from portal.web.household import current_household
from portal.web.sessions import database, installation, writes

Page = str | tuple[str, int] | Response


@door.get("/me")
@household
@comes_first
def me() -> Page:
    """A year: the sum that arrived, every payment and income, what the household said to each."""
    whole = request.args.get("all") == "1"
    asked, until = request.args.get("year", ""), request.args.get("until", "")
    year = year_page(database(), frame().home, asked, whole, until, frame().today)
    return page("public/me.html", year=year)


@door.get("/me/items/<no>")
@household
@comes_first
def me_item(no: str) -> Page:
    """One item: what is recorded, what the household said, what comes next and by when."""
    return _item(no)


def _item(no: str, error: ProductError | None = None) -> Page:
    item = item_of(database(), frame().home, no)
    words, asks = answer_text(item, installation().keyring), request.args.get("say") == "wrong"
    return page("public/me_item.html", item=item, words=words, asks=asks, error=error), error.status if error else 200


@door.post("/me/items/<no>")
@household
@writes
@comes_first
def me_answer(no: str) -> Page:
    """One press of a button. Every answer is kept beside the others; 不对 opens a dispute and says by when it is answered."""
    form = AnswerForm.from_request()
    kind, _dash, subject_no = no.partition("-")
    try:
        taken = answer_item(
            database(), current_household(), kind, subject_no, form.answer.data or "", form.what.data or None, now_utc(),
            seen_version=form.version.data or None, request_id=request_no(),
        )  # fmt: skip
    except BadInput as error:
        return _item(no, error)
    year = (form.year.data or "")[:4]
    is_back = form.answer.data != Word.WRONG and year.isdigit() and taken.dispute_no is None
    return redirect(access.path_of(f"/me?year={year}{_whole()}#{no}" if is_back else f"/me/items/{no}"), 303)


def _whole() -> str:
    """The page of the whole year from which an answer came."""
    until = asked_until(request.args.get("until", ""))
    return "" if request.args.get("all") != "1" else f"&all=1&until={until}" if until else "&all=1"


@door.post("/me/items/<no>/reply")
@household
@writes
@comes_first
def me_reply(no: str) -> Page:
    """Whether the household accepts what it was told about its dispute; if not, somebody else looks again."""
    form = DisputeForm.from_request()
    item = item_of(database(), frame().home, no)
    if not form.validate() or item.dispute is None:
        return _item(no, BadInput("没有选", fix="选 认可 或 不认可"))
    try:
        accepts = form.accepts.data == "yes"
        say_about_answer(
            database(), current_household(), item.dispute.no, accepts, now_utc(), request_id=request_no()
        )  # fmt: skip
    except ProductError as error:
        return _item(no, error)
    return redirect(access.path_of(f"/me/items/{no}"), 303)
