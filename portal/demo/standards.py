"""Dated parameters of the demonstration: lines and standards, all invented and saying so in their basis."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from portal.demo.arrays import DemoTable, table, words
from portal.demo.entitlements import standard
from portal.demo.plan import Plan

CITY: Final = "320800000000"
_LINES: Final = {2022: 8000, 2023: 8600, 2024: 9200, 2025: 9800, 2026: 10400}
BASIS: Final = "演示数值，不是任何地方的现行标准"


def annual_line(year: int) -> int:
    """Invented income line in yuan a head and year; years outside the table continue it."""
    first, last = min(_LINES), max(_LINES)
    if year < first:
        return _LINES[first] - 600 * (first - year)
    return _LINES.get(year) or _LINES[last] + 600 * (year - last)


def parameter_table(plan: Plan) -> DemoTable:
    """动态参数: per year 收入线, 监测线, 低保标准; visiting rhythms and telephone numbers once."""
    rows: list[tuple[str, str, date, date | None, str, str]] = []
    for year in range(plan.years[0] - 5, plan.as_of.year + 1):
        start, end = date(year, 1, 1), date(year, 12, 31)
        rows.append(("poverty_line", "", start, end, str(annual_line(year)), "元/人·年"))
        rows.append(("monitor_line", "", start, end, str(annual_line(year) * 3 // 2), "元/人·年"))
        rows.append(("dibao_standard", "", start, end, str(standard(year)), "元/人·月"))
    since = date(plan.years[0], 1, 1)
    for name, value, unit in (
        ("visit_days.monitored", "30", "天"),
        ("visit_days.stable", "90", "天"),
        ("track_months", "36", "个月"),
        ("window_extends", "否", ""),  # the days of its notices are counted back from today, holidays or not
        ("hotlines", "12317（乡村振兴监督） 12388（纪检监察）", ""),
    ):
        rows.append((name, "", since, None, value, unit))
    names, series, start_on, end_on, values, units = (list(column) for column in zip(*rows, strict=True))
    n = len(rows)
    return table(
        "parameters",
        "parameters",
        {
            "名称": words(names),
            "区划代码": np.full(n, CITY),
            "系列": words(series),
            "有效期自": start_on,
            "有效期至": end_on,
            "值": words(values),
            "单位": words(units),
            "依据": np.full(n, BASIS),
        },
    )
