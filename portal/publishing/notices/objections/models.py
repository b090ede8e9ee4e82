"""Objections 异议."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class ObjectionState(StrEnum):
    """收到 → 核查中 → 成立 or 不成立."""

    RECEIVED = "收到"
    TAKEN_UP = "核查中"
    UPHELD = "成立"
    UNFOUNDED = "不成立"


_OPEN = text("superseded_at IS NULL AND state IN ('收到', '核查中')")


class NoticeObjection(Kept, Base):
    """异议: the words are sealed; whoever looks into them opens them by an act."""

    __tablename__ = "notice_objections"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("notice_objections", "no"),
        Index("ix_notice_objections_notice", "notice_id", "id"),
        Index("ix_notice_objections_open", "notice_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    no: Mapped[str] = mapped_column(String(16))
    notice_id: Mapped[int] = mapped_column(BigInt, ForeignKey("notices.id"))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_hash: Mapped[str | None] = mapped_column(String(120))  # Argon2id of the receipt's code
    through: Mapped[str] = mapped_column(String(8))  # 网上, 来人, 电话, 书面
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(4))
    handled_by: Mapped[str | None] = mapped_column(String(120))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
