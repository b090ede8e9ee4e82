"""Income entries 收入明细."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class IncomeClass(StrEnum):
    """收入类别."""

    WAGES = "工资性"
    BUSINESS = "经营性"
    PROPERTY = "财产性"
    TRANSFER = "转移性"


_CURRENT = text("superseded_at IS NULL")
_ENDED = text("superseded_at IS NOT NULL")


class Income(Kept, Base):
    """收入明细: one entry. It has no key of the trade: all columns together are its key, counted within one file."""

    __tablename__ = "incomes"
    __key__ = ("content_key",)
    __table_args__ = (
        *keep_indexes("incomes", "content_key"),
        Index("ix_incomes_ended_key", "content_key", sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_incomes_household", "household_id", "occurred_on"),
        Index("ix_incomes_day", "occurred_on", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_incomes_category", "category", "occurred_on", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    )

    content_key: Mapped[str] = mapped_column(String(72))  # SHA-256 of all columns, '-', k for the k-th identical row
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    person_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("persons.id"))
    occurred_on: Mapped[date] = mapped_column(Date)
    precision: Mapped[str] = mapped_column(String(5), default="day")  # day, month or year: what the file said
    category: Mapped[str] = mapped_column(String(6))
    item: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int] = mapped_column(BigInt)
    cost_fen: Mapped[int | None] = mapped_column(BigInt)
    voucher_no: Mapped[str | None] = mapped_column(String(80))
    counts: Mapped[bool | None] = mapped_column(Boolean)  # 是否计入; None = by item
    entered_by: Mapped[str | None] = mapped_column(String(80))
    entered_unit: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
