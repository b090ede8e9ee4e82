"""Grants: one administrator proposes a role with its scopes, a security administrator who is somebody else decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.actions import insist
from portal.accounts.models import Grant, GrantState, User, UserRole, UserScope
from portal.accounts.permissions import ROLE_NAMES, Permission, Role
from portal.accounts.rules import NATION, Principal, may, refuse_approver, refuse_role_set
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from portal.trail import actions as trail


def propose_grant(
    session: Session,
    by: Principal,
    user: User,
    role: Role,
    scopes: Sequence[str],
    *,
    why: str,
    request_id: str | None = None,
) -> Grant:
    """Propose that somebody holds a role in some divisions. Nothing changes until a second person approves."""
    insist(by, Permission.PROPOSE_GRANTS)
    codes = _scopes(by, scopes)
    if not why.strip():
        raise BadInput("授权要写原因", fix="例如：任命文件的文号、岗位", code="why_needed")
    if by.actor == _actor(user):
        raise Refused("不能给自己授权", why="授权要由别的两个人办", fix="请另外两位管理员办理")
    refuse_role_set(queries.ever_held(session, user.id), role)
    grant = Grant(
        user_id=user.id,
        role=role.value,
        scopes=codes,
        why=why.strip(),
        state=GrantState.PROPOSED.value,
        proposed_by=by.actor,
        proposed_at=now_utc(),
    )
    session.add(grant)
    session.flush()
    _record(session, "grant.proposed", by, user, grant, why.strip(), request_id)
    return grant


def approve_grant(session: Session, by: Principal, grant_id: int, *, request_id: str | None = None) -> UserRole:
    """Bring a proposed grant into force. Works only when the three administrators are in place."""
    insist(by, Permission.APPROVE_GRANTS)
    grant, user = _undecided(session, grant_id)
    if not queries.three_are_in_place(session):
        raise Refused(
            "三员还没有到齐，授权不生效",
            why="系统管理员、安全管理员、安全审计员都领取邀请以后，授权才起作用",
            fix="请还没有领取邀请的人先领取",
            code="three_missing",
        )
    refuse_approver(proposer=grant.proposed_by, approver=by.actor, grantee=_actor(user), approver_roles=by.role_names)
    role = Role(grant.role)
    refuse_role_set(queries.ever_held(session, user.id), role)
    _scopes_allowed(by, Permission.APPROVE_GRANTS, grant.scopes)
    _decide(grant, by, GrantState.APPROVED)
    held = give_role(session, user, role, grant.scopes, grant.id)
    _record(session, "grant.approved", by, user, grant, None, request_id)
    return held


def refuse_grant(session: Session, by: Principal, grant_id: int, *, why: str, request_id: str | None = None) -> None:
    """Do not approve a proposed grant. The proposal stays, with the reason in the trail."""
    insist(by, Permission.APPROVE_GRANTS)
    grant, user = _undecided(session, grant_id)
    if not why.strip():
        raise BadInput("不批准要写原因", fix="写给提出的人看", code="why_needed")
    _decide(grant, by, GrantState.REFUSED)
    session.flush()
    _record(session, "grant.refused", by, user, grant, why.strip(), request_id)


def give_role(session: Session, user: User, role: Role, scopes: Sequence[str], grant_id: int | None) -> UserRole:
    """The rows of a role in force; the caller records it (approval, the first administrators, demonstration)."""
    held = UserRole(user_id=user.id, role=role.value, grant_id=grant_id, granted_at=now_utc())
    session.add(held)
    session.flush()
    session.add_all(UserScope(user_role_id=held.id, division_code=code) for code in scopes)
    session.flush()
    return held


def _actor(user: User) -> str:
    return f"user:{user.username}"


def _scopes(by: Principal, scopes: Sequence[str]) -> list[str]:
    codes = list(dict.fromkeys(code.strip() for code in scopes if code.strip()))
    wrong = [code for code in codes if len(code) != len(NATION) or not (code.isascii() and code.isdigit())]
    if not codes or wrong:
        raise BadInput("范围要填 12 位区划代码，至少一个", fix="县级后面补 6 个 0，乡镇补 3 个 0", code="bad_scope")
    _scopes_allowed(by, Permission.PROPOSE_GRANTS, codes)
    return codes


def _scopes_allowed(by: Principal, permission: Permission, codes: Sequence[Any]) -> None:
    outside = [code for code in codes if not may(by, permission, division=str(code))]
    if outside:
        raise NotAllowed(f"区划 {outside[0]} 不在您的管辖范围", fix="请管辖那里的管理员办理", code="outside_scope")


def _undecided(session: Session, grant_id: int) -> tuple[Grant, User]:
    grant = queries.get_grant(session, grant_id)
    if grant.state != GrantState.PROPOSED:
        raise Conflict(f"这条授权{grant.state}", why="另一位管理员已经办理", fix="刷新页面看结果")
    return grant, queries.get_user_by_id(session, grant.user_id)


def _decide(grant: Grant, by: Principal, state: GrantState) -> None:
    grant.state = state.value
    grant.decided_by = by.actor
    grant.decided_at = now_utc()


def _record(
    session: Session, kind: str, by: Principal, user: User, grant: Grant, why: str | None, request_id: str | None
) -> None:
    trail.record(
        session,
        kind=kind,
        actor=by.actor,
        subjects=[("account", user.username), ("grant", str(grant.id))],
        after={
            "role": grant.role,
            "role_name": ROLE_NAMES[Role(grant.role)],
            "scopes": list(grant.scopes),
            "state": grant.state,
            "proposed_by": grant.proposed_by,
        },
        why=why,
        request_id=request_id,
    )
