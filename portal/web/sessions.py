"""Sessions, both kinds: the request's database session (read-only unless a view `@writes`), and who is signed in.

A view that writes gets one writing session, which commits once after the view has succeeded and before the answer is
sent. The cookie names a row of our own table; Flask's own session is switched off.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, Request, Response, current_app, g, make_response, request
from flask.sessions import NullSession, SessionInterface
from flask_login import LoginManager, current_user
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts import queries
from portal.accounts.queries import SignedIn
from portal.accounts.rules import Principal
from portal.accounts.sign_in.actions import touch_session
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import Busy
from portal.kernel.sealing import Keyring
from portal.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

SECURE_COOKIE = "__Host-yg_session"
LOOPBACK_COOKIE = "yg_session"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
RETRY_AFTER = 5
TOUCH_EVERY = timedelta(seconds=60)
LOCK_WAIT_MS = 5000
LOCK_STATES = frozenset({"55P03", "40P01", "40001", "57014"})
DATABASE_ERRORS = (DBAPIError, sqlite3.OperationalError)  # BEGIN IMMEDIATE is said on the raw connection
_EXTENSION = "portal.installation"


@dataclass(frozen=True)
class Installation:
    """What the web knows of its installation."""

    settings: Settings
    engine: Engine
    keyring: Keyring


class NoFlaskSession(SessionInterface):
    """Flask's own cookie session is never read and never written; using it raises."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """An empty session that refuses to be changed."""
        return NullSession()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Nothing to save."""


class CurrentUser:
    """What Flask-Login carries: our session, wrapped."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, signed_in: SignedIn) -> None:
        self.signed_in = signed_in

    def get_id(self) -> str:
        """Flask-Login asks for it; nothing is stored under it."""
        return str(self.signed_in.session_id)


def install(app: Flask, settings: Settings, engine: Engine, keyring: Keyring) -> None:
    """Wire sessions into an app (factory)."""
    app.extensions[_EXTENSION] = Installation(settings, engine, keyring)
    app.session_interface = NoFlaskSession()
    login = LoginManager()
    login.session_protection = None
    login.request_loader(_load_user)
    login.init_app(app, add_context_processor=False)
    app.teardown_appcontext(_close)


def installation() -> Installation:
    """The installation of the present app."""
    return cast(Installation, current_app.extensions[_EXTENSION])


def database() -> Session:
    """The request's database session: read-only, or the writing one inside a `@writes` view."""
    if "database" not in g:
        g.reading = reading(installation().engine)
        g.database = g.reading.__enter__()
    return cast(Session, g.database)


def _close(_error: BaseException | None = None) -> None:
    opened = g.pop("reading", None)
    g.pop("database", None)
    if opened is not None:
        opened.__exit__(None, None, None)


def let_go() -> None:
    """End the request's reading session before work that takes a while or writes: one connection for each thread will do."""
    _close()


def read_again() -> Session:
    """A page's session opened anew: it sees what a short write of this same request has left."""
    _close()
    return database()


@contextmanager
def short_write() -> Iterator[Session]:
    """A writing session of its own that commits when the block ends; Busy when longer work holds the lock."""
    try:
        with writing(installation().engine) as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}"))
            yield session
    except DATABASE_ERRORS as error:
        busy = busy_or(error)
        if busy is error:
            raise
        raise busy from error


def busy_or(error: Exception) -> Exception:
    """A lock that was not given in time becomes Busy (503 + Retry-After); anything else stays what it is."""
    cause = getattr(error, "orig", None) or error
    locked = getattr(cause, "sqlstate", None) in LOCK_STATES or "database is locked" in str(cause)
    if locked:
        return Busy(
            "数据库正忙，没有写入", retry_after=RETRY_AFTER, why="另一项较长的工作正在写入", fix="过几秒再试一次"
        )
    return error


def writes(view: Callable[P, Any]) -> Callable[P, AnyResponse]:
    """Give the view a writing session: one commit when it returns, a roll-back when it raises or answers an error."""

    @wraps(view)
    def in_one_transaction(*args: P.args, **kwargs: P.kwargs) -> AnyResponse:
        _close()
        with short_write() as session:
            g.database = session
            g.writing = True
            try:
                response = make_response(view(*args, **kwargs))
            finally:
                g.pop("database", None)
                g.pop("writing", None)
            if response.status_code >= 400:
                session.rollback()
        return response

    in_one_transaction.__dict__["__writes__"] = True
    return in_one_transaction


def is_loopback() -> bool:
    """True when the browser speaks to this very machine."""
    host = request.host
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name in LOOPBACK


def cookie_name() -> str:
    """`__Host-` over https; on a loopback http origin browsers would refuse it."""
    return SECURE_COOKIE if request.is_secure else LOOPBACK_COOKIE


def hash_token(token: str) -> bytes:
    """What is kept of a cookie: 128 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """128 bits for a new session; never taken from outside (fixation)."""
    return secrets.token_urlsafe(16)


def give_cookie(response: AnyResponse, token: str) -> None:
    """Hand a session to the browser: for this host only, unreadable by scripts, never sent along from other sites."""
    response.set_cookie(cookie_name(), token, path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def take_cookie(response: AnyResponse) -> None:
    """Remove the session from the browser."""
    response.delete_cookie(cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def _load_user(asked: Request) -> CurrentUser | None:
    token = asked.cookies.get(cookie_name())
    if not token or len(token) > 64 or not (asked.is_secure or is_loopback()):
        return None
    now = now_utc()
    signed_in = queries.find_signed_in(database(), hash_token(token), now)
    if signed_in is None:
        return None
    if now - signed_in.last_seen_at >= TOUCH_EVERY:
        with suppress(Busy), short_write() as session:
            touch_session(session, signed_in.session_id, now)
    return CurrentUser(signed_in)


def current_session() -> SignedIn | None:
    """The living session of this request, or None. Public pages never ask."""
    return getattr(current_user, "signed_in", None)


def current_principal() -> Principal | None:
    """Who is asking, or None when nobody is signed in."""
    signed_in = current_session()
    return signed_in.principal if signed_in else None


def require_session() -> SignedIn:
    """The living session, in a view that `@requires` already guards."""
    signed_in = current_session()
    if signed_in is None:
        raise LookupError("this view is not guarded by @requires")
    return signed_in


def require_principal() -> Principal:
    """Who is asking, in a view that `@requires` already guards."""
    return require_session().principal
