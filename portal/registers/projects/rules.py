"""Decisions on projects 扶贫项目: ten stages in order, what may follow, and what is upside down. Values only.

Order after Huai'an: 调研→论证→申报→审批→招标→建设→竣工→验收→收益分配→绩效. A stage without a date is skipped, not reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from portal.kernel.errors import Refused
from portal.registers.projects.models import ProjectKind


class Stage(StrEnum):
    """阶段."""

    SURVEY = "调研"
    ARGUMENT = "论证"
    APPLICATION = "申报"
    APPROVAL = "审批"
    TENDER = "招标"
    BUILDING = "建设"
    COMPLETION = "竣工"
    ACCEPTANCE = "验收"
    DISTRIBUTION = "收益分配"
    EVALUATION = "绩效"


FIELD_OF: Final[dict[Stage, str]] = {
    Stage.SURVEY: "surveyed_on",
    Stage.ARGUMENT: "argued_on",
    Stage.APPLICATION: "applied_on",
    Stage.APPROVAL: "approved_on",
    Stage.TENDER: "tendered_on",
    Stage.BUILDING: "started_on",
    Stage.COMPLETION: "completed_on",
    Stage.ACCEPTANCE: "accepted_on",
    Stage.DISTRIBUTION: "distributed_on",
    Stage.EVALUATION: "evaluated_on",
}
"""The column that dates each stage, in the stages' order."""

TRANSITIONS: Final[dict[Stage | None, tuple[Stage, ...]]] = {
    None: (Stage.SURVEY, Stage.ARGUMENT, Stage.APPLICATION),
    Stage.SURVEY: (Stage.ARGUMENT, Stage.APPLICATION),
    Stage.ARGUMENT: (Stage.APPLICATION,),
    Stage.APPLICATION: (Stage.APPROVAL,),
    Stage.APPROVAL: (Stage.TENDER, Stage.BUILDING),  # small works need no tender
    Stage.TENDER: (Stage.BUILDING,),
    Stage.BUILDING: (Stage.COMPLETION,),
    Stage.COMPLETION: (Stage.ACCEPTANCE,),
    Stage.ACCEPTANCE: (Stage.DISTRIBUTION, Stage.EVALUATION),  # works of public good earn nothing
    Stage.DISTRIBUTION: (Stage.DISTRIBUTION, Stage.EVALUATION),
    Stage.EVALUATION: (),
}
"""The life cycle: what may be entered next when a person works on a project."""

_IN_ORDER: Final = tuple(Stage)[: tuple(Stage).index(Stage.ACCEPTANCE) + 1]
FULL_PROGRESS: Final = 100_00


@dataclass(frozen=True, slots=True)
class StageDate:
    """One stage of a project and the day it was reached; None: not yet, or not written down."""

    stage: Stage
    on: date | None
    is_current: bool

    @property
    def number(self) -> int:
        """1 … 10."""
        return tuple(Stage).index(self.stage) + 1


def stage_dates(values: Mapping[str, Any]) -> tuple[StageDate, ...]:
    """The ten stages with their days, from the columns of a project."""
    current = current_stage(values)
    return tuple(StageDate(stage, values.get(field), stage is current) for stage, field in FIELD_OF.items())


def current_stage(values: Mapping[str, Any]) -> Stage | None:
    """The last stage that has a date; None for a project of which nothing is dated."""
    return next((stage for stage, field in reversed(FIELD_OF.items()) if values.get(field) is not None), None)


def allowed_next(values: Mapping[str, Any]) -> tuple[Stage, ...]:
    """The stages that may be entered next."""
    return TRANSITIONS[current_stage(values)]


def stage_refusal(values: Mapping[str, Any], stage: Stage, on: date, today: date) -> None:
    """Refuse a stage that does not follow, lies in the future, or is dated before the one already reached."""
    if stage not in allowed_next(values):
        now = current_stage(values)
        names = "、".join(s.value for s in allowed_next(values)) or "没有下一步了"
        raise Refused(
            f"现在不能登记“{stage.value}”",
            why=f"项目现在是“{now.value if now else '未开始'}”",
            fix=f"可以登记：{names}",
            code="stage",
        )
    if on > today:
        raise Refused("日期还没有到", fix="办完那一天再登记", code="future")
    if inverted := inversions({**values, FIELD_OF[stage]: on}):
        before, after = inverted[0]
        raise Refused(
            f"“{after.value}”早于“{before.value}”",
            why="后面的阶段不能在前面的阶段之前",
            fix="核对日期",
            code="inverted",
        )


def inversions(values: Mapping[str, Any]) -> list[tuple[Stage, Stage]]:
    """P07: pairs (earlier stage, later stage) where the later one is dated before; 调研 … 验收, blanks skipped."""
    dated = [(stage, values[FIELD_OF[stage]]) for stage in _IN_ORDER if values.get(FIELD_OF[stage]) is not None]
    return [
        (before, after) for i, (before, first) in enumerate(dated) for after, second in dated[i + 1 :] if second < first
    ]


def overdue_days(values: Mapping[str, Any], today: date) -> int | None:
    """P01: how many days a project without 竣工日期 is beyond its 计划竣工日期; None when it is not late."""
    planned = values.get("planned_completion_on")
    if planned is None or values.get("completed_on") is not None or today <= planned:
        return None
    return int((today - planned).days)


def project_problem(values: Mapping[str, Any]) -> None:
    """Refuse a project without code or name, with an unknown kind, an impossible progress or negative money."""
    if not (values.get("code") or "").strip() or not (values.get("name") or "").strip():
        raise Refused("项目要有编码和名称", fix="补上空着的一项")
    if values.get("kind") is not None and values["kind"] not in set(ProjectKind):
        raise Refused("没有这个项目类型", fix=f"从这些里选：{'、'.join(kind.value for kind in ProjectKind)}")
    progress = values.get("progress")
    if progress is not None and not 0 <= progress <= FULL_PROGRESS:
        raise Refused("形象进度要在 0 到 100 之间", fix="核对百分数")
    for field, label in (
        ("planned_fen", "计划总投资"),
        ("contract_fen", "合同金额"),
        ("settled_fen", "结算金额"),
        ("fee_fen", "管理费"),
    ):
        if (values.get(field) or 0) < 0:
            raise Refused(f"{label}不能是负数", fix="核对正负号")
    if (values.get("beneficiary_households") or 0) < 0:
        raise Refused("受益户数不能是负数", fix="核对户数")
