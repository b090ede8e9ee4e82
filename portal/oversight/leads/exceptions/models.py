"""Confirmed exceptions of leads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

_STANDING = text("ended_at IS NULL")


class LeadException(Base):
    """例外: proposed by one, confirmed by another; it ends by itself when the source row changes."""

    __tablename__ = "lead_exceptions"
    __table_args__ = (
        Index(
            "uq_lead_exceptions_standing", "lead_id", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING
        ),
        Index("ix_lead_exceptions_rule", "rule", "ended_at"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    lead_id: Mapped[int] = mapped_column(BigInt, ForeignKey("leads.id"))
    rule: Mapped[str] = mapped_column(String(8))
    source_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    why: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(String(120))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
