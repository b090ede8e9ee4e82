"""Cells of the wide picture: what a whole city's flow is drawn from, since a page must not group 12,000 lines a year."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt


class FlowCell(Base):
    """Lines of one year and route summed, with counties for towns and towns for villages, as the public sees them."""

    __tablename__ = "flow_cells"
    __why_unprotected__ = "sums of protected rows, kept with them; verify_totals computes them again"
    __table_args__ = (Index("ix_flow_cells_year", "year", "currency", "county_code"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3))
    county_code: Mapped[str] = mapped_column(String(12))  # where the public sees the line; blank = unknown
    entry_level: Mapped[int] = mapped_column(Integer)  # 0 … 3; 9 = its giver lies in the same county
    source: Mapped[str] = mapped_column(String(4))
    kind: Mapped[str] = mapped_column(String(8))
    department: Mapped[str] = mapped_column(String(80))
    town: Mapped[str] = mapped_column(String(80))
    leaf: Mapped[str] = mapped_column(String(80))
    tier: Mapped[int] = mapped_column(Integer)
    parent_tier: Mapped[int] = mapped_column(Integer)
    enters: Mapped[bool] = mapped_column()
    payee_id: Mapped[int] = mapped_column(
        BigInt
    )  # the programme, where households are paid above the last tier; else 0
    gross_fen: Mapped[int] = mapped_column(BigInt)
    back_fen: Mapped[int] = mapped_column(BigInt)
    passed_on_fen: Mapped[int] = mapped_column(BigInt)
    returned_fen: Mapped[int] = mapped_column(BigInt)
    paid_fen: Mapped[int] = mapped_column(BigInt)
    paid_household_fen: Mapped[int] = mapped_column(BigInt)
    held_fen: Mapped[int] = mapped_column(BigInt)
    received_on: Mapped[date | None] = mapped_column(Date)  # of the oldest money still held
