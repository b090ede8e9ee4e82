"""/console/households/<no>/timeline: everything that is recorded about a household, as its office may see it."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request

from portal.accounts.permissions import Permission
from portal.analysis.timeline.disclosure import Audience, for_office
from portal.analysis.timeline.rules import Kind
from portal.registers.recipients import queries
from portal.web import access, timelines
from portal.web.access import requires
from portal.web.sessions import database
from portal.web.witness import witness

blueprint = Blueprint("console_timelines", __name__, template_folder="../templates", url_prefix="/console")
LINKS = {
    Kind.INCOME.value: "/console/incomes/",
    Kind.PAYMENT.value: "/console/payments/",
    Kind.STEP.value: "/console/procedures/",
}


@blueprint.get("/households/<no>/timeline")
@requires(Permission.VIEW_HOUSEHOLDS)
def show(no: str) -> str:
    """The timeline; that it was looked at is recorded."""
    home = queries.get_household(database(), no)
    place = home.values["division_code"]
    access.check_scope(place, Permission.VIEW_HOUSEHOLDS)
    tell = partial(for_office, full=access.can(Permission.REVEAL_SEALED, place))
    page = timelines.page_of(home, Audience.OFFICE, tell)
    witness("household.timeline.read", [("household", no)])
    visits = {Kind.VISIT.value: "/console/visits/"} if access.can(Permission.VIEW_HELPERS, place) else {}
    leads = {Kind.LEAD.value: "/supervision/leads/"} if access.can(Permission.VIEW_LEADS, place) else {}
    return render_template(
        "console/household_timeline.html", no=no, page=page, links=LINKS | visits | leads, tags=timelines.TAGS,
        kinds=[kind.value for kind in Kind], chosen=request.args.get("kind", ""),
        url=timelines.address(f"/console/households/{no}/timeline"),
    )  # fmt: skip
