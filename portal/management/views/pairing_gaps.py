"""/console/pairings/gaps: 三个一 — which households, weak villages and projects have nobody."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.management.place_choice import chosen_place
from portal.registers.divisions import queries as divisions
from portal.registers.helpers.pairings import queries
from portal.registers.projects.support.queries import projects_without
from portal.web.access import requires
from portal.web.sessions import database

blueprint = Blueprint("console_gaps", __name__, template_folder="../templates", url_prefix="/console")
SHOWN = 50


@blueprint.get("/pairings/gaps")
@requires(Permission.VIEW_HELPERS)
def index() -> str:
    """Each of the three: how many are helped, how many not, and the first of those to begin with."""
    session, today = database(), today_cn()
    place = chosen_place(request.args.get("division", ""))
    asked = (session, place.within, today, SHOWN)
    gaps = (
        (_("户"), "household_no", "/console/households/", queries.households_without(*asked)),
        (_("经济薄弱村"), "village_code", "/console/weak-villages?division=", queries.villages_without(*asked)),
        (_("项目（没有验收的）"), "project_code", "/console/projects/", projects_without(*asked)),
    )
    names = divisions.names_of(session, {code for *_rest, gap in gaps for _no, code in gap.first})
    return render_template("console/pairing_gaps.html", gaps=gaps, names=names, place=place, today=today)
