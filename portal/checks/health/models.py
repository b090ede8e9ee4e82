"""Pauses of rules 规则暂停."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

_LASTING = text("resumed_at IS NULL")


class RulePause(Base):
    """规则暂停: a rule stopped itself, with the figures that made it; a person lets it run again, with a reason."""

    __tablename__ = "rule_pauses"
    __table_args__ = (
        Index("uq_rule_pauses_lasting", "rule", unique=True, sqlite_where=_LASTING, postgresql_where=_LASTING),
        Index("ix_rule_pauses_rule", "rule", "resumed_at"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    rule: Mapped[str] = mapped_column(String(8))
    rule_version: Mapped[int] = mapped_column(Integer)
    closed: Mapped[int] = mapped_column(Integer)
    confirmed: Mapped[int] = mapped_column(Integer)
    paused_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resumed_by: Mapped[str | None] = mapped_column(String(120))
    resumed_why: Mapped[str | None] = mapped_column(Text)
