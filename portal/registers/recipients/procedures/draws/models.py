"""Draws among procedures 程序抽查批次."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class SampleReason(StrEnum):
    """Why the county visits a household before it decides: drawn, or 备案对象, who are visited one and all."""

    DRAWN = "抽中"
    RELATED = "备案对象"


class ProcedureDraw(Base):
    """程序抽查批次: an act that anybody can repeat with its list, ratio and seed. Written once.

    A county draws as often as new procedures wait for it; each stands in the population of one draw only.
    """

    __tablename__ = "procedure_draws"
    __table_args__ = (Index("ix_procedure_draws_place", "division_code", "month"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    no: Mapped[str] = mapped_column(String(24), unique=True)
    division_code: Mapped[str] = mapped_column(String(12))
    month: Mapped[date] = mapped_column(Date)  # its first day
    population: Mapped[int] = mapped_column(Integer)
    population_sha256: Mapped[str] = mapped_column(String(64))
    members: Mapped[list[str]] = mapped_column(JSON)  # the numbers of the procedures, sorted: what repeats the draw
    per_cent: Mapped[str] = mapped_column(String(12))
    seed: Mapped[str] = mapped_column(String(64))
    drawn: Mapped[int] = mapped_column(Integer)
    related: Mapped[int] = mapped_column(Integer)  # 备案对象 beside the draw
    drawn_by: Mapped[str] = mapped_column(String(120))
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
