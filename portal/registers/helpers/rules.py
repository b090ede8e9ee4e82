"""Decisions on helpers and pairings: exactly one target, when a pairing is in force, how often a visit is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from portal.kernel.errors import Refused
from portal.registers.helpers.models import HelperKind

TARGETS = ("household_id", "village_code", "project_code")


def target_of(household_id: int | None, village_code: str | None, project_code: str | None) -> str:
    """The pairing's target as its key has it: `household:<id>`, `village:<code>` or `project:<code>`; exactly one."""
    given = [
        text
        for text in (
            f"household:{household_id}" if household_id is not None else "",
            f"village:{village_code}" if village_code else "",
            f"project:{project_code}" if project_code else "",
        )
        if text
    ]
    if len(given) != 1:
        raise Refused("户、村、项目要填且只填一个", why=f"填了 {len(given)} 个", fix="三栏里只留一栏")
    return given[0]


def is_in_force(started_on: date, ended_on: date | None, on: date) -> bool:
    """A pairing is in force from its first day to its last, both included."""
    return started_on <= on and (ended_on is None or on <= ended_on)


def visit_days(agreed: int | None, by_class: int | None, default: int) -> int:
    """How many days a visit may be away: what the pairing says, else the class's parameter, else the default."""
    return agreed or by_class or default


def pairing_problem(started_on: date, ended_on: date | None, days: int | None) -> None:
    """Refuse dates the wrong way round and a visit cycle that is none."""
    if ended_on is not None and ended_on < started_on:
        raise Refused("结束日期早于开始日期", fix="核对两个日期")
    if days is not None and not 1 <= days <= 3660:
        raise Refused("走访周期要在 1 到 3660 天之间", fix="留空就按当地规定的周期")


def helper_problem(values: Mapping[str, object]) -> None:
    """Refuse a helper without number or name, or of an unknown kind."""
    for field, label in (("no", "帮扶人编号"), ("name", "姓名")):
        if not str(values.get(field) or "").strip():
            raise Refused(f"没有{label}", fix=f"填写{label}")
    kind = values.get("kind")
    if kind is not None and kind not in set(HelperKind):
        raise Refused(f"帮扶力量类型没有“{kind}”", fix="从列出的五类里选")
