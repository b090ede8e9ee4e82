"""`/q/<code>`: from the paper to the sign-in page; `/me/sign-in`: four digits; signing out, and 这不是我家.

The code stays in no address: it travels in a cookie that lives ten minutes. A card in force, a revoked one and a code that
nobody printed get the same page and cost the same.
"""

from __future__ import annotations

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.kernel.errors import NotAllowed, ProductError
from portal.public.door import door
from portal.public.forms.me_sign_in import DigitsForm
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.rules import NATION
from portal.registers.recipients.cards.sign_ins.rules import read_digits
from portal.web import access, household
from portal.web.access import public
from portal.web.filters import today
from portal.web.language import gettext as _
from portal.web.sessions import database

MAX_BODY = 4_000
SIGN_IN = "/me/sign-in"


@door.get("/q/<code>")
@public
def me_card(code: str) -> Response:
    """What the code of a card leads to. Nothing is looked up here: every code is answered alike."""
    access.refuse_plain_http()
    response = redirect(access.path_of(SIGN_IN), 303)
    household.carry_card(response, code)
    return response


@door.get(SIGN_IN)
@public
def me_sign_in() -> str | Response:
    """The page that asks for the four digits; whoever is signed in goes on."""
    if household.find_current_household() is not None and not household.carried_card():
        return redirect(access.path_of("/me"), 303)
    return _page(DigitsForm(formdata=None), bye=request.args.get("bye", ""))


@door.post(SIGN_IN)
@public(max_body=MAX_BODY)
def me_signed_in() -> Response:
    """Check the digits. A try counts before it is checked; four characters that cannot be the end of an ID do not."""
    access.refuse_plain_http()
    token, form = household.carried_card(), DigitsForm.from_request()
    digits = read_digits(form.digits.data or "")
    form.digits.data = ""
    if not token:
        return _refused(form, _no_card())
    if digits is None:
        form.digits.errors = [_("填身份证的最后四位，最后一位可以是 X")]
        return make_response(_page(form), 422)
    try:
        cookie = household.sign_in(token, digits)
    except ProductError as error:
        return _refused(form, error)
    response = redirect(access.path_of(household.carried_way()), 303)
    household.give_cookie(response, cookie)
    return response


def _no_card() -> NotAllowed:
    return NotAllowed("还没有扫卡，或者扫过已经超过十分钟", fix="再扫一次明白卡里面的码")


def _refused(form: DigitsForm, error: ProductError) -> Response:
    response = make_response(_page(form, error), error.status)
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _page(form: DigitsForm, error: ProductError | None = None, bye: str = "") -> str:
    hotline = value_for(database(), "hotlines", NATION, today()).text
    return render_template(
        "public/me_sign_in.html", form=form, error=error, bye=bye, hotline=hotline,
        has_card=bool(household.carried_card()), minutes=getattr(error, "minutes", None),
    )  # fmt: skip


@door.post("/me/sign-out")
@access.household
def me_signed_out() -> Response:
    """Sign out; the paper card opens the page again."""
    return _out("bye")


@door.post("/me/not-ours")
@access.household
def me_not_ours() -> Response:
    """这不是我家: out at once, and it is written down."""
    return _out("not-ours")


def _out(bye: str) -> Response:
    household.sign_out(not_ours=bye == "not-ours")
    response = redirect(access.path_of(f"{SIGN_IN}?bye={bye}"), 303)
    household.take_cookies(response)
    return response
