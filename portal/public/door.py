"""The blueprint of the public door, and what holds for all its pages."""

from __future__ import annotations

from flask import Blueprint, Response, request

from portal.kernel.errors import BadInput
from portal.public import own_pages, own_words
from portal.web import outgoing, page_cache

#: Files of the log are digests and base64, and must stay the bytes that were signed.
SIGNED = frozenset(f"public.log_{name}" for name in ("file", "tile", "proof", "kinds", "bundle"))
UNKEPT = SIGNED | {"public.live", "public.ready", "public.log", "public.flow_metadata_file", "public.verification"}
#: Forms that anybody sends: each page belongs to one reader, and an answer may repeat what that reader has just typed.
OWN_WORDS = frozenset(f"public.need_help{name}" for name in ("", "_sent", "_find", "_asked", "_progress"))

#: Confidential reports: no session is read there, nothing is kept, no address is told to anybody.
REPORTS = frozenset(f"public.report{name}" for name in ("", "_sent", "_find", "_asked", "_progress", "_proof"))

#: A household's own pages and the way to them: for one reader, kept nowhere, named to nobody.
OWN_HOUSEHOLD = "public.me"

door = Blueprint("public", __name__, template_folder="templates")


@door.before_request
def refuse_nul() -> None:
    """No database text holds a NUL sign; PostgreSQL would answer with an error of its own."""
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        raise BadInput("地址里有不能用的字符", fix="去掉看不见的字符再试")


@door.after_request
def keep_page(response: Response) -> Response:
    """Every answer passes the gate; a finished public page is a function of its address and the data's version.

    A household's own pages pass a gate that knows whom it may call, and never the cache.
    """
    if f"{request.endpoint}_".startswith(f"{OWN_HOUSEHOLD}_"):
        is_own = request.endpoint in own_pages.ROUTES
        return _own(own_pages.checked(response) if is_own else outgoing.checked(response))
    if request.endpoint in REPORTS:
        return _unseen(response if request.endpoint == "public.report_proof" else own_words.checked(response))
    if request.endpoint in OWN_WORDS:
        return own_words.checked(response)
    if request.endpoint not in SIGNED:
        response = outgoing.checked(response)
    return response if request.endpoint in UNKEPT else page_cache.keep(response)


def _own(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _unseen(response: Response) -> Response:
    response.headers["Permissions-Policy"] = "microphone=(self), camera=(self), geolocation=(), payment=(), usb=()"
    response.headers["Referrer-Policy"] = "no-referrer"
    for name in ("ETag", "Last-Modified", "Content-Language"):
        response.headers.pop(name, None)
    return _own(response)
