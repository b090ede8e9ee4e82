"""Import batches 导入批次, cells corrected on screen 屏上更正, saved import profiles 导入方案."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

NO_SECOND_PERSON = "no second person"


class BatchStatus(StrEnum):
    """状态 of an import batch: staged is a preview, nothing of it stands in a register yet."""

    UNMAPPED = "待对表头"
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
    source_file: Mapped[str | None] = mapped_column(String(80))  # the upload itself, sealed, until it is decided
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    committed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # undone or discarded


class ImportFix(Base):
    """屏上更正: one cell of a previewed file that was put right on screen; the file itself stays what it was."""

    __tablename__ = "import_fixes"
    __table_args__ = (Index("ix_import_fixes_import", "import_id", "row"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    import_id: Mapped[int] = mapped_column(BigInt, ForeignKey("import_batches.id"))
    row: Mapped[int] = mapped_column(Integer)  # as the sheet numbers it
    column: Mapped[str] = mapped_column(String(80))  # header of the dictionary
    before: Mapped[str] = mapped_column(String(200))  # sensitive values masked
    after: Mapped[str] = mapped_column(String(200))
    before_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    after_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportProfile(Base):
    """导入方案: one saved version of a profile; a correction adds a version and ends the one before."""

    __tablename__ = "import_profiles"
    __table_args__ = (Index("ix_import_profiles_name", "name"), Index("ix_import_profiles_kind", "kind"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)  # YAML, the one format of profiles
    sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # corrected or retired
