"""Decisions on accounts, from values in hand: may this person, do these roles go together, who may sign for whom.

Legal source of the separation: GB/T 22239-2019 8.1.4 and 8.1.5 (system, security and audit management apart).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.accounts.permissions import ROLE_NAMES, ROLE_PERMISSIONS, THREE_ADMINISTRATORS, Permission, Role
from portal.kernel.errors import Refused

NATION: Final = "000000000000"
_STEPS: Final = (2, 4, 6, 9, 12)


class Relation(StrEnum):
    """Where a record lies, seen from a scope 关系."""

    OWN = "本级"
    CHILD = "下级"
    PARENT = "上级"
    SIBLING = "旁级"
    ACCUSED = "被反映人"


@dataclass(frozen=True)
class RoleScope:
    """A role together with the divisions it holds in (12-digit codes)."""

    role: Role
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Principal:
    """Who is asking: the account as every decision sees it. Holds no secret."""

    user_id: int
    username: str
    display_name: str
    roles: tuple[RoleScope, ...]
    unit_code: str | None = None
    helper_no: str | None = None
    household_no: str | None = None

    @property
    def actor(self) -> str:
        """How the trail names this person: `user:<name>`, on the command line `cli:<OS user>`."""
        return self.username if self.username.startswith("cli:") else f"user:{self.username}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything this person may do somewhere."""
        return frozenset().union(*(ROLE_PERMISSIONS[held.role] for held in self.roles))

    @property
    def role_names(self) -> tuple[Role, ...]:
        """The roles held, once each."""
        return tuple(dict.fromkeys(held.role for held in self.roles))


def prefix_of(code: str) -> str:
    """The significant digits of a division code (2, 4, 6, 9 or 12); empty for the whole country."""
    if code == NATION:
        return ""
    for step in _STEPS:
        if not code[step:].strip("0"):
            return code[:step]
    return code


def relation_of(scope: str, division: str) -> Relation:
    """How a division lies to a scope."""
    mine, theirs = prefix_of(scope), prefix_of(division)
    if mine == theirs:
        return Relation.OWN
    if theirs.startswith(mine):
        return Relation.CHILD
    if mine.startswith(theirs):
        return Relation.PARENT
    return Relation.SIBLING


def covers(scope: str, division: str) -> bool:
    """A scope covers its own division and everything below it."""
    return relation_of(scope, division) in (Relation.OWN, Relation.CHILD)


def scopes_for(principal: Principal, permission: Permission) -> tuple[str, ...]:
    """The division codes in which a person holds a permission; empty when nowhere."""
    codes = (code for held in principal.roles if permission in ROLE_PERMISSIONS[held.role] for code in held.scopes)
    return tuple(dict.fromkeys(codes))


def may(
    principal: Principal | None,
    permission: Permission,
    *,
    division: str | None = None,
    accused: Collection[str] = (),
) -> bool:
    """Permission = role × scope × relation. Without a division the question is "anywhere at all".

    `accused`: usernames, helper or household numbers that the matter is about; none of them may, whatever the role.
    """
    if principal is None or is_accused(principal, accused):
        return False
    if permission is Permission.OWN_ACCOUNT and division is None:
        return True  # also without any role: everybody may see what he holds, and sign out
    scopes = scopes_for(principal, permission)
    return bool(scopes) if division is None else any(covers(scope, division) for scope in scopes)


def is_accused(principal: Principal, accused: Collection[str]) -> bool:
    """True when a matter is about this person."""
    own = {principal.username, principal.helper_no, principal.household_no}
    return any(name in own for name in accused)


@dataclass(frozen=True)
class Why:
    """One line of "why may this person see this": the role, the scope that covers, the relation."""

    role: Role
    scope: str
    relation: Relation
    covers: bool


def explain(principal: Principal, permission: Permission, division: str | None) -> list[Why]:
    """Every role that carries the permission, with each scope and how the division lies to it."""
    found = []
    for held in principal.roles:
        if permission in ROLE_PERMISSIONS[held.role]:
            for scope in held.scopes:
                relation = Relation.OWN if division is None else relation_of(scope, division)
                found.append(Why(held.role, scope, relation, relation in (Relation.OWN, Relation.CHILD)))
    return found


