"""Reads of accounts: who is asking, who may do what, what waits for a second person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import CodeKind, Grant, GrantState, LoginSession, OneTimeCode, User, UserRole, UserScope
from portal.accounts.permissions import THREE_ADMINISTRATORS, Role
from portal.accounts.rules import Principal, RoleScope, session_is_over
from portal.kernel.errors import NotFound

__all__ = ["CodeKind", "GrantState"]


@dataclass(frozen=True)
class SignedIn:
    """A living session: its row, the secret of its forms, and who it belongs to."""

    session_id: int
    csrf_secret: bytes
    last_seen_at: datetime
    principal: Principal


def find_user(session: Session, username: str) -> User | None:
    """The account of a name, or None."""
    return session.scalar(select(User).where(User.username == username))


def get_user(session: Session, username: str) -> User:
    """The account of a name; NotFound when there is none."""
    user = find_user(session, username)
    if user is None:
        raise NotFound(f"没有账号 {username}", fix="核对用户名，或先建立账号")
    return user


def get_user_by_id(session: Session, user_id: int) -> User:
    """The account of an id; NotFound when there is none."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("没有这个账号", fix="从账号列表重新进入")
    return user


def principal_of(session: Session, user: User) -> Principal:
    """Who this account is to every decision: a disabled one, or one whose invitation waits, holds nothing."""
    holds = user.disabled_at is None and user.taken_at is not None
    return Principal(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        roles=roles_of(session, [user.id]).get(user.id, ()) if holds else (),
        unit_code=user.unit_code,
        helper_no=user.helper_no,
        household_no=user.household_no,
    )


def roles_of(session: Session, user_ids: Iterable[int]) -> dict[int, tuple[RoleScope, ...]]:
    """Roles in force of some accounts, with their scopes; one statement."""
    rows = session.execute(
        select(UserRole.user_id, UserRole.id, UserRole.role, UserScope.division_code)
        .join(UserScope, UserScope.user_role_id == UserRole.id)
        .where(UserRole.user_id.in_(list(user_ids)), UserRole.ended_at.is_(None))
        .order_by(UserRole.id, UserScope.id)
    )
    found: dict[int, dict[int, tuple[Role, list[str]]]] = {}
    for user_id, role_id, role, code in rows:
        found.setdefault(user_id, {}).setdefault(role_id, (Role(role), []))[1].append(code)
    return {user: tuple(RoleScope(role, tuple(codes)) for role, codes in held.values()) for user, held in found.items()}


@dataclass(frozen=True)
class HeldRole:
    """A role of an account, in force or ended, with its divisions."""

    id: int
    role: Role
    granted_at: datetime
    ended_at: datetime | None
    scopes: tuple[str, ...]


def list_roles(session: Session, user_id: int) -> list[HeldRole]:
    """Every role of an account, also the ended ones, in the order of granting."""
    rows = session.execute(
        select(UserRole, UserScope.division_code)
        .join(UserScope, UserScope.user_role_id == UserRole.id)
        .where(UserRole.user_id == user_id)
        .order_by(UserRole.id, UserScope.id)
    )
    scopes: dict[int, tuple[UserRole, list[str]]] = {}
    for role, code in rows:
        scopes.setdefault(role.id, (role, []))[1].append(code)
    return [HeldRole(r.id, Role(r.role), r.granted_at, r.ended_at, tuple(codes)) for r, codes in scopes.values()]


def ever_held(session: Session, user_id: int) -> set[Role]:
    """Roles that an account holds, has held, or is proposed for."""
    held = session.scalars(select(UserRole.role).where(UserRole.user_id == user_id))
    waiting = session.scalars(select(Grant.role).where(Grant.user_id == user_id, Grant.state == GrantState.PROPOSED))
    return {Role(role) for role in (*held, *waiting)}


def three_are_in_place(session: Session) -> bool:
    """True when each of the three administrators has taken his invitation: before that no grant works."""
    roles = session.scalars(
        select(UserRole.role)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role.in_(list(THREE_ADMINISTRATORS)), User.taken_at.is_not(None))
        .distinct()
    )
    return {Role(role) for role in roles} == THREE_ADMINISTRATORS


