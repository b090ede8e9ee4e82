"""Reads of accounts: who is asking, who may do what, what waits for a second person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session

from portal.accounts.emergencies.queries import roles_in_force
from portal.accounts.emergencies.rules import roles_to_take
from portal.accounts.models import (
    CodeKind,
    EmergencyGrant,
    Grant,
    GrantState,
    LoginSession,
    OneTimeCode,
    Reinstatement,
    User,
    UserRole,
    UserScope,
)
from portal.accounts.permissions import THREE_ADMINISTRATORS, Role
from portal.accounts.rules import Principal, RoleScope, session_is_over
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.kernel.prepared import Prepared

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


def display_names(session: Session, usernames: Collection[str]) -> dict[str, str]:
    """The names of the persons behind some accounts, in one statement; unknown ones are left out."""
    query = select(User.username, User.display_name).where(User.username.in_(usernames))
    return {username: name for username, name in session.execute(query)}


@dataclass(frozen=True)
class Desk:
    """Where an account works: the code of its unit, and the roles in force."""

    unit_code: str | None
    roles: frozenset[Role]


def desks_of(session: Session, usernames: Collection[str]) -> dict[str, Desk]:
    """Where some accounts work, in two statements; unknown ones are left out."""
    rows = session.execute(select(User.id, User.username, User.unit_code).where(User.username.in_(usernames))).all()
    roles = roles_of(session, [row.id for row in rows])
    return {row.username: Desk(row.unit_code, frozenset(scope.role for scope in roles.get(row.id, ()))) for row in rows}


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
    """Who this account is to every decision: a disabled one, or one whose invitation waits, holds nothing.

    What was taken in an emergency counts while its four hours last.
    """
    return _principal(session, user, roles_of(session, [user.id]).get(user.id, ()))


def _principal(session: Session, user: User | Row[*tuple[Any, ...]], granted: tuple[RoleScope, ...]) -> Principal:
    """As `principal_of`, with the roles that were granted; `user` has an account's fields."""
    roles = granted if user.disabled_at is None and user.taken_at is not None else ()
    may_take = roles_to_take(role.role for role in roles)  # who may take none has none: helpers ask at every upload
    taken = roles_in_force(session, [user.id]).get(user.id, ()) if may_take else ()
    return Principal(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        roles=(*roles, *taken),
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
    found: dict[int, list[tuple[int, str, str]]] = {}
    for user_id, role_id, role, code in rows:
        found.setdefault(user_id, []).append((role_id, role, code))
    return {user: _scoped(held) for user, held in found.items()}


def _scoped(held: Iterable[tuple[int, str, str]]) -> tuple[RoleScope, ...]:
    """Roles with all their divisions, from one line (role's id, role, division) for each division."""
    roles: dict[int, tuple[Role, list[str]]] = {}
    for role_id, role, code in held:
        roles.setdefault(role_id, (Role(role), []))[1].append(code)
    return tuple(RoleScope(role, tuple(codes)) for role, codes in roles.values())


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
    """Roles that an account holds, has held, has taken in an emergency, or is proposed for."""
    held = session.scalars(select(UserRole.role).where(UserRole.user_id == user_id))
    waiting = session.scalars(select(Grant.role).where(Grant.user_id == user_id, Grant.state == GrantState.PROPOSED))
    taken = session.scalars(select(EmergencyGrant.role).where(EmergencyGrant.user_id == user_id))
    return {Role(role) for role in (*held, *waiting, *taken)}


def three_are_in_place(session: Session) -> bool:
    """True when each of the three administrators has taken his invitation: before that no grant works."""
    roles = session.scalars(
        select(UserRole.role)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role.in_(list(THREE_ADMINISTRATORS)), User.taken_at.is_not(None))
        .distinct()
    )
    return {Role(role) for role in roles} == THREE_ADMINISTRATORS


_LOGIN, _USER = LoginSession.__table__.c, User.__table__.c
_ROLE, _SCOPE = UserRole.__table__, UserScope.__table__
# Made once, over the tables themselves: every request of everybody who is signed in begins with it.
_SIGNED_IN = Prepared(
    select(
        _LOGIN.id.label("session_id"), _LOGIN.csrf_secret, _LOGIN.last_seen_at, _LOGIN.expires_at, _LOGIN.bearer,
        _USER.id, _USER.username, _USER.display_name, _USER.unit_code, _USER.helper_no, _USER.household_no,
        _USER.disabled_at, _USER.taken_at, _ROLE.c.id.label("role_id"), _ROLE.c.role, _SCOPE.c.division_code,
    )
    .join_from(LoginSession.__table__, User.__table__, _USER.id == _LOGIN.user_id)
    .outerjoin(_ROLE, and_(_ROLE.c.user_id == _USER.id, _ROLE.c.ended_at.is_(None)))
    .outerjoin(_SCOPE, _SCOPE.c.user_role_id == _ROLE.c.id)
    .where(_LOGIN.token_hash == bindparam("token"), _LOGIN.bearer == bindparam("bearer"), _LOGIN.ended_at.is_(None))
    .order_by(_ROLE.c.id, _SCOPE.c.id)
)  # fmt: skip


def find_signed_in(session: Session, token_hash: bytes, now: datetime, *, bearer: bool = False) -> SignedIn | None:
    """The living session of a cookie (or of a bearer token); None when unknown, over, or the account is disabled."""
    rows = _SIGNED_IN.rows(session.connection(), {"token": token_hash, "bearer": bearer})
    if not rows or rows[0].disabled_at is not None or _is_over(rows[0], now):
        return None
    login = rows[0]
    roles = _scoped((row.role_id, row.role, row.division_code) for row in rows if row.division_code is not None)
    return SignedIn(login.session_id, login.csrf_secret, login.last_seen_at, _principal(session, login, roles))


def list_sessions(session: Session, user_id: int, now: datetime) -> Sequence[LoginSession]:
    """Living sessions of a person, newest first."""
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now)
        .order_by(LoginSession.last_seen_at.desc())
    )
    return [row for row in rows if not _is_over(row, now)]


def _is_over(row: LoginSession | Row[*tuple[Any, ...]], now: datetime) -> bool:
    return session_is_over(now=now, last_seen_at=row.last_seen_at, expires_at=row.expires_at, may_rest=row.bearer)


@dataclass(frozen=True)
class Person:
    """One line of the list of accounts."""

    user: User
    roles: tuple[RoleScope, ...]


def list_people(session: Session, *, words: str = "", after: Start | None = None, limit: int = 51) -> list[Person]:
    """Accounts by username, keyset paging; `words` matches the beginning of username or name."""
    query = select(User)
    if words:
        query = query.where(
            User.username.startswith(words, autoescape=True) | User.display_name.startswith(words, autoescape=True)
        )
    users = [row[0] for row in rows_beside(session, query, (User.username,), after, limit)]
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


def get_reinstatement(session: Session, proposal_id: int) -> Reinstatement:
    """One proposal to give an account back; NotFound when there is none."""
    found = session.get(Reinstatement, proposal_id)
    if found is None:
        raise NotFound("没有这条恢复", fix="从账号列表重新进入")
    return found


def list_waiting_returns(session: Session) -> Sequence[Row[Reinstatement, User]]:
    """Disabled accounts that are proposed to come back, oldest first."""
    return session.execute(
        select(Reinstatement, User)
        .join(User, User.id == Reinstatement.user_id)
        .where(Reinstatement.state == GrantState.PROPOSED)
        .order_by(Reinstatement.id)
    ).all()


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
