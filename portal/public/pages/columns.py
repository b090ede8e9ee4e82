"""The columns of every public list: one place for page, download and data dictionary."""

from __future__ import annotations

from portal.web.exports import Column
from portal.web.language import gettext as _


def flow_columns() -> list[Column]:
    """Lines of the flow table."""
    return [
        Column("from_id", _("从（编号）")),
        Column("from", _("从")),
        Column("to_id", _("到（编号）")),
        Column("to", _("到")),
        Column("kind", _("性质")),
        Column("fen", _("金额"), "fen"),
        Column("days", _("停留天数"), "number"),
    ]


def programme_columns() -> list[Column]:
    """Programmes with what became of their money."""
    return [
        Column("code", _("资金项目编码")),
        Column("name", _("名称")),
        Column("year", _("年度"), "number"),
        Column("level", _("级次")),
        Column("fund_class", _("资金类别")),
        Column("department", _("主管部门")),
        Column("budget_fen", _("预算金额"), "fen"),
        Column("received_fen", _("收到"), "fen"),
        Column("paid_fen", _("已发出"), "fen"),
        Column("held_fen", _("还在账上"), "fen"),
        Column("returned_fen", _("退回"), "fen"),
        Column("currency", _("币种")),
    ]


def allocation_columns(relation: str) -> list[Column]:
    """An allocation with the lines above and below it; `relation` labels how each stands to it."""
    return [
        Column("relation", relation),
        Column("no", _("拨付编号")),
        Column("programme_code", _("资金项目编码")),
        Column("programme", _("资金项目")),
        Column("from_unit", _("拨出单位")),
        Column("to_unit", _("拨入单位")),
        Column("division_code", _("区划代码")),
        Column("amount_fen", _("金额"), "fen"),
        Column("passed_on_fen", _("往下"), "fen"),
        Column("paid_fen", _("已发出"), "fen"),
        Column("held_fen", _("还在账上"), "fen"),
        Column("returned_fen", _("退回"), "fen"),
        Column("document_no", _("文号")),
        Column("allocated_on", _("拨付日期"), "date"),
        Column("purpose", _("用途")),
        Column("currency", _("币种")),
    ]


def village_columns() -> list[Column]:
    """Money to households by place (under five households merged)."""
    return [
        Column("division_code", _("区划代码")),
        Column("division", _("地区")),
        Column("households", _("户数"), "number"),
        Column("paid_fen", _("已发到农户"), "fen"),
    ]


def area_columns() -> list[Column]:
    """Places with what came in and what became of it."""
    return [
        Column("code", _("区划代码")),
        Column("name", _("地区")),
        Column("received_fen", _("收到"), "fen"),
        Column("paid_fen", _("已到项目和农户"), "fen"),
        Column("held_fen", _("还在账上"), "fen"),
        Column("returned_fen", _("退回"), "fen"),
        Column("longest_days", _("最久停留天数"), "number"),
    ]


def project_columns() -> list[Column]:
    """Projects with stage and money."""
    return [
        Column("code", _("项目编码")),
        Column("name", _("名称")),
        Column("kind", _("项目类型")),
        Column("division_code", _("区划代码")),
        Column("division", _("地区")),
        Column("department", _("主管部门")),
        Column("executor", _("实施单位")),
        Column("stage", _("现在走到")),
        Column("planned_fen", _("计划总投资"), "fen"),
        Column("contract_fen", _("合同金额"), "fen"),
        Column("settled_fen", _("结算金额"), "fen"),
        Column("started_on", _("开工日期"), "date"),
        Column("completed_on", _("竣工日期"), "date"),
        Column("accepted_on", _("验收日期"), "date"),
        Column("beneficiary_households", _("受益户数"), "number"),
        Column("currency", _("币种")),
    ]


def stage_columns(step: str) -> list[Column]:
    """The ten steps of a project."""
    return [Column("step", step, "number"), Column("stage", _("阶段")), Column("on", _("日期"), "date")]
