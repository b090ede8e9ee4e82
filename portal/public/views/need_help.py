"""`/need-help` 我要申报: pick the village, say what is wrong, get a receipt; and `/need-help/<locator>`: how far it is.

No log-in, no script needed. What is typed is sealed on arrival and stands in no address, log or cache.
"""

from __future__ import annotations

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.kernel.database import now_utc
from portal.kernel.errors import BadFields, NotFound, ProductError
from portal.public.door import door
from portal.public.forms.need_help import CodeForm, NeedHelpForm
from portal.public.pages.places import Picked, pick_place
from portal.registers.recipients.requests.actions import Accepted, ask_for_help
from portal.registers.recipients.requests.disclosure import Progress, progress
from portal.registers.recipients.requests.queries import Channel, find_asked
from portal.registers.recipients.requests.rules import new_code, read_code, read_no, read_wish
from portal.web import access, proof_of_work, receipts
from portal.web.access import public
from portal.web.errors import request_no
from portal.web.filters import today
from portal.web.rates import Rate, TooOften, wait_for
from portal.web.sessions import database, installation, short_write

GATE = proof_of_work.gate_of("need-help")
TRIES = Rate("need-help.code", 5, 5 / 3600)
PURPOSE = "need-help"
MAX_BODY = 20_000
Page = str | tuple[str, int] | Response


@door.get("/need-help")
@public
def need_help() -> str:
    """Pick the village; then the form."""
    place = pick_place(database(), request.args.get("at", ""), today())
    if not place.is_village:
        return render_template("public/need_help_place.html", place=place)
    return _page(place, NeedHelpForm.from_request())


@door.post("/need-help")
@public(max_body=MAX_BODY)
def need_help_sent() -> Page:
    """Take it: limits first, then the receipt's costly hash, then one short transaction."""
    form = NeedHelpForm.from_request()
    place = pick_place(database(), (form.at.data or "")[:12], today())
    try:
        read_wish(form.wish())
        accepted, code = _take(form, place)
    except BadFields as error:
        form.blame_all(error)
        return _page(place, form), error.status
    except ProductError as error:
        return _refused(place, form, error)
    return render_template("public/need_help_sent.html", accepted=accepted, code=code, place=place), 201


def _take(form: NeedHelpForm, place: Picked) -> tuple[Accepted, str]:
    with proof_of_work.admitted(GATE, form.altcha.data or "") as admission:
        code = new_code()
        code_hash = receipts.hash_secret(PURPOSE, read_code(code))
        with short_write() as session:
            spent = proof_of_work.spend(session, admission)
            accepted = ask_for_help(
                session, form.wish(), place.code, at=now_utc(), code_hash=code_hash, delay=spent.delay,
                channel=Channel.SLOW if spent.is_slow else Channel.WEB, request_id=request_no(),
            )  # fmt: skip
    return accepted, code


def _refused(place: Picked, form: NeedHelpForm, error: ProductError) -> Response:
    response = make_response(_page(place, form, error), error.status)
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _page(place: Picked, form: NeedHelpForm, error: ProductError | None = None) -> str:
    if not place.is_village:
        return render_template("public/need_help_place.html", place=place)
    form.at.data, form.altcha.data = place.code, ""
    challenge = proof_of_work.challenge(PURPOSE)
    return render_template("public/need_help.html", place=place, form=form, error=error, challenge=challenge)


@door.get("/need-help/find")
@public
def need_help_find() -> Page:
    """From the number on the receipt to its page."""
    if no := read_no(request.args.get("no", "")):
        return redirect(access.path_of(f"/need-help/{no}"), 303)
    return render_template("public/need_help_find.html")


@door.get("/need-help/<locator>")
@public
def need_help_asked(locator: str) -> str:
    """The page that asks for the secret; the same for every number, known or not."""
    return render_template(
        "public/need_help_progress.html", no=read_no(locator), form=CodeForm.from_request(), told=None
    )


@door.post("/need-help/<locator>")
@public(max_body=MAX_BODY)
def need_help_progress(locator: str) -> Page:
    """How far it is. Unknown numbers and wrong secrets cost the same and are answered alike."""
    no, form = read_no(locator), CodeForm.from_request()
    if wait := wait_for(TRIES, no):
        raise TooOften(wait)
    told = _progress(no, form.code.data or "")
    error = None if told else NotFound("编号或数字不对", fix="照回执再核对一遍；回执丢了，可以打电话问乡镇")
    return render_template(
        "public/need_help_progress.html", no=no, form=form, told=told, error=error
    ), 200 if told else 404


def _progress(no: str, typed: str) -> Progress | None:
    asked = find_asked(database(), no)
    if not receipts.secret_matches(PURPOSE, asked.code_hash if asked else None, read_code(typed)) or asked is None:
        return None
    return progress(asked.request, asked.head, installation().keyring)
