"""Decisions on draws among procedures.

Sources: 最低生活保障审核审批办法（2012）: a share of new households is visited at random before approval, of 备案对象
(close relatives of village cadres and of those who handle relief) every one.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from portal.kernel.errors import Refused
from portal.registers.divisions.rules import level_of
from portal.registers.recipients.procedures.models import ProcedureKind

SAMPLED_KINDS: Final = (ProcedureKind.ENTRY, ProcedureKind.MONITOR, ProcedureKind.DIBAO)
COUNTY_LEVEL: Final = 3


def draw_problem(division: str, month: date, today: date) -> None:
    """Refuse a draw at another level than the county's, or of a month that has not begun."""
    if level_of(division) != COUNTY_LEVEL:
        raise Refused("程序抽查要按县抽取", fix="选县级区划")
    if month.day != 1 or month > today:
        raise Refused("这个月还没有开始", fix="选今天以前的月份")


def prefix_of(division: str) -> str:
    """The digits with which every code inside a county begins."""
    return division[:6]
