"""The blueprint of the public door, and what holds for all its pages."""

from __future__ import annotations

from flask import Blueprint, Response, request

from portal.kernel.errors import BadInput
from portal.web import outgoing, page_cache

UNKEPT = frozenset(f"public.{name}" for name in ("live", "ready", "log", "log_file", "log_tile", "log_proof"))
#: Files of the log are digests and base64, and must stay the bytes that were signed.
SIGNED = frozenset(f"public.{name}" for name in ("log_file", "log_tile", "log_proof"))

door = Blueprint("public", __name__, template_folder="templates")


@door.before_request
def refuse_nul() -> None:
    """No database text holds a NUL sign; PostgreSQL would answer with an error of its own."""
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        raise BadInput("地址里有不能用的字符", fix="去掉看不见的字符再试")


@door.after_request
def keep_page(response: Response) -> Response:
    """Every answer passes the gate; a finished public page is a function of its address and the data's version."""
    if request.endpoint not in SIGNED:
        response = outgoing.checked(response)
    return response if request.endpoint in UNKEPT else page_cache.keep(response)
