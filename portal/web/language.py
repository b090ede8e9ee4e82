"""Languages: Chinese at the root, English under `/en/…` with the same paths.

The prefix is taken off before routing and becomes the script name, so `url_for` keeps the language by itself and no
route exists twice. The Chinese text is the message id; the English catalogue is read from its `.po` file at start.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, g, has_request_context, request
from flask_babel import Babel
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from portal.web.catalogue import Catalogue, read_catalogue

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHINESE = "zh"
ENGLISH = "en"
PREFIX = "/en"
CATALOGUE = Path(__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"


class LanguagePrefix:
    """WSGI wrapper: `/en/funds` is `/funds` with the script name `/en`."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Move the prefix from the path to the script name, once."""
        path = environ.get("PATH_INFO", "")
        if path == PREFIX:
            query = environ.get("QUERY_STRING")
            start_response(
                "308 Permanent Redirect",
                [("Location", PREFIX + "/" + (f"?{query}" if query else "")), ("Content-Length", "0")],
            )
            return [b""]
        if path.startswith(PREFIX + "/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIX
            environ["PATH_INFO"] = path[len(PREFIX) :]
        return self.inner(environ, start_response)


def language_of(environ: WSGIEnvironment) -> str:
    """`zh` or `en`, read from the script name that `LanguagePrefix` left."""
    return ENGLISH if environ.get("SCRIPT_NAME", "").endswith(PREFIX) else CHINESE


def current_language() -> str:
    """The language of the present request; Chinese where nobody asks (a file that the worker writes)."""
    return language_of(request.environ) if has_request_context() else CHINESE


def other_language_url() -> str:
    """The present page in the other language: same path, same query; an error page repeats no query."""
    query = "" if "is_error" in g else request.query_string.decode("latin-1")
    path = quote(str(g.get("is_error") or request.path)) + (f"?{query}" if query else "")
    return path if current_language() == ENGLISH else PREFIX + path


@cache
def english() -> Catalogue:
    """The English catalogue, read once."""
    return read_catalogue(CATALOGUE, ENGLISH)


def gettext(message: str, **variables: object) -> str:
    """A text in the page's language. The general machinery asks ten questions a call; a page has hundreds of calls."""
    text: str = english().ugettext(message) if current_language() == ENGLISH else message
    return text % variables if variables else text


def clauses(*said: str) -> str:
    """What an error says in one line, in the page's language; blank parts are left out."""
    return ("; " if current_language() == ENGLISH else "；").join(gettext(part) for part in said if part)


@pass_eval_context
def _in_template(context: EvalContext, message: str, **variables: object) -> str:
    """A text in a template: what the catalogue knows, or has holes to fill, is our own; anything else is data.

    Jinja's own way asks the context three times a call, trusts every text that it is handed, and fills holes in a
    legal basis that says `30%`.
    """
    text = gettext(message)
    if not variables and message not in english().known:
        return escape(text) if context.autoescape else text
    ours = Markup(text) if context.autoescape else text  # noqa: S704  # a text of our own catalogue
    return ours % variables if variables or "%" in ours else ours


def _ngettext(singular: str, plural: str, n: int) -> str:
    return gettext(singular if n == 1 else plural)


def install(app: Flask) -> None:
    """Prepare translation and the `/en` prefix for an application."""
    babel = Babel(app, default_locale=CHINESE, locale_selector=current_language)
    with app.app_context():
        domain = babel.domain_instance
    domain.cache[ENGLISH, domain.domain[0]] = english()
    app.jinja_env.install_gettext_callables(gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]  # by the extension
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]  # the way Flask documents for wrappers
