"""The farmers' calendar 农历: what an old person calls a day. A table of month lengths, since the months follow the moon.

Each year is one number: the lowest 13 bits say which months have 30 days (else 29), in their order; above them stands
the month after which a leap month 闰月 comes. Two published calendars were compared day by day for the whole table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

FIRST_YEAR: Final = 1989
FIRST_DAY: Final = date(1989, 2, 6)  # 正月初一 of the first year
_YEARS: Final = (
    0x00EA9, 0x0BE92, 0x00E92, 0x00D26, 0x06A56, 0x00A57, 0x114D6, 0x0035A, 0x006D5, 0x0B6C9, 0x00749, 0x00693,
    0x0952B, 0x0052B, 0x00A5B, 0x0555A, 0x0056A, 0x0FB55, 0x00BA4, 0x00B49, 0x0BA93, 0x00A95, 0x0052D, 0x08AAD,
    0x00AB5, 0x135AA, 0x005D2, 0x00DA5, 0x0DD4A, 0x00D4A, 0x00C95, 0x0952E, 0x00556, 0x00AB5, 0x055B2, 0x006D2,
    0x0CEA5, 0x00725, 0x0064B, 0x0AC97, 0x00CAB, 0x0055A, 0x06AD6, 0x00B69, 0x17752, 0x00B52, 0x00B25, 0x0DA4B,
    0x00A4B, 0x004AB, 0x0A55B, 0x005AD, 0x00B6A, 0x05B52, 0x00D92, 0x0FD25, 0x00D25, 0x00A55, 0x0B4AD, 0x004B6,
    0x005B5, 0x06DAA,
)  # fmt: skip
_MONTHS: Final = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_DIGITS: Final = ("十", "一", "二", "三", "四", "五", "六", "七", "八", "九")


@dataclass(frozen=True)
class LunarDay:
    """One day: the year that its months belong to, the month (1–12), whether it is the leap one, the day (1–30)."""

    year: int
    month: int
    is_leap: bool
    day: int

    @property
    def words(self) -> str:
        """As it is said: 十月初二, 闰六月二十."""
        return f"{'闰' if self.is_leap else ''}{_MONTHS[self.month - 1]}月{_day_words(self.day)}"


def lunar_day(day: date) -> LunarDay | None:
    """The day in the farmers' calendar; None beyond the table (before February 1989, after 2050)."""
    left = (day - FIRST_DAY).days
    if left < 0:
        return None
    for year, code in enumerate(_YEARS, FIRST_YEAR):
        leap = code >> 13
        lengths = [29 + (code >> place & 1) for place in range(13 if leap else 12)]
        if left < sum(lengths):
            return _within(year, leap, lengths, left)
        left -= sum(lengths)
    return None


def _within(year: int, leap: int, lengths: list[int], left: int) -> LunarDay:
    place = 0
    while left >= lengths[place]:
        left -= lengths[place]
        place += 1
    is_leap = bool(leap) and place == leap
    month = place + 1 if not leap or place < leap else place
    return LunarDay(year, month, is_leap, left + 1)


def _day_words(day: int) -> str:
    tens, ones = divmod(day, 10)
    if day <= 10:
        return "初" + (_DIGITS[ones] if ones else "十")
    if not ones:
        return ("二十", "三十")[tens - 2]
    return ("十", "廿")[tens - 1] + _DIGITS[ones]
