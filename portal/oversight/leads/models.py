"""Leads 疑点."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Date, Index, Integer, String, Text, false, text
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


STATUS_NAMES: Final = {
    LeadStatus.OPEN: "待核实", LeadStatus.ASKED: "等本人说明", LeadStatus.VERIFYING: "核实中",
    LeadStatus.CONCLUDED: "已有结论", LeadStatus.REVIEWED: "已复核", LeadStatus.SETTLED: "已了结",
    LeadStatus.CLOSED: "原因消失，已关闭",
}  # fmt: skip
"""疑点状态 in the words that errors say."""


class Trend(StrEnum):
    """变化: a lead is new, has become worse, or has come back after it had ended."""

    NEW = "新"
    WORSE = "变重"
    AGAIN = "复发"


NO_DAY = date(9999, 12, 31)
"""The due day of a lead whose place has laid down no days: it stands behind all the others and is never late."""


class Severity(StrEnum):
    """严重程度."""

    SERIOUS = "严重"
    ORDINARY = "一般"
    HINT = "提示"


_OF_ONE = text("household_no IS NOT NULL")


class Lead(Base):
    """疑点: one per rule and subject, whatever the number of runs that saw it."""

    __tablename__ = "leads"
    __table_args__ = (
        Index("uq_leads_subject", "rule", "subject_kind", "subject_no", unique=True),
        Index("ix_leads_inbox", "status", "division_code", "lead_no"),
        Index("ix_leads_due", "status", "due_on", "id"),
        Index("ix_leads_rule_due", "rule", "status", "due_on", "id"),
        Index("ix_leads_mine", "assigned_to", "status", "due_on", "id"),
        # everything that the numbers on the tabs are counted from
        Index(
            "ix_leads_counts", "status", "rule", "division_code", "assigned_to", "snoozed_until", "severity", "due_on",
            "trend",
        ),
        Index("ix_leads_household", "household_no", sqlite_where=_OF_ONE, postgresql_where=_OF_ONE),
    )  # fmt: skip

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
    due_on: Mapped[date] = mapped_column(Date, default=NO_DAY, server_default="9999-12-31")
    trend: Mapped[str] = mapped_column(String(4), default=Trend.NEW, server_default="新")
    assigned_to: Mapped[str | None] = mapped_column(String(120))
    assigned_division: Mapped[str | None] = mapped_column(String(12))
    snoozed_until: Mapped[date | None] = mapped_column(Date)
    wakes_worse: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
