"""/console/: my work — what waits, what I may do, what my place holds."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.accounts.permissions import Permission
from portal.intake import queries as imports
from portal.registers.divisions import queries as divisions
from portal.registers.recipients import queries as recipients
from portal.web import access
from portal.web.access import requires
from portal.web.sessions import database, require_principal

blueprint = Blueprint("console", __name__, template_folder="../templates", url_prefix="/console")


@blueprint.get("/")
@requires(Permission.VIEW_CONSOLE)
def index() -> str:
    """My work."""
    session, scopes = database(), access.scopes(Permission.VIEW_HOUSEHOLDS)
    counts = recipients.count_by_status(session, scopes)
    paths = divisions.name_paths(session, access.scopes(Permission.VIEW_CONSOLE))
    places = [divisions.path_name([step.name for step in path]) for path in paths.values()]
    names = [path[-1].name for path in paths.values() if path]
    waiting = imports.count_batches(session, imports.BatchStatus.AWAITING) if access.can("CHECK_IMPORTS") else 0
    return render_template(
        "console/home.html", me=require_principal(), counts=counts, places=places, names=names, waiting=waiting
    )
