"""Decisions on paper visits: what a form must say, and that two persons stand for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from portal.kernel.errors import Refused
from portal.registers.helpers.check_ins.models import Activity, NotPossible, Visit
from portal.registers.helpers.check_ins.needs.models import NeedKind
from portal.registers.helpers.check_ins.paper.models import PaperState


def paper_problem(values: Mapping[str, Any], today: date) -> None:
    """Refuse a form that lacks what a visit needs: a day that has come, what was done, or why it was not possible."""
    if values["visited_on"] > today:
        raise Refused("走访日期在今天之后", fix="核对表上的日期")
    if values["visit"] not in set(Visit):
        raise Refused("没有写走访到了没有", fix="选“已走访”或“无法走访”")
    reason = values.get("not_possible_reason")
    if values["visit"] == Visit.NOT_POSSIBLE and reason not in set(NotPossible):
        raise Refused("没有写无法走访的原因", fix="从列出的原因里选一个")
    if values["visit"] == Visit.DONE and reason is not None:
        raise Refused("走访到了就不填无法走访的原因", fix="去掉原因，或改成“无法走访”")
    if set(values.get("activities", ())) - set(Activity):
        raise Refused("做了什么，有一项不在列表里", fix="从列出的各项里选")
    kinds = {*values.get("findings", ()), *(need["kind"] for need in values.get("needs", ()))}
    if kinds - set(NeedKind):
        raise Refused("看到的问题，有一项不在列表里", fix="从列出的各项里选")


SETTLED: Final = frozenset({"visited_on", "visit", "not_possible_reason"})
"""What samples are drawn from: of a countersigned form it stays, so that every draw can be repeated."""


def correction_refusal(state: str, changed: Collection[str]) -> None:
    """Refuse to change the day, or whether the visit was made, of a form that has become a visit."""
    if state == PaperState.SIGNED and SETTLED & set(changed):
        raise Refused(
            "会签过的走访表，日期和走访到了没有不能再改", why="抽查从这些走访里抽，改了就不能照样再抽一遍",
            fix="在走访的页面判为不计，再照表另录一张",
        )  # fmt: skip


def decision_refusal(state: str, entered_by: str, actor: str) -> None:
    """Refuse to decide what is decided, and to countersign what one has entered oneself."""
    if state != PaperState.WAITING:
        raise Refused("这张走访表已经处理过", why=f"它的状态是“{state}”", fix="刷新页面")
    if entered_by == actor:
        raise Refused("录入和会签要两个人", why="这张表是您录入的", fix="请另一位经办人会签")
