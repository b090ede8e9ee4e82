"""/supervision/trail/<kind>/<no>: the chronology of one thing, as it stood on a day, and on whose behalf one looks."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import start_of_day_cn, today_cn
from portal.kernel.errors import BadInput
from portal.oversight.cases.queries import CaseRef
from portal.oversight.reads.rules import BOUND
from portal.registers.rebuilt import Rebuilt, rebuild
from portal.web import access
from portal.web.access import requires
from portal.web.sessions import database, writes
from supervision import trail_words as words
from supervision.case_links import known_cases
from supervision.case_sources import LINKABLE, number_of
from supervision.gates import answered, asked
from supervision.read_pages import passage_to, registered, trail_number
from supervision.trail_pages import chronology

blueprint = Blueprint("supervision_trail", __name__, template_folder="../templates", url_prefix="/supervision/trail")
Page = str | tuple[str, int] | Response
TRACED = ("payment", "allocation", "household")


@blueprint.get("")
@requires(Permission.VIEW_TRAIL)
def find() -> Page:
    """Which thing is looked for; the form of this page."""
    kind, no = request.args.get("kind", ""), request.args.get("no", "").strip()
    if kind and no:
        return redirect(access.path_of(f"/supervision/trail/{kind}/{no}"), 303)
    return render_template("supervision/trail_find.html", kinds=KINDS, words=words, bound=BOUND)


KINDS = (
    "household",
    "payment",
    "allocation",
    "project",
    "helper",
    "unit",
    "account",
    "income",
    "check_in",
    "programme",
)


@blueprint.get("/<kind>/<path:no>")
@requires(Permission.VIEW_TRAIL)
def show(kind: str, no: str) -> Page:
    """Everything the trail has about one thing; first on whose behalf it is looked at, where it is somebody's."""
    no = trail_number(kind, no)
    passage = passage_to(kind, no)
    if not passage.is_open:
        return asked(passage, f"/supervision/trail/{kind}/{no}")
    it = chronology(kind, no, request.args.get("after"))
    return render_template(
        "supervision/trail.html", it=it, passage=passage, words=words, then=_then(kind, no), today=today_cn(),
        url=_address(kind, no), linkable=kind in LINKABLE, linked=_linked(kind, no),
        traced=kind in TRACED and access.can(Permission.TRACE_MONEY),
    )  # fmt: skip


def _linked(kind: str, no: str) -> list[CaseRef]:
    """The cases about it that the person may know of."""
    found = LINKABLE.get(kind)
    return known_cases(found, number_of(found, no)) if found is not None else []


def _address(kind: str, no: str) -> object:
    def url(after: str | None) -> str:
        return access.path_of(f"/supervision/trail/{kind}/{no}") + (f"?after={after}" if after else "")

    return url


def _then(kind: str, no: str) -> Rebuilt | None:
    """The record as it stood at the end of the day that the address names; of today where it names none."""
    said = request.args.get("as_of", "").strip()
    try:
        day = date.fromisoformat(said) if said else today_cn()
    except ValueError:
        raise BadInput(f"“回到某一天”的日期“{said[:20]}”看不懂", fix="写成 2026-01-31 这样") from None
    if day > today_cn():
        raise BadInput(f"“回到某一天”的日期“{said}”还没有到", fix="写今天或以前的日子")
    record = registered(kind, no)
    return None if record is None else rebuild(database(), record, start_of_day_cn(day + timedelta(days=1)))


@blueprint.post("/<kind>/<path:no>")
@requires(Permission.VIEW_TRAIL)
@writes
def opened(kind: str, no: str) -> Page:
    """Say on behalf of what; then it is open for a working day."""
    return answered(passage_to(kind, no, answers=True), f"/supervision/trail/{kind}/{no}")
