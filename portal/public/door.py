"""The blueprint of the public door, and what holds for all its pages."""

from __future__ import annotations

from flask import Blueprint, Response, request

from portal.web import page_cache

UNKEPT = frozenset(f"public.{name}" for name in ("live", "ready", "log", "log_file", "log_tile", "log_proof"))

door = Blueprint("public", __name__, template_folder="templates")


@door.after_request
def keep_page(response: Response) -> Response:
    """Every finished public page is a function of its address and the data's version."""
    return response if request.endpoint in UNKEPT else page_cache.keep(response)
