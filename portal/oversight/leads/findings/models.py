"""Findings about leads."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class Finding(StrEnum):
    """结论: 说明成立, 需要到户, 移交, 属实, 不属实, 部分属实, 无法核实."""

    EXPLAINED = "说明成立"
    NEEDS_VISIT = "需要到户"
    REFERRED = "移交"
    TRUE = "属实"
    UNFOUNDED = "不属实"
    PARTLY = "部分属实"
    UNKNOWN = "无法核实"


class LeadFinding(Base):
    """核查结论: one act of one named person. A later one stands beside it, and the latest counts."""

    __tablename__ = "lead_findings"
    __table_args__ = (
        Index("ix_lead_findings_lead", "lead_id", "id"),
        Index("ix_lead_findings_rule", "rule", "found_at"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    lead_id: Mapped[int] = mapped_column(BigInt, ForeignKey("leads.id"))
    rule: Mapped[str] = mapped_column(String(8))
    rule_version: Mapped[int] = mapped_column(Integer)
    finding: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(Text)
    found_by: Mapped[str] = mapped_column(String(120))
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
