"""`programmes` 资金项目."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Columns, Kind, Problems
from portal.intake.kinds.columns import choices, code, money, one_of, text, unit
from portal.registers.funds.models import FundClass, FundLevel, PayoutScope, PayoutWay

SCOPE_DEFAULT = ("扶贫资金", "到户补贴")


def settle(columns: Columns, _problems: Problems) -> None:
    """发放范围 of a new programme is 在册对象 for poverty-relief money paid to households, else 不限."""
    both = zip(columns["fund_class"], columns["payout_way"], strict=True)
    columns["payout_scope_default"] = ["在册对象" if pair == SCOPE_DEFAULT else "不限" for pair in both]


KIND = Kind(
    name="programmes",
    title="资金项目",
    table="programmes",
    columns=(
        code("资金项目编码", "code", aliases=("项目编码", "资金编码"), example="ZX-2026-01"),
        text("名称", "name", 200, aliases=("资金项目名称", "项目名称"), required=True),
        one_of("资金类别", "fund_class", choices(FundClass)),
        unit("主管部门", "department_id"),
        Column("年度", "year", Cell.YEAR, ("资金年度",), example="2026"),
        one_of("级次", "level", choices(FundLevel)),
        money("预算金额", "budget_fen", aliases=("预算数",), least=0),
        text("指标文号", "document_no", 120),
        text("政策依据", "policy_basis"),
        one_of("发放方式", "payout_way", choices(PayoutWay)),
        one_of("发放范围", "payout_scope", choices(PayoutScope)),
    ),
    key=("code",),
    db_key=("code",),
    money="预算金额",
    settle=settle,
    chunk_rows=200_000,
)
