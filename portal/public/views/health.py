"""`/healthz/live` and `/healthz/ready`: for the machine that watches the machine."""

from __future__ import annotations

from flask import Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from portal.public.door import door
from portal.public.pages.health import readiness
from portal.web.access import public
from portal.web.sessions import database


@door.get("/healthz/live")
@public
def live() -> Response:
    """The process answers."""
    return jsonify(ok=True)


@door.get("/healthz/ready")
@public
def ready() -> Response:
    """The database answers too; 503 when it does not."""
    try:
        state = readiness(database())
    except SQLAlchemyError:
        state = {"ok": False, "database": "没有回答"}
    response = jsonify(state)
    response.status_code = 200 if state["ok"] else 503
    response.headers["Cache-Control"] = "no-store"
    return response