def refuse_role_set(ever_held: Iterable[Role], wanted: Role) -> None:
    """The three administrators never on one person: roles held in the past count, and so do roles still proposed."""
    if wanted in (Role.CITIZEN,):
        raise Refused("公众不用授权", fix="选一个要登录的角色")
    held = set(ever_held)
    if wanted in THREE_ADMINISTRATORS and (others := held - {wanted}):
        if others & THREE_ADMINISTRATORS:
            other = next(iter(others & THREE_ADMINISTRATORS))
            raise Refused(
                f"这个账号当过{ROLE_NAMES[other]}，不能再授予{ROLE_NAMES[wanted]}",
                why="系统管理员、安全管理员、安全审计员必须由不同的人担任，先后担任也不行（GB/T 22239-2019）",
                fix="换一个人担任",
            )
        raise Refused(
            f"这个账号有业务角色，不能再授予{ROLE_NAMES[wanted]}", why="三员不办业务", fix="给这个人另设的岗位换人担任"
        )
    if wanted not in THREE_ADMINISTRATORS and held & THREE_ADMINISTRATORS:
        raise Refused("三员账号不能兼任业务角色", why="三员不办业务（GB/T 22239-2019）", fix="换一个人担任")


def refuse_approver(*, proposer: str, approver: str, grantee: str, approver_roles: Iterable[Role]) -> None:
    """A grant needs two persons, neither of them the grantee, and a security administrator approves."""
    if approver == proposer:
        raise Refused("提出授权的人不能自己批准", why="授权要两个人", fix="请另一位安全管理员批准")
    if grantee in (proposer, approver):
        raise Refused("不能给自己授权", why="授权要由别的两个人办", fix="请另外两位管理员办理")
    if Role.SECURITY_ADMIN not in set(approver_roles):
        raise Refused("只有安全管理员能批准授权", fix="请安全管理员批准")


def refuse_release(*, maker: str, releaser: str, releaser_roles: Iterable[Role], target: str) -> None:
    """A code is made by one person and released by another; each sees one half, and one of them keeps security.

    A code made on the server's command line counts as made by system management, so a system administrator, who may be
    the same human being, cannot release it.
    """
    roles = set(releaser_roles)
    if releaser == maker:
        raise Refused("开具的人不能自己放行", why="恢复和邀请要两个人", fix="请另一位管理员放行")
    if releaser == target or maker == target:
        raise Refused("不能给自己开具或放行", why="恢复和邀请要由别的两个人办", fix="请另外两位管理员办理")
    if not roles & {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}:
        raise Refused("只有安全管理员或安全审计员能放行", fix="请他们中的一位放行")


FREE_TRIES: Final = 3
LOCK_AFTER: Final = 8
LOCK: Final = timedelta(minutes=15)
FORGET: Final = timedelta(hours=24)


def pause_after(failures: int) -> timedelta:
    """How long the next try must wait after so many failures in a row: nothing, then 2 s doubling, then a lock."""
    if failures < FREE_TRIES:
        return timedelta(0)
    if failures >= LOCK_AFTER:
        return LOCK
    return timedelta(seconds=2 ** (failures - FREE_TRIES + 1))


def password_problem(password: str, username: str) -> str | None:
    """What is wrong with a new password, or None. Length instead of composition rules (ASVS 6.2)."""
    if len(password) < 12:
        return "密码至少 12 个字"
    if len(password) > 128:
        return "密码最多 128 个字"
    if username.lower() in password.lower():
        return "密码里不能有用户名"
    if len(set(password)) < 5:
        return "密码里不同的字太少"
    return None


IDLE: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=12)


def session_is_over(*, now: datetime, last_seen_at: datetime, expires_at: datetime, may_rest: bool = False) -> bool:
    """A session ends after 15 minutes without a request, and in any case at its absolute limit.

    A phone's may rest: it is out of reach for hours, and locks itself.
    """
    return now >= expires_at or (not may_rest and now - last_seen_at >= IDLE)
