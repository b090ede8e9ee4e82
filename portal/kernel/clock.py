"""The clock: days in China (UTC+8) and working days from a dated calendar whose overrides are handed in.

The State Council's holiday notices are known up to a year; beyond it, Monday to Friday count until an override says more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

import chinese_calendar

#: China has one time zone and no summer time (东八区).
CHINA: Final = timezone(timedelta(hours=8))
Overrides = Mapping[date, bool]
_NONE: Final[Overrides] = {}


def now() -> datetime:
    """This moment, UTC-aware."""
    return datetime.now(UTC)


def today_cn() -> date:
    """Today's date in China."""
    return day_cn(now())


def day_cn(moment: datetime) -> date:
    """The date in China of a UTC-aware moment; a naive one is a mistake of the caller."""
    if moment.tzinfo is None:
        raise ValueError("day_cn needs an aware datetime")
    return moment.astimezone(CHINA).date()


def start_of_day_cn(day: date) -> datetime:
    """The UTC moment at which a date begins in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).astimezone(UTC)


def is_working_day(day: date, overrides: Overrides = _NONE) -> bool:
    """Whether offices work: an override wins, then the published calendar, then Monday to Friday."""
    decided = overrides.get(day)
    if decided is not None:
        return decided
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the library's word for a year that is not announced yet
        return day.weekday() < 5


def calendar_knows(year: int) -> bool:
    """Whether the published holiday calendar covers a year (else weekends only, until overrides are entered)."""
    try:
        chinese_calendar.is_workday(date(year, 12, 31))
    except NotImplementedError:  # the library's word for a year that is not announced yet
        return False
    return True


def add_working_days(start: date, days: int, overrides: Overrides = _NONE) -> date:
    """The day on which a period of `days` working days ends; the starting day is not counted (民法典第201条).

    Negative numbers count back. Zero gives the start itself, working day or not.
    """
    step = timedelta(days=1 if days > 0 else -1)
    left, day = abs(days), start
    while left:
        day += step
        left -= is_working_day(day, overrides)
    return day


def working_days_between(start: date, end: date, overrides: Overrides = _NONE) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
    if end < start:
        return -working_days_between(end, start, overrides)
    return sum(is_working_day(start + timedelta(days=day), overrides) for day in range(1, (end - start).days + 1))


def next_working_day(day: date, overrides: Overrides = _NONE) -> date:
    """The day itself when offices work, else the next one on which they do (a period that ends on a holiday)."""
    while not is_working_day(day, overrides):
        day += timedelta(days=1)
    return day


def window_end(start: date, days: int, unit: str, overrides: Overrides = _NONE, *, extends: bool = False) -> date:
    """The last day of a window in which somebody may do something; the starting day is not counted (民法典第201条).

    Working days where the unit says 工作日. A window of calendar days whose last day is a holiday ends, where it
    `extends`, with the next working day (民法典第203条).
    """
    if "工作日" in unit:
        return add_working_days(start, days, overrides)
    last = start + timedelta(days=days)
    return next_working_day(last, overrides) if extends else last
