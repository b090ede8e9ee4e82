"""`parameters` 动态参数."""

from __future__ import annotations

from portal.intake.declaration import CLEAR, Columns, Kind, Problems
from portal.intake.kinds.columns import day, division, text
from portal.kernel.errors import Refused
from portal.registers.divisions.parameters.rules import known_parameter, value_problem


def settle(columns: Columns, problems: Problems) -> None:
    """A blank 目的 or 系列 means every one, and is part of the key."""
    for field in ("purpose", "series"):
        columns[field] = ["" if value is None or value is CLEAR else value for value in columns[field]]
    for index, (name, value) in enumerate(zip(columns["name"], columns["value"], strict=True)):
        if isinstance(name, str) and isinstance(value, str):
            _check_value(index, name, value, problems)
    for index, (start, end) in enumerate(zip(columns["valid_from"], columns["valid_to"], strict=True)):
        if isinstance(end, str) and isinstance(start, str) and end < start:
            problems.add(index, "有效期至", end, f"早于有效期自 {start}", "核对两个日期")


def _check_value(index: int, name: str, value: str, problems: Problems) -> None:
    known = known_parameter(name)
    try:
        value_problem(value, known.kind if known else None)
    except Refused as refusal:
        problems.add(index, "值", value, refusal.what, refusal.fix)


KIND = Kind(
    name="parameters",
    title="动态参数",
    table="parameters",
    columns=(
        text("名称", "name", 80, aliases=("参数名称",), required=True),
        division(required=True),
        text("目的", "purpose", 40),
        text("系列", "series", 40),
        day("有效期自", "valid_from", required=True),
        day("有效期至", "valid_to"),
        text("值", "value", aliases=("参数值",), required=True),
        text("单位", "unit", 40),
        text("依据", "basis", required=True),
    ),
    key=("name", "division_code", "purpose", "series", "valid_from"),
    db_key=("name", "division_code", "purpose", "series", "valid_from"),
    settle=settle,
    chunk_rows=200_000,
    two_hands=True,  # a line or a countable item decides who is on the list
)
