"""Reading modes: elder mode (larger, one column), high contrast, the unit of money; by `?elder=1` and a cookie.

A mode is part of a page's address in the page cache, so it is read from the WSGI environment without Flask. A mode
belongs to a reader and not to what he reads: addresses of files and permanent links never carry one, and a file does
not look at his cookies. The unit of a drawn file is the one exception, and stands in its address.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from flask import Flask, Response, g, has_request_context, request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SWITCHES = ("elder", "contrast")
UNITS = ("yuan", "wan", "yi")
NAMES = (*SWITCHES, "unit")
OWN_PAGES = "/me"  # a household's own pages: in elder mode unless it was turned off
FILES = (".csv", ".xlsx", ".json", ".svg", ".png")
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Mode:
    """How the reader wants pages to look."""

    elder: bool = False
    contrast: bool = False
    unit: str = ""  # blank: the one that fits the largest sum

    @property
    def classes(self) -> str:
        """Class names of the root element."""
        return " ".join(name for name in SWITCHES if getattr(self, name))


PLAIN = Mode()


def mode_of(environ: WSGIEnvironment) -> Mode:
    """The query decides, else the cookie (of a page, not of a file); anything but `1` is off.

    A household's own pages are in elder mode until somebody turns it off.
    """
    path = environ.get("PATH_INFO", "")
    wanted = {} if path.endswith(FILES) else _cookies(environ.get("HTTP_COOKIE", ""))
    if _is_own(path):
        wanted.setdefault("elder", "1")
    wanted.update((k, v) for k, v in parse_qsl(environ.get("QUERY_STRING", "")) if k in NAMES)
    unit = wanted.get("unit", "")
    return Mode(wanted.get("elder") == "1", wanted.get("contrast") == "1", unit if unit in UNITS else "")


def _is_own(path: str) -> bool:
    return path == OWN_PAGES or path.startswith(OWN_PAGES + "/")


def names_a_mode(query: str) -> bool:
    """True when a query may name a mode (asked of every request before anything is parsed)."""
    return "elder" in query or "contrast" in query or "unit" in query


def _cookies(header: str) -> dict[str, str]:
    if not names_a_mode(header):
        return {}
    try:
        jar = SimpleCookie(header)
    except CookieError:
        return {}
    return {name: jar[name].value for name in NAMES if name in jar}


def current_mode() -> Mode:
    """The mode of the present request; the plain one where nobody asks."""
    return mode_of(request.environ) if has_request_context() else PLAIN


def switch_url(name: str) -> str:
    """The present page with one mode turned over."""
    return _present_with(name, "0" if getattr(current_mode(), name) else "1")


def unit_url(code: str) -> str:
    """The present page with money in another unit."""
    return _present_with("unit", code)


def _present_with(name: str, value: str) -> str:
    """The present page; of an error page only its path, whose query nobody wants repeated."""
    pairs = [] if "is_error" in g else [(k, v) for k, v in request.args.items(multi=True) if k != name]
    return request.script_root + present_path() + "?" + urlencode([*pairs, (name, value)])


def present_path() -> str:
    """The path of the present page as links repeat it: an error page may have been asked to forget its own."""
    return str(g.get("is_error") or request.path)


def without_modes(*others: str) -> str:
    """The present query without the reader's modes, blank filters and the names of `others`: what files are asked with."""
    dropped = {*NAMES, *others}
    return urlencode([(k, v) for k, v in request.args.items(multi=True) if v and k not in dropped], safe=":")


def _remember(response: Response) -> Response:
    if request.path.endswith(FILES):
        return response
    for name in NAMES:
        if name in request.args:
            kept = request.args[name] if request.args[name] in _kept(name) else ""
            response.set_cookie(name, kept, max_age=A_YEAR if kept else 0, samesite="Lax", httponly=True)
    return response


def _kept(name: str) -> tuple[str, ...]:
    if name == "unit":
        return UNITS
    # off is worth remembering only where a page would be on without it
    return ("1", "0") if name == "elder" and _is_own(request.path) else ("1",)


def install(app: Flask) -> None:
    """Remember a chosen mode in a cookie that says nothing about the person."""
    app.after_request(_remember)
    app.jinja_env.globals.update(unit_url=unit_url)
