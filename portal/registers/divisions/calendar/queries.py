"""Reads of the working-day overrides; the kernel's clock gets them handed in."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.keyset import Start, rows_beside
from portal.registers.corrections import RecordRow, record_row
from portal.registers.divisions.calendar.models import CalendarDay
from portal.registers.history import Version, history_of


def overrides(session: Session) -> dict[date, bool]:
    """Day → working (True) or free (False), as the operator declared it."""
    return {day: working for day, working in session.execute(select(CalendarDay.day, CalendarDay.is_working))}


def list_days(
    session: Session, *, year: int | None = None, after: Start | None = None, limit: int = 51
) -> list[dict[str, Any]]:
    """Declared days for the console, in order."""
    columns = (CalendarDay.id, CalendarDay.day, CalendarDay.is_working, CalendarDay.basis)
    query = select(*columns)
    if year is not None:
        query = query.where(CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31))
    names = [column.key for column in columns]
    return [dict(zip(names, row, strict=True)) for row in rows_beside(session, query, (CalendarDay.day,), after, limit)]


def day_row(session: Session, row_id: int) -> RecordRow:
    """One row by its stable id; raises NotFound."""
    return record_row(session, CalendarDay, row_id)


def day_history(session: Session, row_id: int) -> list[Version]:
    """Versions of a row, newest first."""
    return history_of(session, CalendarDay, row_id)
