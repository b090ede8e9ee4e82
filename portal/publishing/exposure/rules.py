"""Decisions on exposures: their life, how long they stand, and what one must say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from portal.kernel.errors import BadInput, Conflict, Refused
from portal.publishing.exposure.models import ExposureState

S = ExposureState
LONGEST: Final = 730  # days
DAYS: Final = "exposure_days"
NAMES: Final = "exposure_names"


class Step(StrEnum):
    """What is done with an exposure."""

    EDIT = "修改"
    SUBMIT = "提交审核"
    PUBLISH = "发布"
    RETURN = "退回"
    END = "到期撤下"
    RETRACT = "撤回"


TRANSITIONS: Final[Mapping[ExposureState, Mapping[Step, ExposureState]]] = {
    S.DRAFT: {Step.EDIT: S.DRAFT, Step.SUBMIT: S.CHECKING},
    S.RETURNED: {Step.EDIT: S.DRAFT},
    S.CHECKING: {Step.PUBLISH: S.PUBLISHED, Step.RETURN: S.RETURNED},
    S.PUBLISHED: {Step.END: S.ENDED, Step.RETRACT: S.RETRACTED},
    S.ENDED: {},
    S.RETRACTED: {},
}
"""草拟→审核→发布→{到期撤下 | 撤回}. What was out stays known by number, day and organ."""

PUBLIC: Final = frozenset({S.PUBLISHED, S.ENDED, S.RETRACTED})


def next_state(state: str, step: Step) -> ExposureState:
    """Where a step leads; Conflict where the table knows no such step."""
    found = TRANSITIONS[ExposureState(state)].get(step)
    if found is None:
        raise Conflict(f"现在不能{step}", why=f"它的状态是“{state}”", fix="刷新页面看现在的状态")
    return found


def words_problem(title: str, body: str, organ: str) -> None:
    """Refuse an exposure that says nothing, or whose organ is not named."""
    if not 4 <= len(title.strip()) <= 60:
        raise BadInput("标题没有写好", why="4 到 60 个字", fix="一句话写明什么地方、什么事")
    if not 20 <= len(body.strip()) <= 4000:
        raise BadInput("正文没有写好", why="20 到 4000 个字", fix="写明什么问题、怎么处理、钱追回没有")
    if not organ.strip():
        raise BadInput("没有写发布机关", fix="补上发布机关")


def withdraw_problem(withdraw_on: date, today: date) -> None:
    """Refuse a day on which it would not have been read, and one too far away."""
    if withdraw_on <= today or (withdraw_on - today).days > LONGEST:
        raise BadInput("撤下日期不对", why=f"要在今天之后，{LONGEST} 天以内", fix="改撤下日期")


def same_hand_refusal(drafted_by: str, actor: str) -> None:
    """Who wrote it does not release it."""
    if drafted_by == actor:
        raise Refused("拟稿和审核要两个人", why="这一篇最后是您改的", fix="请另一位有权审核的人办理", code="same_hand")


def is_open(state: str, withdraw_on: date, today: date) -> bool:
    """Whether everybody reads its words today; the nightly job only writes down what this has said since midnight."""
    return state == S.PUBLISHED and today < withdraw_on
