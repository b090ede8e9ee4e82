"""Obligors 赡养义务人: children and others who live apart and have a duty to support somebody of the household."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class Obligor(Kept, Base):
    """赡养义务人: what his household has, whom he supports, and what was ruled, agreed or paid, from a day on.

    All amounts are monthly. A new inquiry is a new row from its own day; the old one gets its last day.
    """

    __tablename__ = "support_obligors"
    __key__ = ("household_id", "name", "since")
    __public__ = False
    __table_args__ = (
        *keep_indexes("support_obligors", "household_id", "name", "since"),
        Index("ix_support_obligors_household", "household_id"),
        CheckConstraint("members >= 1", name="members"),
        CheckConstraint("supports >= 1 AND supports_here >= 1 AND supports_here <= supports", name="supports"),
    )

    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    name: Mapped[str] = mapped_column(String(80))
    relation: Mapped[str] = mapped_column(String(20))  # 子女, 孙子女…
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    members: Mapped[int] = mapped_column(Integer)  # persons of the obligor's own household
    monthly_income_fen: Mapped[int] = mapped_column(BigInt)  # of the obligor's whole household
    supports: Mapped[int] = mapped_column(Integer, default=1)  # persons whom he has to support, anywhere
    supports_here: Mapped[int] = mapped_column(Integer, default=1)  # those of them who live in this household
    ruled_fen: Mapped[int | None] = mapped_column(
        BigInt
    )  # by a court ruling or a written agreement, for this household
    paid_fen: Mapped[int | None] = mapped_column(BigInt)  # actually paid to this household
    evidence: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
