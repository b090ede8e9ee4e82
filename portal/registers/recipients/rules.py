"""Decisions on households and persons: categories, causes, the life of 状态, who is the head, what may be corrected.

Sources: the register form's codes (登记表 A3a, A3b: one main cause, at most two others); 状态 changes only by a
decision of the county or by a cancellation, and a file may set it only for a household that it creates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from portal.kernel.errors import Refused
from portal.registers.recipients.models import (
    Category,
    Cause,
    DisabilityLevel,
    Health,
    HouseholdStatus,
    Labour,
    Schooling,
    WeakVillageLevel,
    WeakVillageStatus,
)

HEAD = "户主"
MAX_OTHER_CAUSES = 2
SEPARATOR = "、"

STATUS_TRANSITIONS: Mapping[HouseholdStatus, frozenset[HouseholdStatus]] = {
    HouseholdStatus.LISTED: frozenset(
        {HouseholdStatus.OUT_OF_POVERTY, HouseholdStatus.EXITED, HouseholdStatus.CANCELLED}
    ),
    HouseholdStatus.OUT_OF_POVERTY: frozenset(
        {HouseholdStatus.LISTED, HouseholdStatus.EXITED, HouseholdStatus.CANCELLED}
    ),
    HouseholdStatus.EXITED: frozenset({HouseholdStatus.LISTED, HouseholdStatus.CANCELLED}),
    HouseholdStatus.CANCELLED: frozenset({HouseholdStatus.LISTED}),
}
"""状态 in the register: 返贫 and a wrong cancellation lead back to 在册; each step is a decision with its document."""


def allowed_statuses(status: str | None) -> frozenset[HouseholdStatus]:
    """Where a household may go from here; a household without 状态 may be listed."""
    if status is None:
        return frozenset({HouseholdStatus.LISTED})
    return STATUS_TRANSITIONS[HouseholdStatus(status)]


def status_refusal(before: str | None, after: str, decided_on: date | None, document: str) -> None:
    """Refuse a step that the table does not know, or one without a decision behind it."""
    if after not in set(HouseholdStatus):
        raise Refused("没有这个状态", fix="从 在册、已脱贫、已退出、已注销 里选")
    if HouseholdStatus(after) not in allowed_statuses(before):
        raise Refused(f"状态不能从“{before}”改成“{after}”", why="没有这样的程序", fix="核对户编号和决定文件")
    if decided_on is None or not document.strip():
        raise Refused("改状态要有决定", why="状态只凭县级批准或注销登记改变", fix="填写决定文号和日期")


def split_causes(text: str | None) -> tuple[str, ...]:
    """Other causes as they are kept (`因病、因学`) or typed (comma, blank, semicolon between them)."""
    if not text:
        return ()
    for mark in ("，", ",", ";", "；", " ", "/"):
        text = text.replace(mark, SEPARATOR)
    return tuple(dict.fromkeys(part for part in text.split(SEPARATOR) if part))


def join_causes(causes: Iterable[str]) -> str | None:
    """The kept form; None when there is none."""
    return SEPARATOR.join(dict.fromkeys(causes)) or None


def causes_problem(main: str | None, others: str | None) -> None:
    """One main cause of the official twelve, at most two others, none of them twice."""
    known = set(Cause)
    parts = split_causes(others)
    for cause in (*([main] if main else []), *parts):
        if cause not in known:
            raise Refused(f"致贫原因没有“{cause}”", fix="从官方十二项里选：" + SEPARATOR.join(Cause))
    if len(parts) > MAX_OTHER_CAUSES:
        raise Refused("其他致贫原因最多两项", why=f"填了 {len(parts)} 项", fix="留下最主要的两项")
    if main in parts:
        raise Refused("主要原因和其他原因重复", fix="其他致贫原因里去掉主要原因")
    if parts and main is None:
        raise Refused("只有其他原因，没有主要原因", fix="先选一项主要致贫原因")


def household_problem(values: Mapping[str, object]) -> None:
    """Refuse a household that cannot be: no number, unknown category or causes, dates the wrong way round."""
    if not str(values.get("no") or "").strip():
        raise Refused("没有户编号", fix="填写户编号")
    category = values.get("category")
    if category is not None and category not in set(Category):
        raise Refused(f"对象类别没有“{category}”", fix="从列出的九类里选")
    causes_problem(_text(values.get("main_cause")), _text(values.get("other_causes")))
    status = values.get("status")
    if status is not None and status not in set(HouseholdStatus):
        raise Refused(f"状态没有“{status}”", fix="从 在册、已脱贫、已退出、已注销 里选")
    entered, exited = values.get("entered_on"), values.get("exited_on")
    if isinstance(entered, date) and isinstance(exited, date) and exited < entered:
        raise Refused("退出日期早于纳入日期", fix="核对两个日期")
    if (values.get("lat_e7") is None) != (values.get("lng_e7") is None):
        raise Refused("经度和纬度要一起填", fix="补上另一个，或都留空")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def lives_together(stated: bool | None) -> bool:
    """是否共同生活: blank means yes."""
    return True if stated is None else stated


def head_problem(relations: Iterable[str | None]) -> None:
    """A household has at most one 户主."""
    if sum(1 for relation in relations if relation == HEAD) > 1:
        raise Refused("一户只能有一个户主", fix="把另一位改成与户主的关系")


def is_income_capped(category: str | None) -> bool:
    """Whether income must lie under the line: never asked of 突发严重困难户 (trap T02)."""
    return category != Category.SUDDEN


_PERSON_CODES: Mapping[str, tuple[str, frozenset[str]]] = {
    "health": ("健康状况", frozenset(Health)),
    "labour": ("劳动能力", frozenset(Labour)),
    "schooling": ("在校状况", frozenset(Schooling)),
    "disability_level": ("残疾等级", frozenset(DisabilityLevel)),
    "sex": ("性别", frozenset({"男", "女"})),
}


def person_problem(values: Mapping[str, object]) -> None:
    """Refuse a person without a name, or with a value that no list knows."""
    if not str(values.get("name") or "").strip():
        raise Refused("没有姓名", fix="照证件填写姓名")
    for field, (label, allowed) in _PERSON_CODES.items():
        value = values.get(field)
        if value is not None and value not in allowed:
            raise Refused(f"{label}没有“{value}”", fix="从列出的各项里选")


def weak_village_problem(values: Mapping[str, object]) -> None:
    """Refuse a level or state that no list knows, and sums below zero."""
    for field, label, allowed in (
        ("level", "级别", frozenset(WeakVillageLevel)),
        ("status", "状态", frozenset(WeakVillageStatus)),
    ):
        value = values.get(field)
        if value is not None and value not in allowed:
            raise Refused(f"{label}没有“{value}”", fix="从列出的各项里选")
    for field, label in (("collective_income_fen", "村集体年收入"), ("line_fen", "达标线")):
        value = values.get(field)
        if isinstance(value, int) and value < 0:
            raise Refused(f"{label}不能小于零", fix="核对金额")
