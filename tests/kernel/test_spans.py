"""Spans and hours inside a statement agree with Python's own, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Date, literal, select
from sqlalchemy.orm import Session

from portal.kernel.clock import CHINA
from portal.kernel.database import UtcDateTime
from portal.kernel.spans import china_hour, days_between, seconds_between


def answer(session: Session, element: Any) -> Any:
    return session.scalar(select(element))


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        (date(2026, 3, 1), date(2026, 2, 28)), (date(2024, 3, 1), date(2024, 2, 28)), (date(2026, 1, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2016, 1, 1)),
    ],
)  # fmt: skip
def test_days_are_counted_as_on_the_calendar(session: Session, later: date, earlier: date) -> None:
    found = answer(session, days_between(literal(later, Date), literal(earlier, Date)))
    assert found == (later - earlier).days


@pytest.mark.parametrize("seconds", [0, 1, 59, 72 * 3600, 72 * 3600 + 1, -5, 400 * 86400])
def test_seconds_are_whole(session: Session, seconds: int) -> None:
    start = datetime(2026, 11, 20, 13, 59, 58, 700_000, tzinfo=UTC)
    span = seconds_between(literal(start + timedelta(seconds=seconds), UtcDateTime), literal(start, UtcDateTime))
    assert answer(session, span) == seconds


@pytest.mark.parametrize("minute", [0, 59, 60, 14 * 60 - 1, 14 * 60, 16 * 60, 21 * 60 - 1, 21 * 60, 24 * 60 - 1])
def test_the_hour_is_that_of_china(session: Session, minute: int) -> None:
    moment = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(minutes=minute)
    assert answer(session, china_hour(literal(moment, UtcDateTime))) == moment.astimezone(CHINA).hour
