"""/console/visits/<id>: one visit with its evidence, its photos, and a person's judgement; opening an original is an act."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, Response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.checks.actions import refresh_rule
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import visit_words as words
from portal.management.forms.visits import JudgeForm, OriginalForm
from portal.management.visit_pages import page_of, visit_of
from portal.registers.corrections import Act
from portal.registers.helpers.check_ins.boards.queries import OneVisit, derivative_of
from portal.registers.helpers.check_ins.judgements.actions import judge
from portal.registers.helpers.check_ins.photos.actions import open_original
from portal.registers.helpers.check_ins.photos.queries import photos_of
from portal.registers.helpers.check_ins.queries import Context, State
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, short_write, writes
from portal.web.sign_in import step_up
from portal.web.witness import witness

blueprint = Blueprint("console_visit", __name__, template_folder="../templates", url_prefix="/console/visits")
Page = str | tuple[str, int] | Response | AnyResponse


@blueprint.get("/<claim_id>")
@requires(Permission.VIEW_HELPERS)
def show(claim_id: str) -> str:
    """One visit: when and where in words, what was done, what the evidence looks like, who said what."""
    visit = visit_of(claim_id, Permission.VIEW_HELPERS)
    witness("check_in.read", [("check_in", claim_id), ("household", visit.household_no)])
    return _page(visit)


def _page(visit: OneVisit, **said: object) -> str:
    given = {"form": JudgeForm(formdata=None), "ask": OriginalForm(formdata=None), **said}
    return render_template("console/visit_show.html", it=page_of(visit), words=words, now=now_utc(), **given)


@blueprint.post("/<claim_id>/judge")
@requires(Permission.JUDGE_VISITS)
@writes
def judged(claim_id: str) -> Page:
    """A person says whether the visit counts; nothing else ever does."""
    visit, form = visit_of(claim_id, Permission.JUDGE_VISITS), JudgeForm.from_request()
    if not form.sent_well():
        return _page(visit, form=form), 422
    try:
        act = Act(require_principal().actor, form.why.data, request_no())
        judge(database(), claim_id, State(form.verdict.data), act, now_utc())
    except ProductError as error:
        return _page(visit, form=form, error=error), error.status
    return redirect(access.path_of(f"/console/visits/{claim_id}"), 303)


@blueprint.get("/<claim_id>/photos/<int:photo_id>")
@requires(Permission.VIEW_HELPERS)
def photo(claim_id: str, photo_id: int) -> Response:
    """The rebuilt picture, without metadata."""
    visit = visit_of(claim_id, Permission.VIEW_HELPERS)
    picture = derivative_of(database(), installation().settings.files_dir, visit.row.id, photo_id)
    return Response(picture, content_type="image/jpeg")


@blueprint.post("/<claim_id>/photos/<int:photo_id>/original")
@requires(Permission.REVEAL_SEALED)
def original(claim_id: str, photo_id: int) -> Page:
    """The picture as it was uploaded, on this answer only: reason, event, the day's quota; beyond it a fresh code."""
    visit, ask = visit_of(claim_id, Permission.REVEAL_SEALED), OriginalForm.from_request()
    if photo_id not in {p.id for p in photos_of(database(), [visit.row.id]).get(visit.row.id, ())}:
        raise NotFound("没有这张照片", fix="从走访的页面重新进入")
    try:
        if code := (ask.code.data or "").strip():
            step_up(require_principal().username, code)
        act = Act(require_principal().actor, ask.why.data or "", request_no(), stepped_up=bool(code))
        picture = _opened(photo_id, act)
    except ProductError as error:
        stepping = photo_id if error.code == "over_quota" or ask.code.data else None
        return _page(visit, ask=ask, error=error, stepping=stepping), error.status
    return _page(visit, original=(photo_id, b64encode(picture).decode()))


def _opened(photo_id: int, act: Act) -> bytes:
    """The act in its own transaction, which is kept when the quota refuses: that it was asked is recorded."""
    context = Context(act.actor, installation().settings.files_dir, act.request_id)
    refused: ProductError | None = None
    picture = b""
    with short_write() as session:
        try:
            picture = open_original(session, context, photo_id, act, now_utc())
        except ProductError as error:
            if error.code != "over_quota":
                raise
            refresh_rule(session, "S06", as_of=today_cn(), actor=act.actor)
            refused = error
    if refused is not None:
        raise refused
    return picture
