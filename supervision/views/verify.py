"""/supervision/verify: that the log is unbroken: how to check it, the newest checkpoint, the last checks of this machine."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.trail import monthly
from portal.trail.queries import find_log_facts
from portal.web.access import requires
from portal.web.sessions import database
from supervision.verify_pages import check_now, last_checks

blueprint = Blueprint("supervision_verify", __name__, template_folder="../templates", url_prefix="/supervision/verify")


@blueprint.get("")
@requires(Permission.VIEW_TRAIL)
def index() -> str:
    """The state of the log, what was found last, and with `?now` the newest stretch checked at once."""
    facts = find_log_facts(database())
    checked = check_now() if request.args.get("now") else None
    return render_template(
        "supervision/verify.html", facts=facts, checks=last_checks(facts), checked=checked,
        month=monthly.month_of(now_utc()), log_url=f"{request.scheme}://{request.host}/log",
    )  # fmt: skip
