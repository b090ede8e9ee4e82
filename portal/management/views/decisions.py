"""/console/households/<no>/status: where 状态 used to be typed. It changes by a procedure alone, so this leads there."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.web import access
from portal.web.access import requires

blueprint = Blueprint("console_status", __name__, url_prefix="/console")


@blueprint.get("/households/<no>/status")
@requires(Permission.EDIT_HOUSEHOLDS)
def decide(no: str) -> Response:
    """To the form that begins a procedure for this household."""
    return redirect(access.path_of("/console/procedures/new?" + urlencode({"household": no})), 303)
