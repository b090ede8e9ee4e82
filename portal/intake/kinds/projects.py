"""`projects` 扶贫项目."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Kind
from portal.intake.kinds.columns import choices, code, day, division, money, number, one_of, text, unit
from portal.registers.projects.models import ProjectKind

STAGES = (
    ("调研日期", "surveyed_on"),
    ("论证日期", "argued_on"),
    ("申报日期", "applied_on"),
    ("审批日期", "approved_on"),
    ("招标日期", "tendered_on"),
    ("开工日期", "started_on"),
    ("竣工日期", "completed_on"),
    ("验收日期", "accepted_on"),
    ("计划竣工日期", "planned_completion_on"),
    ("收益分配日期", "distributed_on"),
    ("绩效评价日期", "evaluated_on"),
)

KIND = Kind(
    name="projects",
    title="扶贫项目",
    table="projects",
    columns=(
        code("项目编码", "code", example="XM-2026-001"),
        text("名称", "name", 300, aliases=("项目名称",), required=True),
        one_of("项目类型", "kind", choices(ProjectKind)),
        division(),
        unit("主管部门", "department_id"),
        unit("实施单位", "executor_id"),
        text("责任人", "responsible", 80),
        money("计划总投资", "planned_fen", aliases=("总投资", "计划投资"), least=0),
        *(day(header, field) for header, field in STAGES),
        Column("形象进度", "progress", Cell.PERCENT, ("进度",), example="60"),
        number("受益户数", "beneficiary_households"),
        text("中标单位", "contractor", 200),
        money("合同金额", "contract_fen", least=0),
        money("结算金额", "settled_fen", aliases=("结算价",), least=0),
        money("管理费", "fee_fen", least=0),
        money("结余金额", "surplus_fen", aliases=("结余资金",)),
    ),
    key=("code",),
    db_key=("code",),
    money="计划总投资",
    chunk_rows=100_000,
)
