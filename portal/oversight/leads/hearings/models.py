"""Hearings of leads."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class LeadHearing(Base):
    """听取说明: until which day a lead waits for the answer of the person concerned. There is one, once."""

    __tablename__ = "lead_hearings"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    lead_id: Mapped[int] = mapped_column(BigInt, ForeignKey("leads.id"), unique=True)
    answer_by: Mapped[date | None] = mapped_column(Date)  # none: it could not be asked any more
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # answered, or the days are over
