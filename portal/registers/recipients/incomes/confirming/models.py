"""The second person's confirmations of what one person entered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class Entered(StrEnum):
    """What can wait for a second person: 收入, 赡养义务人, 核算事项."""

    INCOME = "income"
    OBLIGOR = "obligor"
    ADJUSTMENT = "adjustment"


class SecondHand(Base):
    """复核: one version of one entry, confirmed by somebody else than who recorded it. A correction needs it anew."""

    __tablename__ = "second_hands"
    __table_args__ = (
        Index("uq_second_hands_version", "kind", "row_id", "version", unique=True),
        CheckConstraint("confirmed_by <> recorded_by", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    row_id: Mapped[int] = mapped_column(BigInt)  # the stable id of the entry
    version: Mapped[str] = mapped_column(String(36))  # the event that made the version
    recorded_by: Mapped[str] = mapped_column(String(120))  # who made the version, as the trail says
    confirmed_by: Mapped[str] = mapped_column(String(120))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[str] = mapped_column(Text)
