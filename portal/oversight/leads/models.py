"""Leads 疑点."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class LeadStatus(StrEnum):
    """Where a lead stands; `closed` means that its cause is gone."""

    OPEN = "open"
    ASKED = "asked"
    VERIFYING = "verifying"
    CONCLUDED = "concluded"
    REVIEWED = "reviewed"
    SETTLED = "settled"
    CLOSED = "closed"


class Severity(StrEnum):
    """严重程度."""

    SERIOUS = "严重"
    ORDINARY = "一般"
    HINT = "提示"


class Lead(Base):
    """疑点: one per rule and subject, whatever the number of runs that saw it."""

    __tablename__ = "leads"
    __table_args__ = (
        Index("uq_leads_subject", "rule", "subject_kind", "subject_no", unique=True),
        Index("ix_leads_inbox", "status", "division_code", "lead_no"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    lead_no: Mapped[str] = mapped_column(String(24), unique=True)
    rule: Mapped[str] = mapped_column(String(8))
    rule_version: Mapped[int] = mapped_column(Integer)
    subject_kind: Mapped[str] = mapped_column(String(24))
    subject_no: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(BigInt)  # plain id: a register row that the subject is about
    household_no: Mapped[str | None] = mapped_column(String(40))
    division_code: Mapped[str | None] = mapped_column(String(12))
    severity: Mapped[str] = mapped_column(String(4))
    status: Mapped[str] = mapped_column(String(12))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    evidence_digest: Mapped[str] = mapped_column(String(64))
    settled_digest: Mapped[str | None] = mapped_column(
        String(64)
    )  # the evidence that was on the table when it was settled
    conclusion: Mapped[str | None] = mapped_column(Text)
    first_seen: Mapped[date] = mapped_column(Date)
    last_seen: Mapped[date] = mapped_column(Date)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
