"""Decisions on household changes: what each kind must say, and that two persons stand for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from portal.kernel.errors import Refused
from portal.registers.recipients.procedures.changes.models import ChangeKind, ChangeState

ADDING: Final = frozenset({ChangeKind.BIRTH, ChangeKind.MARRIAGE, ChangeKind.MOVE_IN})
REMOVING: Final = frozenset({ChangeKind.DEATH, ChangeKind.MOVE_OUT})
NEEDS_PERSON: Final = REMOVING
NEEDS_OTHER: Final = frozenset({ChangeKind.MERGE})


def change_problem(
    kind: ChangeKind,
    happened_on: date,
    today: date,
    person_id: int | None,
    other: int | None,
    values: Mapping[str, Any],
) -> None:
    """Refuse a change that does not say what it needs."""
    if happened_on > today:
        raise Refused("变动日期在今天之后", fix="核对日期")
    if kind in NEEDS_PERSON and person_id is None:
        raise Refused("没有选是哪一位成员", fix="从家庭成员里选")
    if kind in ADDING and not str(values.get("person", {}).get("name") or "").strip():
        raise Refused("没有填写新成员的姓名", fix="照证件填写姓名")
    if kind in NEEDS_OTHER and other is None:
        raise Refused("没有写并入的是哪一户", fix="填写并入那一户的户编号")
    leaving = [person for person in values.get("people") or () if person is not None]
    if kind is ChangeKind.SPLIT and not (leaving and values.get("household", {}).get("no")):
        raise Refused("分户要写明分出去的人和新的户编号", fix="选成员，并填写新的户编号")
    if kind is ChangeKind.CORRECTION and not (values.get("person") or values.get("household")):
        raise Refused("没有任何改动", fix="改好一处再保存，或者返回", code="unchanged")


def decision_problem(state: str, entered_by: str, actor: str) -> None:
    """Refuse to decide what is decided, and to confirm what one has proposed oneself."""
    if state != ChangeState.WAITING:
        raise Refused("这项变动已经处理过", why=f"它的状态是“{state}”", fix="刷新页面")
    if entered_by == actor:
        raise Refused("提出和确认要两个人", why="这项变动是您提出的", fix="请乡镇另一位确认", code="same_person")


def is_split_too_near(split_on: date, applied_on: date, months: int | None) -> bool:
    """Whether a split 分户 lies so short before an application that it is shown (禁止分户骗保)."""
    if months is None:
        return False
    return 0 <= (applied_on.year - split_on.year) * 12 + applied_on.month - split_on.month <= months
