"""Rounds of verifying."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class Speaker(StrEnum):
    """先听谁说: the household's own answer, or its helper's, before anybody concludes."""

    HOUSEHOLD = "本户"
    HELPER = "帮扶人"
    NOBODY = "找不到人"


class Disposition(StrEnum):
    """处置: what follows from a lead. Every change of a register is that register's own procedure."""

    KEEP = "保留"
    ADJUST = "调整"
    EXIT = "退出"
    ADD = "补纳入"
    RECOVER = "追缴"
    REFER = "移交"


class LeadRound(Base):
    """核查轮次: what was found on site, who concluded, who reviewed, who decided. Sent back, a new round begins."""

    __tablename__ = "lead_rounds"
    __table_args__ = (
        Index("uq_lead_rounds_round", "lead_id", "round", unique=True),
        Index("ix_lead_rounds_verified", "verified_by", "verified_at"),
        Index("ix_lead_rounds_decided", "decided_at"),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> verified_by", name="reviewer_apart"),
        CheckConstraint("decided_by IS NULL OR decided_by <> verified_by", name="decider_apart"),
        CheckConstraint("decided_by IS NULL OR decided_by <> reviewed_by", name="decider_no_reviewer"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    lead_id: Mapped[int] = mapped_column(BigInt, ForeignKey("leads.id"))
    round: Mapped[int] = mapped_column(Integer)
    visited_on: Mapped[date | None] = mapped_column(Date)
    first_visitor: Mapped[str | None] = mapped_column(String(80))
    second_visitor: Mapped[str | None] = mapped_column(String(80))
    speaker: Mapped[str | None] = mapped_column(String(8))
    said_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    found_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    found_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))  # the same words again, without the words
    photo: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the rebuilt picture
    visited_by: Mapped[str | None] = mapped_column(String(120))
    visited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    conclusion: Mapped[str | None] = mapped_column(String(8))
    verified_by: Mapped[str | None] = mapped_column(String(120))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str | None] = mapped_column(String(120))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review: Mapped[str | None] = mapped_column(String(8))
    review_why: Mapped[str | None] = mapped_column(Text)
    disposition: Mapped[str | None] = mapped_column(String(8))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_why: Mapped[str | None] = mapped_column(Text)
    reconfirmation_no: Mapped[str | None] = mapped_column(String(24))
    procedure_no: Mapped[str | None] = mapped_column(String(40))
