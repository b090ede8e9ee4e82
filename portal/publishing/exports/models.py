"""Tables of exports that need a second person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class ExportState(StrEnum):
    """导出申请的状态."""

    ASKED = "待批准"
    APPROVED = "已批准"
    REFUSED = "未批准"
    MADE = "已生成"


class ExportRequest(Base):
    """导出申请: which list with which filters, why, who decided; after it is made, what the file holds."""

    __tablename__ = "export_requests"
    __table_args__ = (
        Index("ix_export_requests_state", "state", "id"),
        Index("ix_export_requests_asked_by", "asked_by", "id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    no: Mapped[str] = mapped_column(String(24), unique=True)
    list_name: Mapped[str] = mapped_column(String(40))
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    suffix: Mapped[str] = mapped_column(String(4))
    scopes: Mapped[list[Any]] = mapped_column(JSON)  # divisions of which rows may be in it
    counted: Mapped[int] = mapped_column(Integer)  # rows when it was asked for: the file never holds more
    why: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(8))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refusal: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the approval, then of the file
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rows: Mapped[int | None] = mapped_column(Integer)
    rows_sha256: Mapped[str | None] = mapped_column(String(64))  # over the rows' digests, whatever the form of the file
    file_sha256: Mapped[str | None] = mapped_column(String(64))


class ExportPart(Base):
    """导出文件的一段: sealed bytes, emptied when the time is over."""

    __tablename__ = "export_parts"
    __why_unprotected__ = "a copy of rows that expires; its digests stand in export_requests"

    request_id: Mapped[int] = mapped_column(BigInt, ForeignKey("export_requests.id"), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
