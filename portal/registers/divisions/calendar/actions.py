"""What the operator does to the working calendar: declare a day working or free, correct it, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    correct_record,
    get_current,
    refuse_unknown_fields,
    withdraw_record,
)
from portal.registers.divisions.calendar.models import CalendarDay

FIELDS = frozenset({"is_working", "basis", "extensions"})


def add_day(session: Session, values: Mapping[str, Any], act: Act) -> CalendarDay:
    """Declare one day; `values`: `day`, `is_working`, `basis` (the State Council's notice)."""
    refuse_unknown_fields(values, FIELDS | {"day"})
    row = CalendarDay(**values)
    if session.scalar(select(CalendarDay.id).where(CalendarDay.day == row.day)) is not None:
        raise Refused("这一天已经登记过", fix="更正原来的一条", code="duplicate")
    add_record(session, row, act, kind="calendar.added", subjects=[("calendar", row.day.isoformat())])
    return row


def correct_day(
    session: Session, day_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct what a day is, or its basis."""
    refuse_unknown_fields(values, FIELDS)
    row = get_current(session, CalendarDay, day_id)
    subjects = [("calendar", row.day.isoformat())]
    return correct_record(session, row, values, act, version=version, kind="calendar.corrected", subjects=subjects)


def withdraw_day(session: Session, day_id: int, act: Act, version: str | None) -> None:
    """Take an override back: the holiday library decides again."""
    row = get_current(session, CalendarDay, day_id)
    subjects = [("calendar", row.day.isoformat())]
    withdraw_record(session, row, act, version=version, kind="calendar.withdrawn", subjects=subjects)
