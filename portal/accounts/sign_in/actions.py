"""Signing in and out. A try is written down before it is checked, so that many at once gain nothing.

The three steps (reserve, check without the database, open) run in transactions of their own: web/sign_in composes them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from portal.accounts import passwords, queries
from portal.accounts.models import LoginSession, SignInState, User
from portal.accounts.rules import FORGET, LOCK_AFTER, LONGEST, Principal, password_problem, pause_after
from portal.kernel.errors import BadInput, Refused
from portal.kernel.sealing import Keyring
from portal.trail import actions as trail

TOTP_FIELD = "users.totp"


@dataclass(frozen=True)
class Try:
    """One try to sign in, already counted as failed. `user_id` is None for names that nobody has."""

    name_key: str
    failures: int
    last_totp_step: int
    user_id: int | None
    password_hash: str | None
    totp_sealed: bytes | None
    wait: timedelta | None  # set: too early, nothing may be checked

    @property
    def locks(self) -> bool:
        """True when this failure locks the name for a while."""
        return self.failures == LOCK_AFTER


def name_key(keyring: Keyring, purpose: str, name: str) -> str:
    """A typed name as a keyed hash: people type passwords into the wrong field."""
    digest = hashlib.sha256(f"{purpose}/{name.strip().lower()}".encode()).hexdigest()
    return keyring.blind_index(digest[:18]).hex()


def reserve_try(session: Session, keyring: Keyring, username: str, now: datetime, *, purpose: str = "sign-in") -> Try:
    """Count a try as failed before it is checked; a success takes it back. Same statements for every name."""
    key = name_key(keyring, purpose, username)
    state = _state(session, key)
    user = session.execute(
        select(User.id, User.password_hash, User.totp_sealed).where(
            User.username == username.strip().lower(), User.disabled_at.is_(None)
        )
    ).one_or_none()
    wait = state.blocked_until - now if state.blocked_until and state.blocked_until > now else None
    if wait is not None:
        return _try(state, user, state.failures, wait)
    forgotten = state.last_failed_at is None or now - state.last_failed_at > FORGET
    failures = 1 if forgotten else state.failures + 1
    session.execute(
        update(SignInState)
        .where(SignInState.name_key == key)
        .values(failures=failures, last_failed_at=now, blocked_until=now + pause_after(failures))
    )
    return _try(state, user, failures, None)


def _try(
    state: SignInState, user: Row[int, str | None, bytes | None] | None, failures: int, wait: timedelta | None
) -> Try:
    user_id, password_hash, totp_sealed = user or (None, None, None)
    return Try(state.name_key, failures, state.last_totp_step, user_id, password_hash, totp_sealed, wait)


def _state(session: Session, key: str) -> SignInState:
    dialect = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    fresh = dialect(SignInState).values(name_key=key, failures=0, last_totp_step=0)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["name_key"]))
    return session.scalars(select(SignInState).where(SignInState.name_key == key).with_for_update()).one()


def check_try(attempt: Try, keyring: Keyring, password: str, code: str, now: datetime) -> int | None:
    """The second factor's step when password and code are right, else None. Does the same work for every name."""
    right = passwords.HASHING.verify(attempt.password_hash, password)
    secret = keyring.open_(attempt.totp_sealed, TOTP_FIELD) if attempt.totp_sealed else None
    step = passwords.matching_step(secret, code, now, attempt.last_totp_step)
    return step if right else None


def check_password(attempt: Try, password: str) -> bool:
    """Whether the password alone is right; one hash for every name, known or not."""
    return passwords.HASHING.verify(attempt.password_hash, password)


def check_code(attempt: Try, keyring: Keyring, code: str, now: datetime) -> int | None:
    """The second factor's step when the code alone is right: for somebody who is signed in and steps up."""
    secret = keyring.open_(attempt.totp_sealed, TOTP_FIELD) if attempt.totp_sealed else None
    return passwords.matching_step(secret, code, now, attempt.last_totp_step)


def spend_step(session: Session, attempt: Try, step: int) -> bool:
    """Take the try back and use up the second factor's step; False when somebody used it meanwhile."""
    done = session.execute(
        update(SignInState)
        .where(SignInState.name_key == attempt.name_key, SignInState.last_totp_step < step)
        .values(failures=0, last_failed_at=None, blocked_until=None, last_totp_step=step)
    )
    return isinstance(done, CursorResult) and done.rowcount == 1


