"""/supervision/: the inbox. By mouse, by keyboard, without a script; what was done with many is undone with one press."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput
from portal.oversight.leads.assigning import actions
from portal.oversight.leads.searches.actions import remove_search, save_search
from portal.registers.corrections import Act
from portal.web import access
from portal.web import lead_words as words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes
from supervision.inbox_pages import check_numbers, inbox_of

blueprint = Blueprint("supervision", __name__, template_folder="../templates", url_prefix="/supervision")
BACK = frozenset({"tab", "rule", "family", "severity", "trend", "place", "due", "person"})


@blueprint.get("/")
@requires(Permission.VIEW_LEADS)
def index() -> str:
    """The leads of a tab, those due first first."""
    it = inbox_of(request.args)
    rules = {rule.code: rule.title for rule in RULES.all() if rule.code in it.wanted.rules}
    return render_template(
        "supervision/inbox.html", it=it, words=words, rules=rules, done=request.args.get("done", ""),
        number=request.args.get("n", ""),
    )  # fmt: skip


def _back(**more: str) -> Response:
    """To the list from which the form was sent, with its filters."""
    kept = [(key, value) for key, value in parse_qsl(request.form.get("back", "")) if key in BACK]
    query = urlencode([*kept, *more.items()])
    return redirect(access.path_of("/supervision/") + (f"?{query}" if query else ""), 303)


def _act() -> Act:
    return Act(require_principal().actor, request.form.get("why", "").strip(), request_no())


@blueprint.post("/bulk")
@requires(Permission.ASSIGN_LEADS)
@writes
def bulk() -> Response:
    """Give the chosen leads to somebody, put them off, or bring them back: one act, one event."""
    numbers, form, at = request.form.getlist("lead"), request.form, now_utc()
    check_numbers(numbers)
    match form.get("do", ""):
        case "assign":
            done = actions.assign(
                database(),
                numbers,
                _act(),
                at,
                person=form.get("person", "").strip(),
                division=form.get("division", "").strip(),
            )
        case "snooze":
            done = actions.snooze(database(), numbers, _day(form.get("until", "")), _act(), at)
        case "wake":
            done = actions.wake(database(), numbers, _act(), at)
        case _:
            raise BadInput("没有选办什么", fix="选分派、暂存或取消暂存", code="do")
    return _back(done=done, n=str(len(set(numbers))))


def _day(text: str) -> date | None:
    """A day as typed; None for "until it gets worse"."""
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise BadInput("日期看不懂", fix="写成 2026-12-01 这样", code="bad_day") from None


@blueprint.post("/undo")
@requires(Permission.ASSIGN_LEADS)
@writes
def undone() -> Response:
    """Take one's own last act on many back."""
    actions.undo(database(), request.form.get("done", ""), _act(), now_utc())
    return _back()


@blueprint.post("/searches")
@requires(Permission.VIEW_LEADS)
@writes
def saved() -> Response:
    """Keep the present filters under a name."""
    save_search(
        database(), require_principal().actor, request.form.get("name", ""), request.form.get("back", ""), now_utc()
    )
    return _back()


@blueprint.post("/searches/<int:search_id>/remove")
@requires(Permission.VIEW_LEADS)
@writes
def removed(search_id: int) -> Response:
    """Take a saved search away."""
    remove_search(database(), require_principal().actor, search_id, now_utc())
    return _back()
