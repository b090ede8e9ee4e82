"""/supervision/households/<no>/timeline: everything that is recorded about a household, with what only supervision sees."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from portal.accounts.permissions import Permission
from portal.analysis.timeline.disclosure import Audience, for_supervision
from portal.analysis.timeline.rules import Kind
from portal.registers.recipients import queries
from portal.web import timelines
from portal.web.access import requires
from portal.web.sessions import database, writes
from supervision.gates import Page, answered, asked
from supervision.read_pages import passage_to

blueprint = Blueprint(
    "supervision_timelines", __name__, template_folder="../templates", url_prefix="/supervision/households"
)
OPENS = Permission.VIEW_SUPERVISION
LINKS = {
    Kind.INCOME.value: "/console/incomes/",
    Kind.PAYMENT.value: "/console/payments/",
    Kind.VISIT.value: "/console/visits/",
    Kind.LEAD.value: "/supervision/leads/",
}


@blueprint.get("/<no>/timeline")
@requires(OPENS)
def show(no: str) -> Page:
    """The whole timeline, for a case, a lead or a reason; that it was looked at is recorded with what it was opened for."""
    home = queries.get_household(database(), no)
    passage = passage_to("household", no, OPENS, "household.timeline.read")
    if not passage.is_open:
        return asked(passage, _at(no))
    page = timelines.page_of(home, Audience.SUPERVISION, for_supervision)
    return render_template(
        "supervision/household_timeline.html", no=no, place=home.values["division_code"], page=page, links=LINKS,
        tags=timelines.TAGS, kinds=[kind.value for kind in Kind], chosen=request.args.get("kind", ""), passage=passage,
        url=timelines.address(_at(no)),
    )  # fmt: skip


@blueprint.post("/<no>/timeline")
@requires(OPENS)
@writes
def opened(no: str) -> Page:
    """Say what for; then it is open for a working day."""
    queries.get_household(database(), no)
    return answered(passage_to("household", no, OPENS, answers=True), _at(no))


def _at(no: str) -> str:
    return f"/supervision/households/{no}/timeline"
