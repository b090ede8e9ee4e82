"""Decisions on notices: two declared life cycles, how long a notice hangs, who may do what with his own work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from portal.kernel.clock import Overrides, window_end
from portal.kernel.errors import Conflict, Refused
from portal.publishing.notices.models import Conclusion, NoticeKind, NoticeState

S = NoticeState
Cycle = Mapping[NoticeState, tuple[NoticeState, ...]]

POSTING_CYCLE: Final[Cycle] = {
    S.DRAFT: (S.PREVIEWED, S.DROPPED),
    S.PREVIEWED: (S.CHECKING, S.DRAFT, S.DROPPED),
    S.CHECKING: (S.PUBLISHED, S.DRAFT),
    S.PUBLISHED: (S.POSTED, S.RETRACTED),
    S.POSTED: (S.VERIFYING, S.REPOSTED, S.CONCLUDED, S.RETRACTED),
    S.VERIFYING: (S.POSTED, S.RETRACTED),
    S.CONCLUDED: (S.WITHDRAWN,),
    S.REPOSTED: (),
    S.WITHDRAWN: (),
    S.RETRACTED: (),
    S.DROPPED: (),
}
"""公示: 草拟→脱敏预览→审核→发布→公示中(张贴照片)→{异议核查→公示中 | 重新公示 | 结论}→名单撤下."""

ANNOUNCEMENT_CYCLE: Final[Cycle] = {
    S.DRAFT: (S.PREVIEWED, S.DROPPED),
    S.PREVIEWED: (S.CHECKING, S.DRAFT, S.DROPPED),
    S.CHECKING: (S.PUBLISHED, S.DRAFT),
    S.PUBLISHED: (S.REPLACED, S.RETRACTED),
    S.REPLACED: (),
    S.RETRACTED: (),
    S.DROPPED: (),
}
"""公告: 草拟→脱敏预览→审核→发布→已有新版 (the old one stays readable)."""

CYCLES: Final[Mapping[NoticeKind, Cycle]] = {
    NoticeKind.POSTING: POSTING_CYCLE,
    NoticeKind.ANNOUNCEMENT: ANNOUNCEMENT_CYCLE,
}
LETTERS: Final = {NoticeKind.POSTING: "GS", NoticeKind.ANNOUNCEMENT: "GG"}
HANGING: Final = frozenset({S.PUBLISHED, S.POSTED, S.VERIFYING})
"""States in which the list may be read, as long as its days last."""
EDITABLE: Final = frozenset({S.DRAFT, S.PREVIEWED})
WORKING: Final = "工作日"
CALENDAR: Final = "天"
MOST_DAYS: Final = 60


def allowed_next(kind: str, state: str) -> tuple[NoticeState, ...]:
    """The states that may follow."""
    return CYCLES[NoticeKind(kind)][NoticeState(state)]


def step_refusal(kind: str, state: str, wanted: NoticeState) -> None:
    """Refuse a step that the life cycle does not have."""
    if wanted not in allowed_next(kind, state):
        raise Conflict(
            f"现在是“{state}”，不能到“{wanted}”", why="可能别人已经办过", fix="刷新页面看现在的状态", code="step"
        )


def unit_of(text: str) -> str:
    """天 or 工作日, from the unit that stands beside a parameter."""
    return WORKING if WORKING in text else CALENDAR


def last_day(first: date, days: int, unit: str, overrides: Overrides, *, extends: bool = False) -> date:
    """The last day of a window that begins on a day; as `window_end` of the clock."""
    return window_end(first, days, unit, overrides, extends=extends)


def days_refusal(days: int, least: int, unit: str, basis: str) -> None:
    """Refuse fewer days than the rule of the place asks for, and a window without end."""
    if days < least:
        raise Refused(
            f"公示 {days} {unit}，少于规定的 {least} {unit}", why=basis, fix=f"填 {least} 或更多", code="too_few_days"
        )  # fmt: skip
    if days > MOST_DAYS:
        raise Refused(f"公示最多 {MOST_DAYS} {unit}", why="名单不能一直挂着", fix="填少一些", code="too_many_days")


def early_end_refusal(ends_on: date | None, today: date) -> None:
    """T08: a window is not over before its last day has passed."""
    if ends_on is None:
        raise Refused(
            "公示还没有开始计时", why="要先把公示栏的照片传上来，从那天起算", fix="张贴后上传照片", code="not_posted"
        )  # fmt: skip
    if today <= ends_on:
        raise Refused(
            f"公示期没有满，到 {ends_on.isoformat()} 为止", why=f"今天是 {today.isoformat()}，公示期不能提前结束",
            fix="期满之后再写结论", code="early_end",
        )  # fmt: skip


def same_hand_refusal(makers: Collection[str], actor: str) -> None:
    """Who has written a notice neither checks nor concludes it."""
    if actor in makers:
        raise Refused("拟稿和审核要两个人", why="这份公示您自己写过", fix="请另一位有权审核的人办理", code="same_hand")


def open_objections_refusal(waiting: int) -> None:
    """Every objection is answered before the conclusion."""
    if waiting:
        raise Refused(
            f"还有 {waiting} 条异议没有答复", why="每条异议都要查清、答复，才能写结论", fix="先办理异议", code="objections"
        )  # fmt: skip


def conclusion_of(upheld: int, unfounded: int) -> Conclusion:
    """What a window came to, from its answered objections."""
    if upheld:
        return Conclusion.UPHELD
    return Conclusion.ANSWERED if unfounded else Conclusion.CLEAR


def list_ends_on(
    published_on: date, ends_on: date | None, days: int | None, unit: str | None, overrides: Overrides
) -> date:
    """The last day on which a list of people is read: of the window, or as many days from the publication without one."""
    return ends_on or last_day(published_on, days or 0, unit or CALENDAR, overrides)


def is_list_open(lists_people: bool, state: str, until: date | None, today: date) -> bool:
    """Whether everybody reads the lines: lists of people only while their days last, others as long as they stand."""
    if state in (S.RETRACTED, S.DROPPED):
        return False
    if not lists_people:
        return True
    return state in HANGING and until is not None and today <= until


def days_left(ends_on: date | None, today: date) -> int | None:
    """Days until the end, the last one counted; 0 when it is over; None where the window has not begun or has no end."""
    return None if ends_on is None else max(0, (ends_on - today).days + 1)
