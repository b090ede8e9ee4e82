"""`pairings` 结对: a helper with exactly one household, village or project."""

from __future__ import annotations

from portal.intake.declaration import Cell, Column, Columns, Kind, Problems, Reference
from portal.intake.kinds.columns import day, division, household, number, refers

TARGETS = (("household_no", "户编号"), ("village_code", "村区划代码"), ("project_code", "项目编码"))


def settle(columns: Columns, problems: Problems) -> None:
    """Exactly one target; an end before the start is refused."""
    for index in range(len(columns["started_on"])):
        given = {header: columns[field][index] for field, header in TARGETS if columns[field][index] is not None}
        if len(given) != 1:
            why = "户、村、项目一个都没有填" if not given else f"同时填了{'、'.join(given)}"
            header, value = [*given.items()][-1] if given else ("户编号", None)
            problems.add(index, header, value, why, "三列里正好填一列")
        start, end = columns["started_on"][index], columns["ended_on"][index]
        if isinstance(start, str) and isinstance(end, str) and end < start:
            problems.add(index, "结束日期", end, f"早于开始日期 {start}", "核对两个日期")


KIND = Kind(
    name="pairings",
    title="结对",
    table="pairings",
    columns=(
        refers("帮扶人编号", "helpers", "no", "helper_id", "帮扶人", required=True),
        household(),
        division("村区划代码", "village_code", village=True),
        Column("项目编码", "project_code", Cell.CODE, reference=Reference("projects", "code", None, "项目"), length=60),
        day("开始日期", "started_on", required=True),
        day("结束日期", "ended_on"),
        number("走访周期天数", "visit_days"),
    ),
    key=("helper_no", "household_no", "village_code", "project_code", "started_on"),
    db_key=("helper_id", "target", "started_on"),
    settle=settle,
)
