"""`/me/help`: ask for help for oneself; `/me/exit`: what is going on about the household, agree or not, leave of one's own will."""

from __future__ import annotations

from flask import redirect
from werkzeug.wrappers import Response

from portal.kernel.database import now_utc
from portal.kernel.errors import BadFields, BadInput, ProductError
from portal.public.door import door
from portal.public.forms.me import ExitForm, OwnHelpForm, ReconfirmForm
from portal.public.own_pages import comes_first, frame, page, question
from portal.public.pages.me_exit import exit_page
from portal.public.pages.me_help import ask_for_oneself, own_requests
from portal.registers.recipients.procedures.actions import agree_to_exit, withdraw_voluntarily
from portal.registers.recipients.procedures.queries import Through
from portal.registers.recipients.procedures.reconfirmations.actions import answer_reconfirmation
from portal.registers.recipients.procedures.reconfirmations.queries import Response as Word
from portal.web import access
from portal.web.access import household
from portal.web.errors import request_no
from portal.web.household import current_household
from portal.web.sessions import database, installation, writes

Page = str | tuple[str, int] | Response


@door.get("/me/help")
@household
@comes_first
def me_help() -> Page:
    """What is wrong, by one tap; below, what was asked before."""
    return _help(OwnHelpForm(formdata=None))


def _help(form: OwnHelpForm, error: ProductError | None = None) -> Page:
    requests = own_requests(database(), frame().home.id, installation().keyring)
    status = error.status if error else 200
    return page("public/me_help.html", form=form, requests=requests, error=error), status


@door.post("/me/help")
@household(max_body=20_000)
@writes
@comes_first
def me_ask() -> Page:
    """Take it: sealed on arrival, two visitors within the working days that the page then says."""
    form, keyring = OwnHelpForm.from_request(), installation().keyring
    typed = form.kind.data or "", form.phone.data or "", form.words.data or ""
    try:
        ask_for_oneself(database(), frame(), current_household(), keyring, typed, now_utc(), request_no())
    except BadFields as error:
        form.blame_known(error)
        return _help(form, error)
    return redirect(access.path_of("/me/help#asked"), 303)


@door.get("/me/exit")
@household
@comes_first
def me_exit() -> Page:
    """Where everything about the household stands, what comes next and by when."""
    return _exit()


def _exit(error: ProductError | None = None) -> Page:
    shown = exit_page(database(), frame())
    return page("public/me_exit.html", shown=shown, error=error), error.status if error else 200


@door.post("/me/exit")
@household
@writes
@comes_first
def me_agree() -> Page:
    """同意 or 不同意 to leave the list. 不同意 stops the exit; 同意 is no substitute for the sheet signed before two visitors."""
    form, me = ExitForm.from_request(), current_household()
    if not form.validate():
        return _exit(BadInput("没有选", fix="选 同意 或 不同意"))
    try:
        agreed = form.agreed.data == "yes"
        agree_to_exit(database(), me.household_id, agreed, Through.PAGE, now_utc(), actor=me.actor)
    except ProductError as error:
        return _exit(error)
    return redirect(access.path_of("/me/exit"), 303)


@door.post("/me/exit/withdraw")
@household
@writes
@comes_first
def me_withdraw() -> Page:
    """The household wants to leave by itself: opens the procedure, which counts with the form signed before two."""
    me = current_household()
    try:
        withdraw_voluntarily(database(), me.household_id, me.actor, Through.PAGE, now_utc())
    except ProductError as error:
        return _exit(error)
    return redirect(access.path_of("/me/exit"), 303)


@door.post("/me/reconfirm")
@household(max_body=20_000)
@writes
def me_reconfirm() -> Page:
    """The household's one answer to a declared difference."""
    form, asked, me = ReconfirmForm.from_request(), frame().must_answer, current_household()
    if asked is None:
        return redirect(access.path_of("/me"), 303)
    try:
        if form.response.data not in set(Word):
            raise BadInput("没有选一种答复", fix="从四种答复里选")
        said, words = Word(form.response.data), form.words.data or ""
        answer_reconfirmation(database(), asked.no, said, words, Through.PAGE, me.actor, now_utc())
    except ProductError as error:
        return question(form, error=error), error.status
    return redirect(access.path_of("/me/exit"), 303)
