"""Steps of work with leads."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class Work(StrEnum):
    """经办: what was done with a lead beside what was found about it."""

    ASSIGNED = "分派"
    SNOOZED = "暂存"
    WOKEN = "取消暂存"
    UNDONE = "撤销"
    VISITED = "入户核实"
    CONCLUDED = "核实结论"
    AGREED = "复核同意"
    SENT_BACK = "复核退回"
    SETTLED = "处置"
    EXCEPTION = "提出例外"
    EXCEPTED = "确认例外"


class LeadStep(Base):
    """经办记录: who did what with a lead and when; written once. Acts on many share the act's number."""

    __tablename__ = "lead_steps"
    __table_args__ = (Index("ix_lead_steps_lead", "lead_id", "id"), Index("ix_lead_steps_act", "act_no"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    lead_id: Mapped[int] = mapped_column(BigInt, ForeignKey("leads.id"))
    act_no: Mapped[str] = mapped_column(String(36))
    work: Mapped[str] = mapped_column(String(8))
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
