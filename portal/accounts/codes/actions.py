"""One-time codes: an invitation for a new account, a recovery for a lost password or second factor.

A code has two halves. The person who makes it sees the first, the person who releases it the second; the owner needs
both, so that neither of them can take the account over. A half is shown once; only its hash is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts import passwords, queries
from portal.accounts.actions import insist
from portal.accounts.models import CodeKind, LoginSession, OneTimeCode, User
from portal.accounts.permissions import Permission, Role
from portal.accounts.rules import Principal, refuse_release
from portal.accounts.sign_in.actions import set_password, set_second_factor
from portal.kernel.database import now_utc
from portal.kernel.errors import Conflict, NotAllowed, Refused
from portal.kernel.sealing import Keyring
from portal.trail import actions as trail

LIVES: Final = {CodeKind.INVITATION: timedelta(days=7), CodeKind.RECOVERY: timedelta(hours=24)}


@dataclass(frozen=True)
class HalfShown:
    """One half of a code, to be shown once to the person who just did something."""

    code_id: int
    half: str
    expires_at: datetime


def invite(session: Session, by: Principal, user: User, *, request_id: str | None = None) -> HalfShown:
    """Make the invitation of a new account; a second person releases it."""
    insist(by, Permission.ADD_PEOPLE)
    if user.taken_at is not None:
        raise Conflict("这个账号已经领取过邀请", fix="忘了密码请开恢复码")
    return _make(session, by, user, CodeKind.INVITATION, request_id)


def make_recovery(session: Session, by: Principal, user: User, *, request_id: str | None = None) -> HalfShown:
    """Make a recovery code for a forgotten password or a lost second factor; a second person releases it."""
    if Role.SYSTEM_ADMIN not in by.role_names or not by.username.startswith("cli:"):
        insist(by, Permission.MAKE_CODES)
    if user.taken_at is None:
        raise Conflict("这个账号还没有领取邀请", fix="重新开一份邀请")
    if by.actor == f"user:{user.username}":
        raise Refused("不能给自己开恢复码", fix="请另一位安全管理员，或在服务器上运行 yangguang user recover")
    return _make(session, by, user, CodeKind.RECOVERY, request_id)


def _make(session: Session, by: Principal, user: User, kind: CodeKind, request_id: str | None) -> HalfShown:
    if user.disabled_at is not None:
        raise Conflict("这个账号已经停用", fix="停用的账号不能邀请，也不能恢复")
    now = now_utc()
    cancel_codes(session, user, now)
    half = passwords.new_half()
    code = OneTimeCode(
        user_id=user.id,
        kind=kind.value,
        made_by=by.actor,
        made_at=now,
        first_hash=passwords.HASHING.hash(passwords.read_half(half)),
        expires_at=now + LIVES[kind],
    )
    session.add(code)
    session.flush()
    _record(session, "code.made", by.actor, user, code, request_id)
    return HalfShown(code.id, half, code.expires_at)


def release_code(session: Session, by: Principal, code_id: int, *, request_id: str | None = None) -> HalfShown:
    """Release a code that somebody else made; shows the second half."""
    insist(by, Permission.RELEASE_CODES)
    code = queries.get_code(session, code_id)
    user = queries.get_user_by_id(session, code.user_id)
    now = now_utc()
    if code.released_at is not None or code.cancelled_at is not None or code.expires_at <= now:
        raise Conflict("这个码已经放行、作废或过期", fix="刷新页面；需要的话重新开一个")
    target = f"user:{user.username}"
    refuse_release(maker=code.made_by, releaser=by.actor, releaser_roles=by.role_names, target=target)
    half = passwords.new_half()
    code.second_hash = passwords.HASHING.hash(passwords.read_half(half))
    code.released_by, code.released_at = by.actor, now
    session.flush()
    _record(session, "code.released", by.actor, user, code, request_id)
    return HalfShown(code.id, half, code.expires_at)


def cancel_codes(session: Session, user: User, now: datetime) -> None:
    """A new code makes older unused ones worthless; the caller records."""
    for old in session.scalars(
        select(OneTimeCode).where(
            OneTimeCode.user_id == user.id, OneTimeCode.used_at.is_(None), OneTimeCode.cancelled_at.is_(None)
        )
    ):
        old.cancelled_at = now


def code_matches(code: OneTimeCode | None, first: str, second: str) -> bool:
    """True when both halves are right. The same work is done when there is no code at all."""
    known = (code.first_hash, code.second_hash) if code is not None else (None, None)
    halves = (passwords.read_half(first), passwords.read_half(second))
    right = [passwords.HASHING.verify(hashed, half) for hashed, half in zip(known, halves, strict=True)]
    return all(right)


def take_account(
    session: Session,
    keyring: Keyring,
    code_id: int,
    *,
    password_hash: str,
    totp_secret: str,
    totp_code: str,
    request_id: str | None = None,
) -> User:
    """Use a released code: its owner chooses a password and proves the new second factor. Every session ends."""
    code = queries.get_code(session, code_id)
    user = queries.get_user_by_id(session, code.user_id)
    now = now_utc()
    if code.used_at is not None or code.cancelled_at is not None or code.released_at is None or code.expires_at <= now:
        raise Conflict("这个码已经用过或过期", fix="请管理员重新开一个")
    if user.disabled_at is not None:
        raise NotAllowed("这个账号已经停用", fix="请联系系统管理员")
    actor = f"user:{user.username}"
    set_second_factor(session, keyring, user, totp_secret, totp_code, actor, now)  # refuses a wrong code
    code.used_at = now
    user.taken_at = user.taken_at or now
    set_password(session, user, password_hash, actor)
    session.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user.id, LoginSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    _record(session, "code.used", actor, user, code, request_id)
    return user


def _record(session: Session, kind: str, actor: str, user: User, code: OneTimeCode, request_id: str | None) -> None:
    trail.record(
        session,
        kind=kind,
        actor=actor,
        subjects=[("account", user.username), ("code", str(code.id))],
        after={"purpose": code.kind, "made_by": code.made_by, "released_by": code.released_by},
        request_id=request_id,
        sealed=True,
    )
