"""Working days: overrides win, then the published calendar, then weekends; days are China's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.clock import (
    add_working_days,
    calendar_knows,
    day_cn,
    is_working_day,
    next_working_day,
    start_of_day_cn,
    working_days_between,
)

DAYS = st.dates(date(2004, 1, 1), date(2040, 1, 1))


def test_the_national_holidays_and_their_make_up_days_are_known() -> None:
    assert not is_working_day(date(2026, 10, 1))
    assert is_working_day(date(2024, 9, 29))  # a Sunday worked for the National Day week
    assert add_working_days(date(2024, 9, 30), 1) == date(2024, 10, 8)


def test_an_override_wins_in_both_directions() -> None:
    flood, saturday = date(2026, 7, 1), date(2026, 7, 4)
    assert is_working_day(flood) and not is_working_day(saturday)
    assert not is_working_day(flood, {flood: False})
    assert is_working_day(saturday, {saturday: True})
    assert add_working_days(date(2026, 6, 30), 1, {flood: False}) == date(2026, 7, 2)


def test_a_year_without_a_published_calendar_counts_monday_to_friday() -> None:
    assert not calendar_knows(2039) and calendar_knows(2025)
    assert is_working_day(date(2039, 10, 3))
    assert not is_working_day(date(2039, 10, 1))
    assert add_working_days(date(2039, 9, 30), 5) == date(2039, 10, 7)


@given(DAYS, st.integers(0, 60))
def test_adding_and_counting_agree(start: date, days: int) -> None:
    end = add_working_days(start, days)
    assert working_days_between(start, end) == days
    assert working_days_between(end, start) == -days
    assert days == 0 or is_working_day(end)


@given(DAYS, st.integers(1, 30))
def test_counting_back_from_a_working_day_returns_to_it(start: date, days: int) -> None:
    start = next_working_day(start)
    assert add_working_days(add_working_days(start, days), -days) == start


def test_the_day_in_china_begins_at_sixteen_hours_utc() -> None:
    assert day_cn(datetime(2026, 2, 28, 15, 59, tzinfo=UTC)) == date(2026, 2, 28)
    assert day_cn(datetime(2026, 2, 28, 16, 0, tzinfo=UTC)) == date(2026, 3, 1)
    assert start_of_day_cn(date(2028, 2, 29)) == datetime(2028, 2, 28, 16, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        day_cn(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("day", "working"),
    [(date(2025, 10, 1), False), (date(2025, 9, 28), True), (date(2025, 10, 11), True), (date(2025, 11, 22), False)],
    ids=["national day", "make-up Sunday", "make-up Saturday", "Saturday"],
)
def test_holidays_and_make_up_days_of_a_published_year(day: date, working: bool) -> None:
    assert is_working_day(day) is working


def test_terms_skip_holidays_in_both_directions() -> None:
    assert add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert add_working_days(date(2025, 10, 9), -1) == date(2025, 9, 30)
    assert add_working_days(date(2025, 10, 4), 0) == date(2025, 10, 4)
    assert add_working_days(date(2025, 9, 30), 1, {date(2025, 10, 5): True}) == date(2025, 10, 5)
