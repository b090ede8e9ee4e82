"""Questions 请本人说明."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes

_OPEN = text("superseded_at IS NULL AND answered_at IS NULL")


class VisitQuestion(Kept, Base):
    """请本人说明: one rule asks once about one visit; the answer is added to it."""

    __tablename__ = "visit_questions"
    __key__ = ("check_in_id", "rule")
    __public__ = False
    __table_args__ = (
        *keep_indexes("visit_questions", "check_in_id", "rule"),
        Index("ix_visit_questions_open", "asked_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    check_in_id: Mapped[int] = mapped_column(BigInt, ForeignKey("check_ins.id"))
    rule: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(120))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