def find_signed_in(session: Session, token_hash: bytes, now: datetime) -> SignedIn | None:
    """The living session of a cookie; None when unknown, ended, idle too long, past its limit or disabled."""
    row = session.execute(
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.token_hash == token_hash)
    ).one_or_none()
    if row is None:
        return None
    login, user = row
    if login.ended_at is not None or user.disabled_at is not None:
        return None
    if session_is_over(now=now, last_seen_at=login.last_seen_at, expires_at=login.expires_at):
        return None
    return SignedIn(login.id, login.csrf_secret, login.last_seen_at, principal_of(session, user))


def list_sessions(session: Session, user_id: int, now: datetime) -> Sequence[LoginSession]:
    """Living sessions of a person, newest first."""
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now)
        .order_by(LoginSession.last_seen_at.desc())
    )
    return [r for r in rows if not session_is_over(now=now, last_seen_at=r.last_seen_at, expires_at=r.expires_at)]


@dataclass(frozen=True)
class Person:
    """One line of the list of accounts."""

    user: User
    roles: tuple[RoleScope, ...]


def list_people(session: Session, *, words: str = "", after: str = "", limit: int = 51) -> list[Person]:
    """Accounts by username, keyset by the last name shown; `words` matches the beginning of username or name."""
    query = select(User).where(User.username > after).order_by(User.username).limit(limit)
    if words:
        query = query.where(
            User.username.startswith(words, autoescape=True) | User.display_name.startswith(words, autoescape=True)
        )
    users = session.scalars(query).all()
    roles = roles_of(session, [user.id for user in users])
    return [Person(user, roles.get(user.id, ())) for user in users]


def list_waiting_grants(session: Session) -> Sequence[Row[Grant, User]]:
    """Grants that wait for a second person, oldest first, each with its account."""
    return session.execute(
        select(Grant, User)
        .join(User, User.id == Grant.user_id)
        .where(Grant.state == GrantState.PROPOSED)
        .order_by(Grant.id)
    ).all()


def list_grants(session: Session, user_id: int) -> Sequence[Grant]:
    """Every grant that was ever proposed for an account, newest first."""
    return session.scalars(select(Grant).where(Grant.user_id == user_id).order_by(Grant.id.desc())).all()


def get_grant(session: Session, grant_id: int) -> Grant:
    """One grant; NotFound when there is none."""
    grant = session.get(Grant, grant_id)
    if grant is None:
        raise NotFound("没有这条授权", fix="从账号列表重新进入")
    return grant


def get_code(session: Session, code_id: int) -> OneTimeCode:
    """One one-time code; NotFound when there is none."""
    code = session.get(OneTimeCode, code_id)
    if code is None:
        raise NotFound("没有这个码", fix="从账号列表重新进入")
    return code


def list_waiting_codes(session: Session, now: datetime) -> Sequence[Row[OneTimeCode, User]]:
    """Invitations and recoveries that wait to be released, oldest first."""
    return session.execute(
        select(OneTimeCode, User)
        .join(User, User.id == OneTimeCode.user_id)
        .where(OneTimeCode.released_at.is_(None), OneTimeCode.cancelled_at.is_(None), OneTimeCode.expires_at > now)
        .order_by(OneTimeCode.id)
    ).all()


def find_usable_code(session: Session, user_id: int, now: datetime) -> OneTimeCode | None:
    """The newest released, unused code of an account that has not expired."""
    return session.scalar(
        select(OneTimeCode)
        .where(
            OneTimeCode.user_id == user_id,
            OneTimeCode.released_at.is_not(None),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.cancelled_at.is_(None),
            OneTimeCode.expires_at > now,
        )
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    )


def count_active(session: Session, role: Role) -> int:
    """How many accounts hold a role and can sign in."""
    return (
        session.scalar(
            select(func.count(func.distinct(User.id)))
            .join(UserRole, UserRole.user_id == User.id)
            .where(
                UserRole.role == role.value,
                UserRole.ended_at.is_(None),
                User.disabled_at.is_(None),
                User.taken_at.is_not(None),
            )
        )
        or 0
    )


def find_bootstrapped(session: Session, role: Role) -> User | None:
    """The account that `init` made for a role."""
    return session.scalar(
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == role.value, UserRole.grant_id.is_(None), User.demonstration.is_(False))
        .order_by(User.id)
        .limit(1)
    )


def count_users(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(User)) or 0
