"""People who log in, for tests: accounts of any role, and browsers that are already signed in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import passwords, queries
from portal.accounts.actions import add_user
from portal.accounts.grants.actions import give_role
from portal.accounts.models import User
from portal.accounts.permissions import ROLE_NAMES, Role
from portal.accounts.rules import NATION, Principal
from portal.accounts.sign_in.actions import TOTP_FIELD, NewSession, open_session
from portal.kernel.database import now_utc, writing
from portal.kernel.sealing import Keyring
from portal.trail import actions as trail
from portal.web.sessions import LOOPBACK_COOKIE, hash_token, new_token

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Quick(passwords.Hashing):
    """The same Argon2id with small parameters: tests are about who may do what, not about the cost of a hash."""

    def __init__(self) -> None:
        super().__init__(memory_kib=64, passes=1)


QUICK = Quick()


@contextmanager
def cheap_hashes() -> Iterator[None]:
    """Hashes made inside cost little."""
    usual = passwords.HASHING
    passwords.HASHING = QUICK
    try:
        yield
    finally:
        passwords.HASHING = usual


def make_user(
    session: Session,
    role: Role | None,
    scopes: Sequence[str] = (NATION,),
    *,
    username: str = "",
    keyring: Keyring | None = None,
    taken: bool = True,
) -> User:
    """An account with one role; with a keyring it has PASSWORD and SECRET and can sign in through the page."""
    name = username or f"{role.value if role else 'nobody'}-{secrets.token_hex(3)}"
    user = add_user(session, "test", name, ROLE_NAMES[role] if role else "无角色")
    user.taken_at = now_utc() if taken else None
    if keyring is not None:
        user.password_hash = passwords.HASHING.hash(PASSWORD)
        user.totp_sealed = keyring.seal(SECRET, TOTP_FIELD)
    if role is not None:
        give_role(session, user, role, scopes, None)
    session.flush()
    trail.record(session, kind="account.opened", actor="test", subjects=[("account", user.username)])
    return user


def principal_of(session: Session, role: Role, scopes: Sequence[str] = (NATION,), username: str = "") -> Principal:
    """A person of one role, as decisions see him."""
    return queries.principal_of(session, make_user(session, role, scopes, username=username))


class Browser:
    """A browser: keeps cookies, takes the token of the page's form along, and can sign in."""

    def __init__(self, app: Flask, base_url: str = "http://127.0.0.1:8000") -> None:
        self.client: FlaskClient = app.test_client()
        self.base_url = base_url
        self.username = ""

    def get(self, path: str, **kw: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, base_url=self.base_url, **kw)

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str = "", **kw: Any) -> TestResponse:
        """Send a form, with the token found on `page` (default: any page with a form)."""
        token = self.token(page or ("/account" if self.username else "/login"))
        return self.client.post(path, base_url=self.base_url, data={"csrf_token": token, **(data or {})}, **kw)

    def token(self, page: str) -> str:
        """The token of the first form of a page."""
        found = TOKEN.search(self.get(page).text)
        assert found is not None, f"{page} has no form"
        return found.group(1)


def signed_in(app: Flask, role: Role | None, scopes: Sequence[str] = (NATION,), *, username: str = "") -> Browser:
    """A browser in which a new person of this role is signed in (without going through the page)."""
    browser = Browser(app)
    token = new_token()
    with writing(app.extensions["portal.installation"].engine) as session:
        user = make_user(session, role, scopes, username=username)
        browser.username = user.username
        fresh = NewSession(hash_token(token), secrets.token_bytes(32), "测试")
        open_session(session, user.id, fresh, now_utc())
    browser.client.set_cookie(LOOPBACK_COOKIE, token, domain="127.0.0.1")
    return browser


def bearer_of(app: Flask, username: str) -> str:
    """A bearer token of this person's, as a phone gets one by signing in."""
    token = new_token()
    with writing(app.extensions["portal.installation"].engine) as session:
        user = queries.get_user(session, username)
        fresh = NewSession(hash_token(token), secrets.token_bytes(32), "手机端", bearer=True)
        open_session(session, user.id, fresh, now_utc())
    return token
