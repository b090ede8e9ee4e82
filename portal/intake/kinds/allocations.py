"""`allocations` 资金拨付."""

from __future__ import annotations

from portal.intake.declaration import Columns, Kind, Problems
from portal.intake.kinds.columns import code, day, division, money, refers, text, unit


def settle(columns: Columns, problems: Problems) -> None:
    """A negative line takes money back: it must name the line it reverses; no line is nothing, or its own parent."""
    rows = zip(columns["amount_fen"], columns["parent_no"], columns["no"], strict=True)
    for index, (amount, parent, no) in enumerate(rows):
        if isinstance(amount, int) and amount < 0 and parent is None:
            problems.add(
                index,
                "上级拨付编号",
                None,
                "金额是负数（收回、调减），没有写冲的是哪一笔",
                "在上级拨付编号里填被冲的那一笔",
            )
        if amount == 0:
            problems.add(index, "金额", "0", "金额不能是 0", "填实际拨付的金额，收回填负数")
        if parent is not None and parent == no:
            problems.add(index, "上级拨付编号", parent, "上级是这一笔自己", "填上一级的拨付编号；直接来自国库的留空")


KIND = Kind(
    name="allocations",
    title="资金拨付",
    table="allocations",
    columns=(
        code("拨付编号", "no", example="BF-2026-0001"),
        refers("上级拨付编号", "allocations", "no", "parent_id", "拨付"),
        refers("资金项目编码", "programmes", "code", "programme_id", "资金项目", required=True),
        unit("拨出单位", "from_unit_id"),
        unit("拨入单位", "to_unit_id"),
        division(),
        money("金额", "amount_fen", aliases=("拨付金额", "资金金额"), required=True),
        text("文号", "document_no", 120, aliases=("指标文号",)),
        day("拨付日期", "allocated_on", aliases=("下达日期",)),
        text("用途", "purpose"),
        refers("项目编码", "projects", "code", "project_id", "项目"),
    ),
    key=("no",),
    db_key=("no",),
    money="金额",
    settle=settle,
    chunk_rows=1_000_000,
    refers_to_itself=True,
)
