"""/console/unreached: whom policies have not reached — by policy, and one household with every test and its source."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.analysis.entitled.actions import follow_up
from portal.analysis.entitled.queries import standings_of
from portal.analysis.entitled.reach.queries import (
    ReachState,
    UnreachedRow,
    count_unreached,
    get_unreached,
    latest_run,
    unreached_of,
)
from portal.analysis.entitled.rules import TRANSITIONS, Step
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management.forms.requests import FollowForm
from portal.management.unreached_list import STATE_TAGS, STATES
from portal.publishing.policies.queries import list_published
from portal.registers.corrections import Act
from portal.registers.divisions.queries import written_path
from portal.registers.recipients.disclosure import shown_name
from portal.registers.recipients.queries import get_household, list_persons
from portal.registers.sealed import seal_name
from portal.web import access, policy_words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, writes

blueprint = Blueprint("console_reach", __name__, template_folder="../templates", url_prefix="/console/unreached")
Page = str | tuple[str, int] | Response


@blueprint.get("/summary")
@requires(Permission.HANDLE_HELP)
def summary() -> str:
    """Per policy: how many households wait, and how many of them are late."""
    session = database()
    counts = count_unreached(session, access.scopes(Permission.HANDLE_HELP), today_cn())
    titles = {policy.slug: policy.title for policy in list_published(session)}
    return render_template(
        "console/unreached_summary.html", counts=counts, titles=titles, run=latest_run(session), states=STATES
    )


@blueprint.get("/households/<no>")
@requires(Permission.HANDLE_HELP)
def household(no: str) -> str:
    """Every policy for one household, with the trace."""
    home = get_household(database(), no)
    access.check_scope(home.values["division_code"], Permission.HANDLE_HELP)
    standings = standings_of(database(), home.id, today_cn())
    known = unreached_of(database(), home.id)
    return render_template(
        "console/unreached_household.html", home=home, standings=standings, known=known, **_words(home.id)
    )


@blueprint.get("/items/<int:row_id>")
@requires(Permission.HANDLE_HELP)
def show(row_id: int) -> Page:
    """One household and one policy, and what somebody found out."""
    return _page(_row(row_id), FollowForm(formdata=None))


@blueprint.post("/items/<int:row_id>")
@requires(Permission.HANDLE_HELP)
@writes
def followed(row_id: int) -> Page:
    """What somebody found out; no benefit is changed by it."""
    row, form = _row(row_id), FollowForm.from_request()
    if not form.sent_well():
        return _page(row, form), 422
    act = Act(require_principal().actor, "", request_no())
    try:
        follow_up(database(), row_id, Step(form.step.data), form.note.data or "", act, now_utc())
    except ProductError as error:
        return _page(row, form, error), error.status
    return redirect(access.path_of(f"/console/unreached/items/{row_id}"), 303)


def _row(row_id: int) -> UnreachedRow:
    row = get_unreached(database(), row_id)
    access.check_scope(row.division_code, Permission.HANDLE_HELP)
    return row


def _page(row: UnreachedRow, form: FollowForm, error: ProductError | None = None) -> str:
    session, today = database(), today_cn()
    standing = next(
        (s for s in standings_of(session, row.household_id, today) if s.finding.policy.slug == row.policy), None
    )
    note = None
    if row.note_sealed is not None and access.can(Permission.REVEAL_SEALED, row.division_code):
        note = installation().keyring.open_(row.note_sealed, seal_name("unreached", "note_sealed"))
    return render_template(
        "console/unreached_show.html", row=row, standing=standing, form=form, error=error, today=today, note=note,
        may=any(step in TRANSITIONS[ReachState(row.state)] for step in (Step.APPLY, Step.UNWILLING)), states=STATES, tags=STATE_TAGS,
        place=written_path(session, row.division_code), **_words(row.household_id),
    )  # fmt: skip


def _words(household_id: int) -> dict[str, object]:
    """Names of the members as this person may see them, and how conditions are said."""
    people = list_persons(database(), household_id)
    full = access.can(Permission.REVEAL_SEALED)
    names = {person.id: shown_name(person.values["name"], full) for person in people}
    return {"names": names, "words": policy_words}
