"""What is done to accounts: opened and stopped. Nobody here can do alone what needs two persons."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import LoginSession, User, UserRole
from portal.accounts.permissions import ROLE_NAMES, THREE_ADMINISTRATORS, Permission, Role
from portal.accounts.rules import NATION, Principal, RoleScope, may
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from portal.trail import actions as trail

USERNAME: Final = re.compile(r"[a-z][a-z0-9_.-]{1,39}")


def command_line(os_user: str) -> Principal:
    """Whoever works on the server's command line: counts as system management, and is named `cli:<OS user>`."""
    return Principal(0, f"cli:{os_user}", os_user, (RoleScope(Role.SYSTEM_ADMIN, (NATION,)),))


def insist(by: Principal, permission: Permission) -> None:
    """Refuse an act that the person's roles do not carry (doors have asked already; the command line has not)."""
    if not may(by, permission):
        raise NotAllowed(f"没有“{permission}”的权限", fix="请有这个权限的管理员办理")


def open_account(
    session: Session,
    by: Principal,
    *,
    username: str,
    display_name: str,
    unit_code: str | None = None,
    helper_no: str | None = None,
    household_no: str | None = None,
    request_id: str | None = None,
) -> User:
    """Open an account without a password and without a role: an invitation and a grant follow, each by two persons."""
    insist(by, Permission.ADD_PEOPLE)
    user = add_user(session, by.actor, username, display_name, unit_code, helper_no, household_no)
    trail.record(
        session,
        kind="account.opened",
        actor=by.actor,
        subjects=[("account", user.username)],
        after={"display_name": user.display_name, "unit_code": unit_code, "helper_no": helper_no},
        request_id=request_id,
    )
    return user


def add_user(
    session: Session,
    actor: str,
    username: str,
    display_name: str,
    unit_code: str | None = None,
    helper_no: str | None = None,
    household_no: str | None = None,
) -> User:
    """The row of a new account; the caller records it. Names are lower-case ASCII, so that no two look alike."""
    name = username.strip().lower()
    if not USERNAME.fullmatch(name):
        raise BadInput(
            "用户名要以小写字母开头，2 到 40 个字符，只用小写字母、数字、点、横线和下划线",
            fix="例如 li.wei 或 gaogou-zhang",
            code="bad_username",
        )
    if not display_name.strip():
        raise BadInput("姓名要填", fix="填使用人的姓名", code="bad_display_name")
    if queries.find_user(session, name) is not None:
        raise Conflict(f"用户名 {name} 已经有人用", fix="换一个用户名", code="username_taken")
    user = User(
        username=name,
        display_name=display_name.strip(),
        unit_code=unit_code or None,
        helper_no=helper_no or None,
        household_no=household_no or None,
        created_at=now_utc(),
        created_by=actor,
        demonstration=False,
    )
    session.add(user)
    session.flush()
    return user


def disable_account(session: Session, by: Principal, user: User, *, why: str, request_id: str | None = None) -> None:
    """Stop an account at once: no sign-in, no role, every session ended. It stays in the list, and its roles count."""
    insist(by, Permission.DISABLE_PEOPLE)
    if user.disabled_at is not None:
        raise Conflict("这个账号已经停用", fix="不用再停一次")
    if not why.strip():
        raise BadInput("停用要写原因", fix="例如：调离、借调结束、账号被盗", code="why_needed")
    _refuse_last_administrator(session, user)
    moment = now_utc()
    user.disabled_at = moment
    for login in session.scalars(
        select(LoginSession).where(LoginSession.user_id == user.id, LoginSession.ended_at.is_(None))
    ):
        login.ended_at = moment
    session.flush()
    trail.record(
        session,
        kind="account.disabled",
        actor=by.actor,
        subjects=[("account", user.username)],
        why=why.strip(),
        request_id=request_id,
    )


def _refuse_last_administrator(session: Session, user: User) -> None:
    """The last of a kind of administrator stays: without one of the three nobody could ever be granted anything."""
    for held in queries.roles_of(session, [user.id]).get(user.id, ()):
        if held.role in THREE_ADMINISTRATORS and queries.count_active(session, held.role) <= 1:
            raise Refused(
                f"这是最后一位{ROLE_NAMES[held.role]}",
                why="没有三员，授权和恢复都办不了",
                fix="先任命一位接替的人，再停用",
            )


def end_role(
    session: Session, by: Principal, user: User, role_id: int, *, why: str, request_id: str | None = None
) -> None:
    """Take a role away. One person is enough: taking away opens nothing. It still counts for the three administrators."""
    insist(by, Permission.DISABLE_PEOPLE)
    held = session.get(UserRole, role_id)
    if held is None or held.user_id != user.id or held.ended_at is not None:
        raise Conflict("这个角色已经不在这个账号上", fix="刷新页面看现在的角色")
    if not why.strip():
        raise BadInput("收回角色要写原因", fix="例如：岗位调整", code="why_needed")
    if Role(held.role) in THREE_ADMINISTRATORS:
        _refuse_last_administrator(session, user)
    held.ended_at, held.ended_by = now_utc(), by.actor
    session.flush()
    trail.record(
        session,
        kind="role.ended",
        actor=by.actor,
        subjects=[("account", user.username)],
        before={"role": held.role},
        why=why.strip(),
        request_id=request_id,
    )
