"""Money that came back 追缴."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class Recovery(Base):
    """追缴: one sum that came back of one payment. A correction is an entry of its own, of a smaller or a further sum."""

    __tablename__ = "recoveries"
    __table_args__ = (
        Index("ix_recoveries_case", "case_id"),
        Index("ix_recoveries_payment", "payment_id"),
        Index("ix_recoveries_place", "division_code", "recovered_on"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    payment_id: Mapped[int] = mapped_column(BigInt, ForeignKey("payments.id"))
    programme_code: Mapped[str] = mapped_column(String(60))
    household_id: Mapped[int | None] = mapped_column(BigInt)
    division_code: Mapped[str | None] = mapped_column(String(12))  # the village where the payment shows
    amount_fen: Mapped[int] = mapped_column(BigInt)
    recovered_on: Mapped[date] = mapped_column(Date)
    into_account: Mapped[str] = mapped_column(String(120))  # which public account it went back to, in words
    document_no: Mapped[str] = mapped_column(String(120))
    corrects_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("recoveries.id"))
    entered_by: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
