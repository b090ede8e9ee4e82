"""Time as the trade counts it: days at UTC+8 and working days 工作日, with the operator's corrections handed in.

Where the holiday library knows the year, it decides; where it does not (it raises for years not yet announced),
Saturdays and Sundays are free. An override of the operator wins over both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone

import chinese_calendar

from portal.kernel.database import now_utc

CHINA = timezone(timedelta(hours=8))
NO_OVERRIDES: Mapping[date, bool] = {}


def day_cn(moment: datetime) -> date:
    """The calendar day of an aware moment in China (UTC+8, no summer time)."""
    return moment.astimezone(CHINA).date()


def today_cn() -> date:
    """Today in China."""
    return day_cn(now_utc())


def knows_year(year: int) -> bool:
    """True when the holiday library has the State Council's arrangement of this year."""
    try:
        chinese_calendar.is_workday(date(year, 6, 15))
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> bool:
    """True when offices work on this day; `overrides` says True for 调休上班, False for 放假."""
    said = overrides.get(day)
    if said is not None:
        return said
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(start: date, days: int, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """The day on which a term of `days` working days ends; the day it starts is not counted.

    A negative number counts backwards. Zero gives the start itself, working or not.
    """
    step = timedelta(days=1 if days >= 0 else -1)
    day, left = start, abs(days)
    while left:
        day += step
        left -= is_working_day(day, overrides)
    return day


def working_days_between(start: date, end: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
    if end < start:
        return -working_days_between(end, start, overrides)
    return sum(is_working_day(start + timedelta(days=n), overrides) for n in range(1, (end - start).days + 1))