@dataclass(frozen=True)
class NewSession:
    """What a new session needs of the browser's or the phone's side."""

    token_hash: bytes
    csrf_secret: bytes
    device: str
    bearer: bool = False


def open_session(
    session: Session, user_id: int, fresh: NewSession, now: datetime, *, request_id: str | None = None
) -> None:
    """Sign a person in: a session with a new id, at most twelve hours. Recorded sealed: nobody reads who works when."""
    user = queries.get_user_by_id(session, user_id)
    session.execute(
        insert(LoginSession).values(
            token_hash=fresh.token_hash, user_id=user_id, csrf_secret=fresh.csrf_secret, device=fresh.device,
            bearer=fresh.bearer, created_at=now, last_seen_at=now, expires_at=now + LONGEST,
        )
    )  # fmt: skip
    trail.record(
        session,
        kind="session.opened",
        actor=f"user:{user.username}",
        subjects=[("account", user.username)],
        after={"device": fresh.device},
        request_id=request_id,
        sealed=True,
    )


def record_lock(session: Session, attempt: Try, *, request_id: str | None = None) -> None:
    """Write down that a name was locked after too many failures; the typed name itself is not kept."""
    trail.record(
        session,
        kind="account.locked",
        actor="system",
        subjects=[("sign_in", attempt.name_key)],
        after={"failures": attempt.failures},
        request_id=request_id,
        sealed=True,
    )


def touch_session(session: Session, session_id: int, now: datetime) -> None:
    """Note that a session is in use (at most once a minute; not an event)."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=now))


def end_session(session: Session, principal: Principal, session_id: int, now: datetime) -> None:
    """Sign out one of one's own sessions."""
    _end(session, principal, LoginSession.id == session_id, now)


def end_all_sessions(session: Session, principal: Principal, now: datetime, *, but: int | None = None) -> None:
    """Sign out everywhere (but here, when `but` names the present session)."""
    _end(session, principal, LoginSession.id != (but or 0), now)


def _end(session: Session, principal: Principal, which: ColumnElement[bool], now: datetime) -> None:
    done = session.execute(
        update(LoginSession)
        .where(which, LoginSession.user_id == principal.user_id, LoginSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    trail.record(
        session,
        kind="session.ended",
        actor=principal.actor,
        subjects=[("account", principal.username)],
        after={"sessions": done.rowcount if isinstance(done, CursorResult) else 0},
        sealed=True,
    )


def forget_sessions(session: Session, before: datetime) -> int:
    """Delete the rows of sessions that ended, or reached their limit, before a moment; returns how many."""
    over = or_(LoginSession.ended_at < before, LoginSession.expires_at < before)
    done = session.execute(delete(LoginSession).where(over))
    return done.rowcount if isinstance(done, CursorResult) else 0


def hash_password(password: str, username: str) -> str:
    """The hash of a new password; BadInput says what is wrong with it. Computed before any lock is taken."""
    problem = password_problem(password, username)
    if problem is not None:
        raise BadInput(problem, fix="换一个长一些、只在这里用的密码", code="weak_password")
    return passwords.HASHING.hash(password)


def set_password(session: Session, user: User, password_hash: str, actor: str) -> None:
    """Give an account a new password (its hash, from `hash_password`)."""
    user.password_hash = password_hash
    _record_change(session, "password.changed", user, actor)


def set_second_factor(
    session: Session, keyring: Keyring, user: User, secret: str, code: str, actor: str, now: datetime
) -> None:
    """Give an account a new second factor, proven by one of its codes, which is thereby used up."""
    step = passwords.matching_step(secret, code, now, 0)
    if step is None:
        raise Refused("动态码不对", why="手机时间可能不准", fix="等下一个动态码出来再填", code="wrong_otp")
    user.totp_sealed = keyring.seal(secret, TOTP_FIELD)
    key = name_key(keyring, "sign-in", user.username)
    state = _state(session, key)
    state.failures, state.last_failed_at, state.blocked_until, state.last_totp_step = 0, None, None, step
    _record_change(session, "factor.changed", user, actor)


def forgive_try(session: Session, attempt: Try) -> None:
    """Take a counted try back after it turned out right (codes; sign-in does it with the second factor's step)."""
    session.execute(
        update(SignInState)
        .where(SignInState.name_key == attempt.name_key)
        .values(failures=0, last_failed_at=None, blocked_until=None)
    )


def _record_change(session: Session, kind: str, user: User, actor: str) -> None:
    session.flush()
    trail.record(session, kind=kind, actor=actor, subjects=[("account", user.username)], sealed=True)
