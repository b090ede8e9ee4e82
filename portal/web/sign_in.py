"""Signing in from any door: reserve the try, check it without the database, open the session. Three short steps.

The costly hash is computed while nothing is locked, and a try counts before it is checked.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.sign_in import actions
from portal.accounts.sign_in.actions import NewSession, Try
from portal.kernel.database import now_utc
from portal.kernel.errors import NotAllowed
from portal.web.errors import request_no
from portal.web.sessions import hash_token, installation, new_token, short_write

BROWSERS = (
    ("Edg", "Edge"),
    ("MicroMessenger", "微信"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


class WrongCredentials(NotAllowed):
    """Name, password or code is wrong; which one is not told."""

    status = 401
    code = "invalid_credentials"


class TooManyTries(NotAllowed):
    """The name must wait; the wait is told (Retry-After), never slept."""

    status = 429
    code = "too_many_tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(_("试得太多了"), why=_("连续输错，这个用户名要等一等"), fix=_("%(n)s 秒后再试", n=seconds))
        self.retry_after = seconds


@dataclass(frozen=True)
class SignedInNow:
    """The cookie's value of a new session."""

    token: str


def sign_in(username: str, password: str, code: str) -> SignedInNow:
    """Sign a person in; raises WrongCredentials or TooManyTries. Known and unknown names cost the same."""
    token = new_token()
    fresh = NewSession(hash_token(token), secrets.token_bytes(32), device_label())
    with proven(username, password, code) as (session, user_id):
        actions.open_session(session, user_id, fresh, now_utc(), request_id=request_no())
    return SignedInNow(token)


@contextmanager
def proven(username: str, password: str, code: str) -> Iterator[tuple[Session, int]]:
    """A short writing session for somebody who has just proven both factors, and his account's id.

    Used for signing in and again before changing a password or a second factor.
    """
    attempt = begin_try(username)
    step = actions.check_try(attempt, installation().keyring, password, code, now_utc())
    with short_write() as session:
        if step is not None and attempt.user_id is not None and actions.spend_step(session, attempt, step):
            yield session, attempt.user_id
            return
        if attempt.locks:
            actions.record_lock(session, attempt, request_id=request_no())
    raise _not_passed()


def prove_password(username: str, password: str) -> None:
    """Name and password alone, for a client that asks for the code afterwards; raises WrongCredentials or TooManyTries.

    It signs nobody in, and the try stays counted until one with both factors succeeds: it is no way to guess faster.
    """
    attempt = begin_try(username)
    if actions.check_password(attempt, password):
        return
    if attempt.locks:
        with short_write() as session:
            actions.record_lock(session, attempt, request_id=request_no())
    raise _not_passed()


def _not_passed() -> WrongCredentials:
    return WrongCredentials(
        _("没有通过"), why=_("用户名、密码、动态码有一项不对"), fix=_("核对后再试；动态码每个只能用一次")
    )


def step_up(username: str, code: str) -> None:
    """Let somebody who is signed in prove himself anew by a fresh code, which is thereby used up.

    Counted like a try to sign in, in transactions of its own; raises WrongCredentials or TooManyTries.
    """
    attempt = begin_try(username)
    step = actions.check_code(attempt, installation().keyring, code, now_utc())
    with short_write() as session:
        if step is not None and actions.spend_step(session, attempt, step):
            return
        if attempt.locks:
            actions.record_lock(session, attempt, request_id=request_no())
    raise WrongCredentials(
        _("动态码没有通过"), why=_("填错了，或者这个码已经用过"), fix=_("等下一个动态码出来再填；每个只能用一次")
    )


def begin_try(username: str, purpose: str = "sign-in") -> Try:
    """Count a try, before anything is checked; TooManyTries when the name has to wait."""
    with short_write() as session:
        attempt = actions.reserve_try(session, installation().keyring, username, now_utc(), purpose=purpose)
    if attempt.wait is not None:
        raise TooManyTries(max(1, math.ceil(attempt.wait.total_seconds())))
    return attempt


def device_label() -> str:
    """Which kind of browser this is, as coarsely as a person needs to recognise his own: `Chrome · Windows`."""
    agent = request.headers.get("User-Agent", "")
    found = [next((name for mark, name in names if mark in agent), "") for names in (BROWSERS, SYSTEMS)]
    return " · ".join(part for part in found if part) or "其他设备"
