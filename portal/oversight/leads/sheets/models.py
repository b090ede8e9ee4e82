"""Filled sheets that wait for their commit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class LeadSheet(Base):
    """核查表: one filled workbook, sealed whole; looked through first, taken in once."""

    __tablename__ = "lead_sheets"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    no: Mapped[str] = mapped_column(String(24), unique=True)
    file_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int] = mapped_column(Integer)
    refused: Mapped[int] = mapped_column(Integer)
    sent_by: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
