"""Days at UTC+8 and working days."""

from datetime import UTC, date, datetime

import pytest

from portal.kernel.clock import add_working_days, day_cn, is_working_day, knows_year, working_days_between


def test_the_day_changes_at_midnight_in_china() -> None:
    assert day_cn(datetime(2026, 11, 20, 15, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert day_cn(datetime(2026, 11, 20, 16, 0, tzinfo=UTC)) == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("day", "working"),
    [(date(2025, 10, 1), False), (date(2025, 9, 28), True), (date(2025, 10, 11), True), (date(2025, 11, 22), False)],
    ids=["national day", "make-up Sunday", "make-up Saturday", "Saturday"],
)
def test_holidays_and_make_up_days_are_known(day: date, working: bool) -> None:
    assert is_working_day(day) is working


def test_an_override_wins_over_the_library_and_over_weekends() -> None:
    assert is_working_day(date(2025, 10, 1), {date(2025, 10, 1): True})
    assert not is_working_day(date(2025, 11, 21), {date(2025, 11, 21): False})


def test_a_year_that_nobody_announced_goes_by_weekends() -> None:
    assert not knows_year(2099)
    assert is_working_day(date(2099, 6, 15))
    assert not is_working_day(date(2099, 6, 14))


def test_terms_skip_holidays_in_both_directions() -> None:
    assert add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert add_working_days(date(2025, 10, 9), -1) == date(2025, 9, 30)
    assert add_working_days(date(2025, 10, 4), 0) == date(2025, 10, 4)
    assert add_working_days(date(2025, 9, 30), 1, {date(2025, 10, 5): True}) == date(2025, 10, 5)


def test_counting_and_adding_agree() -> None:
    start = date(2025, 1, 20)
    for days in (0, 1, 5, 20, 60):
        assert working_days_between(start, add_working_days(start, days)) == days
    assert working_days_between(date(2025, 10, 9), date(2025, 9, 30)) == -1
