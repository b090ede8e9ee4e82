"""Working-day overrides 工作日调整."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base
from portal.kernel.keeping import Kept, keep_indexes


class CalendarDay(Kept, Base):
    """A day that the operator declares working (调休上班) or free (放假), with the notice it rests on."""

    __tablename__ = "calendar_days"
    __key__ = ("day",)
    __table_args__ = keep_indexes("calendar_days", "day")

    day: Mapped[date] = mapped_column(Date)
    is_working: Mapped[bool] = mapped_column(Boolean)
    basis: Mapped[str | None] = mapped_column(String(200))
