"""`/me/helper`: who helps, the visits recorded about the household, 来过 / 没来过 / 记不清; `/me/seen`: who looked at its file."""

from __future__ import annotations

from flask import redirect
from werkzeug.wrappers import Response

from portal.kernel.errors import BadInput
from portal.public.door import door
from portal.public.forms.me import VisitForm
from portal.public.own_pages import comes_first, frame, page
from portal.public.pages.me_helper import say_about_visit, visits_about
from portal.public.pages.me_seen import looks_at
from portal.registers.helpers.check_ins.answers.queries import Recollection
from portal.registers.helpers.check_ins.queries import Context
from portal.web import access
from portal.web.access import household
from portal.web.errors import request_no
from portal.web.household import current_household
from portal.web.sessions import database, installation, writes

Page = str | tuple[str, int] | Response


@door.get("/me/helper")
@household
@comes_first
def me_helper() -> Page:
    """Who helps me and which visits are recorded."""
    return page("public/me_helper.html", visits=visits_about(database(), frame().home.id))


@door.post("/me/helper/<claim_id>")
@household
@writes
@comes_first
def me_visit(claim_id: str) -> Page:
    """Whether a visit was made; the household may change its word, and the earlier one stays in the history."""
    form, me = VisitForm.from_request(), current_household()
    if not form.validate():
        raise BadInput("没有选", fix="选 来过、没来过 或 记不清")
    context = Context(me.actor, installation().settings.files_dir, request_no())
    say_about_visit(database(), context, me, claim_id, Recollection(form.answer.data))
    return redirect(access.path_of(f"/me/helper#{claim_id}"), 303)


@door.get("/me/seen")
@household
@comes_first
def me_seen() -> Page:
    """Who looked at my file."""
    return page("public/me_seen.html", looks=looks_at(database(), frame().no))
