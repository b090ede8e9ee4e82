"""Paper visits 纸质走访."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class PaperState(StrEnum):
    """待会签, 已会签, 退回."""

    WAITING = "待会签"
    SIGNED = "已会签"
    RETURNED = "退回"


_WAITING = text("superseded_at IS NULL AND state = '待会签'")


class PaperVisit(Kept, Base):
    """纸质走访: what a form says. It becomes a check-in when a second person has countersigned it."""

    __tablename__ = "paper_visits"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("paper_visits", "no"),
        Index("ix_paper_visits_waiting", "division_code", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_paper_visits_household", "household_id", "visited_on"),
        CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="two_persons"),
    )

    no: Mapped[str] = mapped_column(String(36))  # also the check-in's id when it becomes one
    helper_id: Mapped[int] = mapped_column(BigInt, ForeignKey("helpers.id"))
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    division_code: Mapped[str] = mapped_column(String(12))
    visited_on: Mapped[date] = mapped_column(Date)
    visit: Mapped[str] = mapped_column(String(12))
    not_possible_reason: Mapped[str | None] = mapped_column(String(12))
    activities: Mapped[list[str]] = mapped_column(JSON)
    findings: Mapped[list[str]] = mapped_column(JSON)
    needs: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(4))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_why: Mapped[str | None] = mapped_column(Text)
