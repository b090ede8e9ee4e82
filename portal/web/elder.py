"""Reading modes: elder mode (larger, one column) and high contrast, by `?elder=1` and a cookie that remembers it.

A mode is part of a page's address in the page cache, so it is read from the WSGI environment without Flask.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from flask import Flask, Response, request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SWITCHES = ("elder", "contrast")
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Mode:
    """How the reader wants pages to look."""

    elder: bool = False
    contrast: bool = False

    @property
    def classes(self) -> str:
        """Class names of the root element."""
        return " ".join(name for name in SWITCHES if getattr(self, name))


def mode_of(environ: WSGIEnvironment) -> Mode:
    """The query decides, else the cookie; anything but `1` is off."""
    wanted = _cookies(environ.get("HTTP_COOKIE", ""))
    wanted.update((k, v) for k, v in parse_qsl(environ.get("QUERY_STRING", "")) if k in SWITCHES)
    return Mode(**{name: wanted.get(name) == "1" for name in SWITCHES})


def _cookies(header: str) -> dict[str, str]:
    if "elder" not in header and "contrast" not in header:
        return {}
    try:
        jar = SimpleCookie(header)
    except CookieError:
        return {}
    return {name: jar[name].value for name in SWITCHES if name in jar}


def current_mode() -> Mode:
    """The mode of the present request."""
    return mode_of(request.environ)


def switch_url(name: str) -> str:
    """The present page with one mode turned over."""
    on = getattr(current_mode(), name)
    pairs = [(k, v) for k, v in request.args.items(multi=True) if k != name]
    return request.script_root + request.path + "?" + urlencode([*pairs, (name, "0" if on else "1")])


def _remember(response: Response) -> Response:
    for name in SWITCHES:
        if name in request.args:
            on = request.args[name] == "1"
            response.set_cookie(name, "1" if on else "", max_age=A_YEAR if on else 0, samesite="Lax", httponly=True)
    return response


def install(app: Flask) -> None:
    """Remember a chosen mode in a cookie that says nothing about the person."""
    app.after_request(_remember)
