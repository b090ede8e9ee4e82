"""Exposures 曝光."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class ExposureState(StrEnum):
    """曝光走到哪一步."""

    DRAFT = "草拟"
    CHECKING = "待审核"
    RETURNED = "退回"
    PUBLISHED = "已发布"
    ENDED = "到期撤下"
    RETRACTED = "撤回"


_PUBLIC = text("superseded_at IS NULL AND published_on IS NOT NULL")


class Exposure(Kept, Base):
    """曝光: of a case that has an outcome. Its words lie sealed until it is out, and again when its time is over."""

    __tablename__ = "exposures"
    __key__ = ("no",)
    __table_args__ = (
        *keep_indexes("exposures", "no"),
        Index("ix_exposures_public", "published_on", "id", sqlite_where=_PUBLIC, postgresql_where=_PUBLIC),
        CheckConstraint("checked_by IS NULL OR checked_by <> drafted_by", name="two_persons"),
        CheckConstraint("published_on IS NULL OR checked_by IS NOT NULL", name="published_is_checked"),
        CheckConstraint("published_on IS NULL OR withdraw_on > published_on", name="ends"),
    )

    no: Mapped[str] = mapped_column(String(20))  # NG-… until it is out, then BG-2026-000012
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    division_code: Mapped[str] = mapped_column(String(12))
    organ: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(8))  # of problem
    title_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    withdraw_on: Mapped[date] = mapped_column(Date)  # the first day on which it is no longer read
    state: Mapped[str] = mapped_column(String(4))
    drafted_by: Mapped[str] = mapped_column(String(120))
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by: Mapped[str | None] = mapped_column(String(120))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_why: Mapped[str | None] = mapped_column(String(400))
    published_on: Mapped[date | None] = mapped_column(Date)
    publication_event: Mapped[str | None] = mapped_column(String(36))
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    ended_on: Mapped[date | None] = mapped_column(Date)
