"""Runs of the rules 比对与预警运行, and what an import found in a printed table."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class CheckRun(Base):
    """运行: which rules looked at what, with which parameters, on whose word; a replay must give the same digest."""

    __tablename__ = "check_runs"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    no: Mapped[str] = mapped_column(String(24), unique=True)
    as_of: Mapped[date] = mapped_column(Date)
    engine: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime] = mapped_column(
        UtcDateTime
    )  # the registers are read as they were known at this moment
    persons: Mapped[int] = mapped_column(Integer)
    rows_compared: Mapped[int] = mapped_column(BigInt)
    results: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON
    )  # per rule: counts, parameters in force, digest of the hits


class PrintedGap(Base):
    """印刷数据不平: a printed total its parts do not reach, or a row that does not balance, as an import met it."""

    __tablename__ = "printed_gaps"
    __table_args__ = (Index("uq_printed_gaps_subject", "batch_no", "subject_no", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    batch_no: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(24))
    subject_no: Mapped[str] = mapped_column(String(160))
    division_code: Mapped[str | None] = mapped_column(String(12))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the batch was undone
