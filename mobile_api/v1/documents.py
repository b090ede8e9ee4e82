"""/api/v1/openapi.json and /api/docs: what the interface takes and answers, for programs and for people."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, current_app, render_template

from mobile_api.docs import sections
from mobile_api.openapi import document
from mobile_api.payloads import JSON
from portal.web import outgoing
from portal.web.access import public

door = Blueprint("api_docs", __name__, template_folder="../templates")


@door.after_request
def gate(response: Response) -> Response:
    """Every public answer passes the gate."""
    return outgoing.checked(response)


@door.get("/api/v1/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI 3.1 document of this very program."""
    return Response(orjson.dumps(document(current_app), option=orjson.OPT_INDENT_2), mimetype=JSON)


@door.get("/api/docs")
@public
def docs() -> str:
    """The same, to be read."""
    return render_template("api/docs.html", sections=sections(current_app))
