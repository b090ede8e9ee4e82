"""Notices 公示和公告, and their texts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class NoticeKind(StrEnum):
    """公示: a window in which anybody may object. 公告: what has been decided."""

    POSTING = "公示"
    ANNOUNCEMENT = "公告"


class NoticeState(StrEnum):
    """状态; which follows which is declared in `rules`."""

    DRAFT = "草拟"
    PREVIEWED = "脱敏预览"
    CHECKING = "审核"
    PUBLISHED = "发布"
    POSTED = "公示中"
    VERIFYING = "异议核查"
    CONCLUDED = "结论"
    WITHDRAWN = "名单撤下"
    REPOSTED = "重新公示"
    REPLACED = "已有新版"
    RETRACTED = "撤回"
    DROPPED = "作废"


class Conclusion(StrEnum):
    """公示结论."""

    CLEAR = "无异议"
    ANSWERED = "异议不成立"
    UPHELD = "异议成立"


_CURRENT = text("superseded_at IS NULL")
_PUBLIC = text("superseded_at IS NULL AND published_on IS NOT NULL")
_OF_PROCEDURE = text("superseded_at IS NULL AND procedure_no IS NOT NULL")


class Notice(Kept, Base):
    """公示 or 公告: what it is, whose, how long, where it stands. Its lines are in `NoticeText`, sealed."""

    __tablename__ = "notices"
    __key__ = ("no",)
    __table_args__ = (
        *keep_indexes("notices", "no"),
        Index("ix_notices_public", "published_on", "id", sqlite_where=_PUBLIC, postgresql_where=_PUBLIC),
        Index("ix_notices_place", "division_code", "id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_notices_state", "state", "ends_on", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("ix_notices_procedure", "procedure_no", sqlite_where=_OF_PROCEDURE, postgresql_where=_OF_PROCEDURE),
        CheckConstraint("checked_by IS NULL OR checked_by <> drafted_by", name="maker_not_checker"),
        CheckConstraint("concluded_by IS NULL OR concluded_by <> drafted_by", name="maker_not_concluder"),
        CheckConstraint("published_on IS NULL OR checked_by IS NOT NULL", name="published_is_checked"),
    )

    no: Mapped[str] = mapped_column(String(20))  # GS-2026-000123, GG-2026-000045
    kind: Mapped[str] = mapped_column(String(4))
    pattern: Mapped[str] = mapped_column(String(24))  # which of `patterns`
    division_code: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120))
    issuer: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(8))
    procedure_no: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(80))  # where the lines came from: a programme, a file, typed
    days: Mapped[int | None] = mapped_column(Integer)
    day_unit: Mapped[str | None] = mapped_column(String(4))  # 天 or 工作日, kept with the number
    days_basis: Mapped[str | None] = mapped_column(String(120))
    totals: Mapped[dict[str, Any]] = mapped_column(JSON)  # what stays readable when the list is gone
    drafted_by: Mapped[str] = mapped_column(String(120))  # who wrote the text last
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by: Mapped[str | None] = mapped_column(String(120))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_why: Mapped[str | None] = mapped_column(Text)  # why the checker sent it back
    published_on: Mapped[date | None] = mapped_column(Date)
    publication_event: Mapped[str | None] = mapped_column(String(36))
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    a4_sha256: Mapped[str | None] = mapped_column(String(64))
    a3_sha256: Mapped[str | None] = mapped_column(String(64))
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)  # its last day
    photo_sha256: Mapped[str | None] = mapped_column(String(64))  # of the rebuilt picture of the board
    posted_by: Mapped[str | None] = mapped_column(String(120))
    conclusion: Mapped[str | None] = mapped_column(String(8))
    conclusion_text: Mapped[str | None] = mapped_column(Text)
    concluded_by: Mapped[str | None] = mapped_column(String(120))
    concluded_on: Mapped[date | None] = mapped_column(Date)
    replaces_no: Mapped[str | None] = mapped_column(String(20))
    replaced_by_no: Mapped[str | None] = mapped_column(String(20))


class NoticeText(Base):
    """全文 of a notice, sealed: each writing is a row of its own, and the last one counts."""

    __tablename__ = "notice_texts"
    __table_args__ = (Index("uq_notice_texts_n", "notice_id", "n", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    notice_id: Mapped[int] = mapped_column(BigInt, ForeignKey("notices.id"))
    n: Mapped[int] = mapped_column(Integer)
    source_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # whole names and household numbers
    public_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # what everybody reads while it hangs
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
