"""Dispositions of cases 处置意见."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class Disposition(StrEnum):
    """处置方式: the four lawful ones (监督执纪工作规则 art. 21), and the end of a case that was worked on."""

    TALK = "谈话函询"
    VERIFY = "初步核实"
    SHELVE = "暂存待查"
    DISMISS = "予以了结"
    FINISH = "办结"


class Decision(StrEnum):
    """审批结果."""

    APPROVED = "批准"
    RETURNED = "退回"


class CaseDisposition(Base):
    """处置意见: what was studied together and proposed, and what another account decided."""

    __tablename__ = "case_dispositions"
    __table_args__ = (
        Index("ix_case_dispositions_case", "case_id", "id"),
        Index(
            "uq_case_dispositions_waiting", "case_id", unique=True,
            sqlite_where=text("decision IS NULL"), postgresql_where=text("decision IS NULL"),
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    disposition: Mapped[str] = mapped_column(String(4))
    studied_on: Mapped[date] = mapped_column(Date)
    present: Mapped[int] = mapped_column(Integer)
    study_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON: who was present, what was said
    proposed_by: Mapped[str] = mapped_column(String(120))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[str | None] = mapped_column(String(2))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
