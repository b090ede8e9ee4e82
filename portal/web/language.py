"""Languages: Chinese at the root, English under `/en/…` with the same paths.

The prefix is taken off before routing and becomes the script name, so `url_for` keeps the language by itself and no
route exists twice. The Chinese text is the message id; the English catalogue is read from its `.po` file at start.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, request
from flask_babel import Babel

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
    """The language of the present request."""
    return language_of(request.environ)


def other_language_url() -> str:
    """The present page in the other language: same path, same query."""
    query = request.query_string.decode("latin-1")
    path = quote(request.path) + (f"?{query}" if query else "")
    return path if current_language() == ENGLISH else PREFIX + path


def read_catalogue(path: Path = CATALOGUE) -> Translations:
    """The English messages, compiled in memory, so that no build step has to come first."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=ENGLISH)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def english() -> Translations:
    """The English catalogue, read once."""
    return read_catalogue()


def gettext(message: str, **variables: object) -> str:
    """A text in the page's language. The general machinery asks ten questions a call; a page has hundreds of calls."""
    text: str = english().ugettext(message) if current_language() == ENGLISH else message
    return text % variables if variables else text


def _ngettext(singular: str, plural: str, n: int) -> str:
    return gettext(singular if n == 1 else plural)


def install(app: Flask) -> None:
    """Prepare translation and the `/en` prefix for an application."""
    babel = Babel(app, default_locale=CHINESE, locale_selector=current_language)
    with app.app_context():
        domain = babel.domain_instance
    domain.cache[ENGLISH, domain.domain[0]] = english()
    app.jinja_env.install_gettext_callables(gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]  # by the extension
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]  # the way Flask documents for wrappers
