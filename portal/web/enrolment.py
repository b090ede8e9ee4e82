"""Enrolling a second factor over two pages without keeping anything: what was shown travels in a sealed ticket."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import segno
from flask_babel import gettext as _
from markupsafe import Markup

from portal.accounts import passwords, queries
from portal.accounts.codes import actions as codes
from portal.accounts.queries import SignedIn
from portal.accounts.sign_in import actions
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput
from portal.kernel.sealing import SealError
from portal.web.errors import request_no
from portal.web.sessions import database, installation, short_write
from portal.web.sign_in import WrongCredentials, begin_try, proven

_FIELD: Final = "enrolment ticket"
_LIVES: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Enrolling:
    """A second factor that is being set up: whose, and by which one-time code (none: by the person himself)."""

    username: str
    secret: str
    code_id: int | None
    ticket: str

    @property
    def picture(self) -> Markup:
        """The QR code as inline SVG, without any style that the content policy would refuse."""
        code = segno.make(passwords.otpauth(self.secret, self.username), error="m")
        drawn = code.svg_inline(border=4, dark="#1A1A1A", light="#FFFFFF", svgclass=None, omitsize=True)
        return Markup(drawn)  # noqa: S704  # drawn by segno from our own text; no input is copied into the markup

    @property
    def spelled(self) -> str:
        """The secret in groups of four, for typing it in."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))


def begin(username: str, code_id: int | None = None) -> Enrolling:
    """A fresh secret and the ticket that brings it back; good for a quarter of an hour."""
    secret = passwords.new_totp_secret()
    until = int((now_utc() + _LIVES).timestamp())
    content = json.dumps({"u": username, "s": secret, "c": code_id, "until": until})
    ticket = base64.urlsafe_b64encode(installation().keyring.seal(content, _FIELD)).decode()
    return Enrolling(username, secret, code_id, ticket)


def read_ticket(ticket: str | None) -> Enrolling:
    """What was shown on the page before; BadInput when it is too old or not ours."""
    try:
        sealed = base64.urlsafe_b64decode((ticket or "").encode())
        content = json.loads(installation().keyring.open_(sealed, _FIELD))
    except (SealError, binascii.Error, ValueError):
        content = {"until": 0}
    if content["until"] < now_utc().timestamp():
        raise BadInput("这一步放得太久了", why="二维码一刻钟内有效", fix="从头再来一次", code="ticket_expired")
    return Enrolling(content["u"], content["s"], content["c"], ticket or "")


def check_code(username: str, first: str, second: str) -> Enrolling:
    """Check a one-time code, counted like a try to sign in; raises WrongCredentials or TooManyTries."""
    attempt = begin_try(username, purpose="code")
    now = now_utc()
    code = queries.find_usable_code(database(), attempt.user_id or 0, now)
    if not codes.code_matches(code, first, second) or code is None:
        raise WrongCredentials(
            _("码没有通过"), why=_("用户名或码有一项不对，或者码已经用过、过期"), fix=_("核对后再试，或请管理员重新开")
        )
    with short_write() as session:
        actions.forgive_try(session, attempt)
    return begin(username.strip().lower(), code.id)


def take(enrolling: Enrolling, password: str, totp_code: str) -> None:
    """Finish a one-time code: new password, new second factor, the code is used up."""
    if enrolling.code_id is None:
        raise BadInput("这一步不是从码开始的", fix="从头再来一次", code="ticket_expired")
    password_hash = actions.hash_password(password, enrolling.username)
    with short_write() as session:
        codes.take_account(
            session,
            installation().keyring,
            enrolling.code_id,
            password_hash=password_hash,
            totp_secret=enrolling.secret,
            totp_code=totp_code,
            request_id=request_no(),
        )


def replace(enrolling: Enrolling, here: SignedIn, password: str, code: str, new_code: str) -> None:
    """Finish a change of one's own second factor; every other session ends."""
    principal = here.principal
    if enrolling.username != principal.username or enrolling.code_id is not None:
        raise BadInput("这张二维码不是给这个账号的", fix="从头再来一次", code="ticket_expired")
    with proven(principal.username, password, code) as (session, user_id):
        user = queries.get_user_by_id(session, user_id)
        keyring, now = installation().keyring, now_utc()
        actions.set_second_factor(session, keyring, user, enrolling.secret, new_code, principal.actor, now)
        actions.end_all_sessions(session, principal, now, but=here.session_id)
