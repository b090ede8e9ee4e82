"""/console/follow-ups: households that are due to be looked at again — 跟踪期 after an exit, 定期复核 of 低保."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.registers.divisions.queries import names_of
from portal.registers.recipients.procedures.follow_ups import queries
from portal.registers.recipients.procedures.follow_ups.rules import KIND, Look
from portal.web import access, paging
from portal.web.access import requires
from portal.web.sessions import database

blueprint = Blueprint("console_follow_ups", __name__, template_folder="../templates", url_prefix="/console/follow-ups")
AT = "/console/follow-ups"
LISTS = {"tracking": Look.TRACKING, "recheck": Look.RECHECK}


@blueprint.get("")
@requires(Permission.VIEW_HOUSEHOLDS)
def index() -> str:
    """One of the two lists, the longest waiting first, with what can be begun for each household."""
    session, today, within = database(), today_cn(), access.scopes(Permission.VIEW_HOUSEHOLDS)
    name = request.args.get("list", "")
    name = name if name in LISTS else "tracking"
    look = LISTS[name]
    listed = paging.turn_to(
        paging.read_cursor(request.args.get("after"), 2),
        lambda start, n: queries.list_due(session, look, within, today, start, n),
        queries.due_key,
    )
    return render_template(
        "console/follow_ups.html", listed=listed, name=name, kind=KIND[look], today=today,
        waiting={key: queries.count_due(session, one, within, today) for key, one in LISTS.items()},
        names=names_of(session, {row.division_code for row in listed.rows}), soon=queries.SOON,
        url=lambda after: access.path_of(AT) + "?" + urlencode({"list": name, **({"after": after} if after else {})}),
    )  # fmt: skip
