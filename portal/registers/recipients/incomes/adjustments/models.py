"""Facts 核算事项 that change what counts, where the place's rules know them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class AdjustmentKind(StrEnum):
    """新就业: a job taken while on 低保. 外出务工生活支出: rent and living away from home. 未出售存货: grown, not yet sold."""

    NEW_JOB = "新就业"
    LIVING_AWAY = "外出务工生活支出"
    UNSOLD_STOCK = "未出售存货"


class Adjustment(Kept, Base):
    """核算事项: what happened, from when to when, and its amount; whether it changes anything is the place's rule."""

    __tablename__ = "income_adjustments"
    __key__ = ("household_id", "kind", "person_id", "since")
    __public__ = False
    __table_args__ = (
        *keep_indexes("income_adjustments", "household_id", "kind", "person_id", "since"),
        Index("ix_income_adjustments_household", "household_id"),
    )

    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    person_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("persons.id"))
    kind: Mapped[str] = mapped_column(String(8))
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    amount_fen: Mapped[int | None] = mapped_column(BigInt)  # 支出: a month's; 存货: what it is worth; 新就业: none
    evidence: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
