"""Signing in on a phone: password and code once, then a bearer token for at most twelve hours."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from mobile_api.errors import otp_required
from portal.accounts import queries as accounts
from portal.accounts.devices.actions import helper_of
from portal.accounts.devices.queries import find_active_device
from portal.accounts.permissions import Permission
from portal.accounts.rules import LONGEST, Principal, may
from portal.accounts.sign_in import actions
from portal.accounts.sign_in.actions import NewSession
from portal.kernel.database import now_utc
from portal.kernel.errors import NotAllowed
from portal.registers.helpers.queries import find_helper
from portal.web.bearer import require_bearer
from portal.web.errors import request_no
from portal.web.sessions import database, hash_token, new_token, short_write
from portal.web.sign_in import device_label, prove_password, proven

SECRET_BYTES = 32


@dataclass(frozen=True)
class Caller:
    """The helper who asks, with the account and the session."""

    principal: Principal
    helper_no: str
    session_id: int


def caller() -> Caller:
    """Who asks, in an operation that needs a token; NotAllowed for an account without a helper."""
    signed_in = require_bearer()
    return Caller(signed_in.principal, helper_of(signed_in.principal), signed_in.session_id)


@dataclass(frozen=True)
class Opened:
    """A fresh token and what the phone has to know with it."""

    token: str
    lives: timedelta
    helper_no: str
    helper_name: str
    needs_device: bool


def sign_in(username: str, password: str, otp: str | None) -> Opened:
    """Sign a helper in: the same try, delay and lock as on the web. Other accounts are told so, after the proof."""
    if not (otp or "").strip():
        prove_password(username, password)
        raise otp_required()
    token = new_token()
    fresh = NewSession(hash_token(token), secrets.token_bytes(SECRET_BYTES), f"手机端 · {device_label()}"[:40], True)
    with proven(username, password, str(otp)) as (session, user_id):
        principal = accounts.principal_of(session, accounts.get_user_by_id(session, user_id))
        helps = may(principal, Permission.USE_PHONE) and principal.helper_no is not None
        if helps:  # otherwise the proof still counts: the try is taken back and the code is used up
            actions.open_session(session, user_id, fresh, now_utc(), request_id=request_no())
    if not helps:
        raise NotAllowed("这个账号没有对应的帮扶人", fix="请系统管理员在账号上填帮扶人编号", code="not_a_helper")
    return _opened(token, helper_of(principal))


def _opened(token: str, helper_no: str) -> Opened:
    session = database()
    helper = find_helper(session, helper_no)
    name = str(helper.values["name"]) if helper is not None else ""
    return Opened(token, LONGEST, helper_no, name, find_active_device(session, helper_no) is None)


def sign_out() -> None:
    """End the session of this token at once."""
    who = caller()
    with short_write() as session:
        actions.end_session(session, who.principal, who.session_id, now_utc())
