"""Decisions on break-glass 紧急授权: which role, where, by whom, for how long, and who reviews it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from portal.accounts.permissions import ROLE_NAMES, Role
from portal.accounts.rules import NATION, Principal, covers
from portal.kernel.errors import BadInput, Conflict, Refused

LIVES: Final = timedelta(hours=4)
REVIEWERS: Final = 2

OFFICES: Final = frozenset(
    {
        Role.VILLAGE_CLERK, Role.TOWNSHIP_CLERK, Role.DEPARTMENT_OFFICER, Role.FUND_MANAGER, Role.PROJECT_MANAGER,
        Role.LEADER,
    }
)  # fmt: skip
WATCH: Final = frozenset({Role.INSPECTOR, Role.INSPECTION_HEAD, Role.FINANCE_SUPERVISOR, Role.AUDITOR})


def roles_to_take(held: Iterable[Role]) -> tuple[Role, ...]:
    """Roles that somebody may take in an emergency: of his own side (offices or supervision) only, never a 三员.

    The three administrators get none: together with what they hold, it would undo their separation.
    """
    mine = set(held)
    sides = [side for side in (OFFICES, WATCH) if mine & side]
    return tuple(role for role in Role if any(role in side for side in sides)) if len(sides) == 1 else ()


def refuse_emergency(by: Principal, role: Role, codes: Sequence[str], why: str) -> None:
    """Refuse what break-glass is not for: another side's role, another county, no reason."""
    if role not in roles_to_take(by.role_names):
        raise Refused(
            f"紧急授权不能取得{ROLE_NAMES[role]}",
            why="只能取得同一层（办事或监督）的角色；三员不能用紧急授权",
            fix="请系统管理员提出、安全管理员批准",
        )
    if not codes or any(len(code) != len(NATION) or not (code.isascii() and code.isdigit()) for code in codes):
        raise BadInput("范围要填 12 位区划代码，至少一个", fix="县级后面补 6 个 0，乡镇补 3 个 0", code="bad_scope")
    mine = {scope for held in by.roles for scope in held.scopes}
    if any(not _within(code, mine) for code in codes):
        raise Refused("紧急授权只能用在本县", why="四个小时的事不出县", fix="改填本县的区划代码")
    if len(why.strip()) < 4:
        raise BadInput("紧急授权要写明原因", fix="写明什么事、为什么等不到批准", code="why_needed")


def _within(code: str, mine: Iterable[str]) -> bool:
    """In a scope of one's own, or elsewhere in the same county."""
    return any(covers(scope, code) or (scope[:6] == code[:6] and scope[4:6] != "00") for scope in mine)


def refuse_review(*, taker: str, reviewer: str, reviewers: Iterable[str], is_over: bool, note: str) -> None:
    """Two persons review it, neither of them the one who took it, each once, when it is over."""
    if not is_over:
        raise Conflict("还在用着，到时间或交还以后再复核", fix="等它结束")
    known = set(reviewers)
    if reviewer == taker:
        raise Refused("不能复核自己的紧急授权", why="复核要由别的两个人办", fix="请另外两位管理员复核")
    if reviewer in known:
        raise Conflict("您已经复核过", why="两份意见要由两个人写", fix="请另一位管理员复核")
    if len(known) >= REVIEWERS:
        raise Conflict("已经有两个人复核过", fix="刷新页面看结果")
    if len(note.strip()) < 2:
        raise BadInput("复核要写意见", fix="写明看了什么、为什么这样认为", code="why_needed")


def is_over(expires_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """True when it was given back or its four hours are past."""
    return ended_at is not None or expires_at <= now
