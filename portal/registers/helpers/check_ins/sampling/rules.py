"""Decisions on draws: which share, which months, when three in a row are too many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from portal.kernel.errors import Refused
from portal.registers.divisions.rules import level_of
from portal.registers.helpers.check_ins.sampling.models import DrawKind

SHARE_OF: Final[Mapping[DrawKind, str]] = {
    DrawKind.COUNTY: "visit_sample_county",
    DrawKind.CITY: "visit_sample_city",
    DrawKind.CALL_BACK: "visit_call_back",
}
"""The dated parameter with each draw's share in per cent."""
LEVEL_OF: Final[Mapping[DrawKind, int]] = {DrawKind.COUNTY: 3, DrawKind.CITY: 2, DrawKind.CALL_BACK: 3}
_ENDS: Final = {2: 4, 3: 6}
RUNNING: Final = 3
DUE: Final = timedelta(days=30)
CUT_BEFORE: Final = timedelta(minutes=5)
"""What comes in while a draw is being made is not in its population, so that everybody who repeats it finds the same."""


def first_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_before(day: date) -> date:
    """The first day of the month before a day's."""
    return first_of(first_of(day) - timedelta(days=1))


def month_end(month: date) -> date:
    """The first day after a month."""
    return first_of(month.replace(day=1) + timedelta(days=32))


def prefix_of(division: str) -> str:
    """The digits with which every code inside a city or a county begins."""
    return division[: _ENDS[level_of(division)]]


def draw_problem(kind: DrawKind, division: str, month: date, today: date) -> None:
    """Refuse a draw at the wrong level, or of a month that is not over."""
    if level_of(division) != LEVEL_OF[kind]:
        raise Refused(f"{kind}要按{'市' if kind is DrawKind.CITY else '县'}抽取", fix="选对应级别的区划")
    if month.day != 1 or month_end(month) > today:
        raise Refused("这个月还没有过完", why="抽查在月底以后，从整月的走访里抽", fix="等到下个月再抽")
