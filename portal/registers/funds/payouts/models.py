"""Payouts 发放 summed three ways. Only successful payments to households count (bank return 成功)."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt

WHY = "sums of protected rows, kept with them; verify_totals computes them again"


class LinePayout(Base):
    """What one allocation line paid to the households of one village."""

    __tablename__ = "line_payouts"
    __why_unprotected__ = WHY
    __table_args__ = (
        Index("ix_line_payouts_village", "village_code", "year"),
        Index("ix_line_payouts_outside", "year", "line_level", "village_code"),
        Index("ix_line_payouts_programme", "programme_id", "year", "village_code"),
    )

    allocation_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    village_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    programme_id: Mapped[int] = mapped_column(BigInt)
    year: Mapped[int] = mapped_column(Integer)
    line_level: Mapped[int] = mapped_column(Integer)  # level of the line's own place above this village; 0 = elsewhere
    shown_code: Mapped[str] = mapped_column(String(12))  # the village, or what it merges into
    paid_fen: Mapped[int] = mapped_column(BigInt)
    payments: Mapped[int] = mapped_column(BigInt)
    households: Mapped[int] = mapped_column(BigInt, default=0)  # how many it reached there


class HouseholdPayout(Base):
    """What one household got from one programme in one year."""

    __tablename__ = "household_payouts"
    __why_unprotected__ = WHY
    __table_args__ = (
        Index("ix_household_payouts_cell", "programme_id", "year", "village_code"),
        {"sqlite_with_rowid": False},
    )

    household_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    programme_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    village_code: Mapped[str] = mapped_column(String(12))
    paid_fen: Mapped[int] = mapped_column(BigInt)
    payments: Mapped[int] = mapped_column(BigInt)


class ProgrammeCell(Base):
    """The finest grain that may ever be public: programme × village × year; under five households it is merged."""

    __tablename__ = "programme_cells"
    __why_unprotected__ = WHY
    __table_args__ = (Index("ix_programme_cells_village", "village_code", "year"),)

    programme_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    village_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    shown_code: Mapped[str] = mapped_column(String(12))  # the village itself, or the place whose 其他 holds it
    paid_fen: Mapped[int] = mapped_column(BigInt)
    payments: Mapped[int] = mapped_column(BigInt)
    households: Mapped[int] = mapped_column(BigInt)
