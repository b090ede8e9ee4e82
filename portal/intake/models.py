"""Import batches 导入批次."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

NO_SECOND_PERSON = "no second person"


class BatchStatus(StrEnum):
    """状态 of an import batch: staged is a preview, nothing of it stands in a register yet."""

    STAGED = "待提交"
    AWAITING = "待复核"
    COMMITTED = "已入库"
    UNDONE = "已撤销"
    DISCARDED = "已放弃"


class ImportBatch(Base):
    """导入批次: one file of one kind; what it said, who sent it, what became of it."""

    __tablename__ = "import_batches"
    __why_unprotected__ = "a work record: the trail's batch event commits to the file, its rows and its totals"
    __table_args__ = (
        Index("ix_import_batches_file", "sha256", "kind"),
        Index("ix_import_batches_made", "made_at"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    no: Mapped[str] = mapped_column(String(20), unique=True)  # DR-2026-000618
    kind: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sheet: Mapped[str | None] = mapped_column(String(120))
    profile: Mapped[str | None] = mapped_column(String(80))
    profile_sha256: Mapped[str | None] = mapped_column(String(64))
    as_of: Mapped[date | None] = mapped_column(Date)
    department: Mapped[str | None] = mapped_column(String(200))
    sender: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(8))
    maker: Mapped[str] = mapped_column(String(120))
    checker: Mapped[str | None] = mapped_column(String(120))  # or NO_SECOND_PERSON
    rows_read: Mapped[int] = mapped_column(Integer)
    rows_new: Mapped[int] = mapped_column(Integer)
    rows_changed: Mapped[int] = mapped_column(Integer)
    rows_same: Mapped[int] = mapped_column(Integer)
    rows_refused: Mapped[int] = mapped_column(Integer)
    amount_fen: Mapped[int | None] = mapped_column(BigInt)
    currency: Mapped[str | None] = mapped_column(String(3))
    totals_checked: Mapped[int] = mapped_column(Integer, default=0)
    needs_checker: Mapped[bool] = mapped_column(default=False)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)  # errors, tidied, samples; sensitive values masked
    trail_batch_id: Mapped[int | None] = mapped_column(BigInt)
    undo_batch_id: Mapped[int | None] = mapped_column(BigInt)
    staging_file: Mapped[str | None] = mapped_column(String(80))  # a name under the staging directory
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    committed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # undone or discarded
