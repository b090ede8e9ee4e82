"""Columns of the register: ages counted at once are those that a person would count."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.analysis.entitled.evaluator import LEAST, MOST
from portal.analysis.entitled.gathering import _ages

DAYS = st.dates(date(1890, 1, 1), date(2040, 12, 31)) | st.sampled_from([date(1940, 2, 29), date(2004, 2, 29)])


def completed(born: date, as_of: date) -> int:
    """One after the other: a birthday that has not come yet this year is taken off."""
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


@given(st.lists(st.none() | DAYS, max_size=8), DAYS)
def test_ages_are_completed_years_and_what_nobody_knows_is_open(born: list[date | None], as_of: date) -> None:
    known = [None if day is None or day > as_of else completed(day, as_of) for day in born]
    expected = [(LEAST, MOST) if years is None else (years, years) for years in known]
    for written in (born, [None if day is None else day.isoformat() for day in born]):  # as either database hands them
        ages = _ages(written, as_of)
        assert list(zip(ages.low.tolist(), ages.high.tolist(), strict=True)) == expected
