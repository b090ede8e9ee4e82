"""Public questions and their answers 提问和答复."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class QuestionKind(StrEnum):
    """提问, or pointing out something wrong on this site."""

    QUESTION = "提问"
    CORRECTION = "指出错误"


class QuestionState(StrEnum):
    """办到哪一步."""

    WAITING = "待答复"
    CHECKING = "待审核"
    PUBLIC = "已公开"
    DECLINED = "不公开"
    MERGED = "已并入"
    RETRACTED = "已撤下"


class Proposal(StrEnum):
    """打算怎么办: what waits for the second person."""

    PUBLISH = "公开答复"
    DECLINE = "不公开"
    MERGE = "并入已有的提问"


_OPEN = text("superseded_at IS NULL AND state IN ('待答复', '待审核')")
_PUBLIC = text("superseded_at IS NULL AND published_on IS NOT NULL")


class PublicQuestion(Kept, Base):
    """提问. What was typed stays sealed; what everybody reads is the text that two persons have let out."""

    __tablename__ = "public_questions"
    __key__ = ("no",)
    __table_args__ = (
        *keep_indexes("public_questions", "no"),
        Index("ix_public_questions_locator", "locator"),
        Index("ix_public_questions_open", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_public_questions_public", "published_on", "id", sqlite_where=_PUBLIC, postgresql_where=_PUBLIC),
        CheckConstraint("checked_by IS NULL OR checked_by <> answered_by", name="two_persons"),
        CheckConstraint("published_on IS NULL OR checked_by IS NOT NULL", name="published_is_checked"),
    )

    no: Mapped[str] = mapped_column(String(20))  # WD-2026-000012
    locator: Mapped[str] = mapped_column(String(8))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    code_salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    kind: Mapped[str] = mapped_column(String(8))
    division_code: Mapped[str] = mapped_column(String(12))
    subject_kind: Mapped[str | None] = mapped_column(String(24))
    subject_no: Mapped[str | None] = mapped_column(String(80))
    words_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    asked_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(4))
    proposal: Mapped[str | None] = mapped_column(String(8))
    question: Mapped[str | None] = mapped_column(Text)  # as it will stand in public
    answer: Mapped[str | None] = mapped_column(Text)  # or the reason, where it is not published
    unit: Mapped[str | None] = mapped_column(String(60))  # who answers
    merged_into: Mapped[str | None] = mapped_column(String(20))
    answered_by: Mapped[str | None] = mapped_column(String(120))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[str | None] = mapped_column(String(120))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_why: Mapped[str | None] = mapped_column(String(400))
    published_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)


class QuestionJoined(Base):
    """我也想知道: how many joined a question. A number and nobody behind it."""

    __tablename__ = "question_joined"
    __why_unprotected__ = "a counter that anybody may raise; it decides nothing"

    question_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer, default=0)
