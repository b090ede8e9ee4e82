"""What units answered to an order's tasks, and what was found about the answer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class ReplyKind(StrEnum):
    """往来."""

    ANSWER = "反馈"
    CHECK = "核查"


class OrderReply(Base):
    """往来: an answer of the unit, or what a re-check of it found. Never changed; a file lies sealed under its digest."""

    __tablename__ = "order_replies"
    __table_args__ = (Index("ix_order_replies_task", "task_id", "id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    task_id: Mapped[int] = mapped_column(BigInt, ForeignKey("order_tasks.id"))
    kind: Mapped[str] = mapped_column(String(2))
    result: Mapped[str] = mapped_column(String(4))  # the state that the task took by it
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_type: Mapped[str | None] = mapped_column(String(20))
    file_bytes: Mapped[int | None] = mapped_column(Integer)
    said_by: Mapped[str] = mapped_column(String(120))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
