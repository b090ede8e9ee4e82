"""The farmers' calendar: days that everybody knows, leap months, and that no day is skipped or said twice."""

from datetime import date, timedelta

import pytest

from portal.kernel.lunar import lunar_day


@pytest.mark.parametrize(
    ("day", "words", "year"),
    [
        ("1990-01-27", "正月初一", 1990),
        ("1990-01-01", "腊月初五", 1989),
        ("2000-02-05", "正月初一", 2000),
        ("2012-05-20", "四月三十", 2012),
        ("2012-05-21", "闰四月初一", 2012),
        ("2020-05-23", "闰四月初一", 2020),
        ("2020-06-21", "五月初一", 2020),
        ("2023-01-22", "正月初一", 2023),
        ("2023-03-22", "闰二月初一", 2023),
        ("2024-02-10", "正月初一", 2024),
        ("2025-07-25", "闰六月初一", 2025),
        ("2025-10-06", "八月十五", 2025),
        ("2026-02-17", "正月初一", 2026),
        ("2026-06-19", "五月初五", 2026),
        ("2026-09-25", "八月十五", 2026),
        ("2026-11-20", "十月十二", 2026),
        ("2033-12-22", "闰冬月初一", 2033),
        ("2034-02-19", "正月初一", 2034),
        ("2050-12-31", "冬月十八", 2050),
    ],
)
def test_a_day_is_called_as_everybody_calls_it(day: str, words: str, year: int) -> None:
    found = lunar_day(date.fromisoformat(day))
    assert found is not None and (found.words, found.year) == (words, year)


def test_every_day_follows_the_one_before() -> None:
    day, before = date(1989, 2, 6), None
    while (found := lunar_day(day)) is not None:
        if before is not None:
            starts = found.day == 1 and before.day in (29, 30)
            assert starts or found.day == before.day + 1, day
            assert found.year == before.year or (found.month, found.day, found.is_leap) == (1, 1, False), day
        before, day = found, day + timedelta(days=1)
    assert day == date(2051, 2, 11), "the table ends with the year 2050"


def test_beyond_the_table_nothing_is_made_up() -> None:
    assert lunar_day(date(1980, 1, 1)) is None and lunar_day(date(2060, 1, 1)) is None
