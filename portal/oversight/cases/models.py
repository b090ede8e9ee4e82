"""Cases 案件 and what is noted about them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class CaseOrigin(StrEnum):
    """从哪里来: a lead, a complaint (known by its locator alone), a random inspection, the trail, or by hand."""

    LEAD = "疑点"
    COMPLAINT = "举报"
    SAMPLE = "抽查"
    TRAIL = "留痕"
    HAND = "人工"


class CaseState(StrEnum):
    """走到哪一步."""

    OPEN = "待研判"
    PROPOSED = "待审批"
    WORKING = "办理中"
    SHELVED = "暂存"
    CLOSED = "办结"


_CURRENT = text("superseded_at IS NULL")


class Case(Kept, Base):
    """案件. What it is called and whom it is about is sealed; the number is drawn, so that numbers tell no count."""

    __tablename__ = "cases"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("cases", "no"),
        Index("ix_cases_state", "state", "opened_on", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_cases_place", "division_code", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    )

    no: Mapped[str] = mapped_column(String(20))  # AJ-2026-481906
    origin: Mapped[str] = mapped_column(String(4))
    origin_no: Mapped[str | None] = mapped_column(String(60))
    division_code: Mapped[str] = mapped_column(String(12))  # where the matter lies
    title_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(4))
    disposition: Mapped[str | None] = mapped_column(String(4))  # the last one that was approved
    opened_by: Mapped[str] = mapped_column(String(120))
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)


class CaseNote(Base):
    """办案记录: what somebody of the team wrote down; never changed, a later one stands beside it."""

    __tablename__ = "case_notes"
    __table_args__ = (Index("ix_case_notes_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    written_by: Mapped[str] = mapped_column(String(120))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
