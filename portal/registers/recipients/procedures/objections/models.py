"""Objections 异议."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class Objector(StrEnum):
    """异议人: who objects; never by name."""

    HOUSEHOLD = "本户"
    VILLAGER = "村民"
    UNNAMED = "没有留名"
    OFFICE = "其他单位"


class Objection(Kept, Base):
    """异议: what was said against a procedure, and the answer. Both may speak of illness and are sealed."""

    __tablename__ = "procedure_objections"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("procedure_objections", "no"),
        Index("ix_procedure_objections_procedure", "procedure_id"),
    )

    no: Mapped[str] = mapped_column(String(36))
    procedure_id: Mapped[int] = mapped_column(BigInt, ForeignKey("procedures.id"))
    step: Mapped[str] = mapped_column(String(8))
    objector: Mapped[str] = mapped_column(String(8))
    received_on: Mapped[date] = mapped_column(Date)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    entered_by: Mapped[str] = mapped_column(String(120))
    is_upheld: Mapped[bool | None] = mapped_column(Boolean)  # none: not answered yet
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_by: Mapped[str | None] = mapped_column(String(120))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
