"""`divisions` 行政区划."""

from __future__ import annotations

from portal.intake.declaration import CLEAR, Cell, Column, Columns, Kind, Problems, Reference
from portal.intake.kinds.columns import day, place, text
from portal.registers.divisions.rules import level_of

ALWAYS = "1949-10-01"
"""有效期自 of a division whose file does not say: since the beginning."""


def settle(columns: Columns, problems: Problems) -> None:
    """The level follows from the code; a validity that ends before it begins is refused."""
    columns["level"] = [None if code is None else level_of(code) for code in columns["code"]]
    columns["valid_from"] = [ALWAYS if value is None else value for value in columns["valid_from"]]
    for index, (start, end) in enumerate(zip(columns["valid_from"], columns["valid_to"], strict=True)):
        if start is CLEAR:
            problems.add(index, "有效期自", "清空", "有效期自是这张表的主键，不能清空", "填写生效日期")
        elif isinstance(end, str) and end < start:
            problems.add(index, "有效期至", end, f"早于有效期自 {start}", "核对两个日期")


KIND = Kind(
    name="divisions",
    title="行政区划",
    table="divisions",
    columns=(
        Column("区划代码", "code", Cell.DIVISION, ("行政区划代码", "统计用区划代码"), True, example="320826100001"),
        text("名称", "name", 120, aliases=("区划名称", "行政区划名称"), required=True),
        Column(
            "上级代码",
            "parent_code",
            Cell.DIVISION,
            ("上级区划代码",),
            reference=Reference("divisions", "code", None, "上级区划"),
            example="320826100000",
        ),
        *place(),
        text("城乡分类", "urban_class", 8),
        day("有效期自", "valid_from"),
        day("有效期至", "valid_to"),
        Column(
            "后继代码",
            "successor_code",
            Cell.DIVISION,
            ("后继区划代码",),
            reference=Reference("divisions", "code", None, "后继区划"),
        ),
    ),
    key=("code", "valid_from"),
    db_key=("code", "valid_from"),
    settle=settle,
    chunk_rows=1_000_000,
    refers_to_itself=True,
)
