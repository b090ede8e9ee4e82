"""Answers of a household to single items, and the disputes that they open. An answer is written once and never changed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes
from portal.registers.recipients.cards.models import HouseholdCard


class SubjectKind(StrEnum):
    """What can be answered to: an income entry (by its id), a payment (批次号-序号)."""

    INCOME = "income"
    PAYMENT = "payment"


class Word(StrEnum):
    """对, 不对, 不知道."""

    RIGHT = "对"
    WRONG = "不对"
    UNKNOWN = "不知道"


class What(StrEnum):
    """哪里不对: three things to choose from; nothing is typed."""

    NOT_RECEIVED = "没收到"
    WRONG_SUM = "数不对"
    NOT_KNOWN = "不认识"


class DisputeState(StrEnum):
    """异议状态."""

    WAITING = "待办"
    ANSWERED = "已答复"
    ACCEPTED = "本户认可"
    REJECTED = "仍不认可"  # the county decides
    DECIDED = "县已决定"


class Finding(StrEnum):
    """核查结果."""

    CORRECTED = "已更正"
    EXPLAINED = "已说明"
    UNCLEAR = "查不清"


class HouseholdAnswer(Base):
    """本户回答: one press of a button. Whether it counts is settled when it is given, by a constraint as well."""

    __tablename__ = "household_answers"
    __table_args__ = (
        Index("ix_household_answers_household", "household_id", "id"),
        Index("ix_household_answers_subject", "subject_kind", "subject_no", "id"),
        CheckConstraint(
            "NOT counts OR (recorded_by IS NOT NULL AND printed_by <> recorded_by"
            " AND (approved_by IS NULL OR (printed_by <> approved_by AND recorded_by <> approved_by)))",
            name="three_persons",
        ),
        CheckConstraint("what IS NULL OR answer = '不对'", name="what_is_wrong"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    no: Mapped[str] = mapped_column(String(16), unique=True)  # HD-2026-000123
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    subject_kind: Mapped[str] = mapped_column(String(8))
    subject_no: Mapped[str] = mapped_column(String(80))
    subject_version: Mapped[str] = mapped_column(String(80))  # what the household had before its eyes
    amount_fen: Mapped[int] = mapped_column(BigInt)  # and the sum that was shown
    answer: Mapped[str] = mapped_column(String(4))
    what: Mapped[str | None] = mapped_column(String(4))
    card_id: Mapped[int] = mapped_column(BigInt, ForeignKey(HouseholdCard.id))
    printed_by: Mapped[str] = mapped_column(String(120))
    recorded_by: Mapped[str | None] = mapped_column(String(120))  # None: the trail does not say, so it cannot count
    approved_by: Mapped[str | None] = mapped_column(String(120))  # None: nobody approved
    counts: Mapped[bool] = mapped_column(Boolean)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


_MAY_BE_OPEN = text("superseded_at IS NULL AND state IN ('待办', '已答复', '仍不认可')")


class HouseholdDispute(Kept, Base):
    """异议: an item that the household says is wrong. While it is open the item is not published and no exit goes on."""

    __tablename__ = "household_disputes"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("household_disputes", "no"),
        Index("ix_household_disputes_open", "due_on", "id", sqlite_where=_MAY_BE_OPEN, postgresql_where=_MAY_BE_OPEN),
        Index(
            "ix_household_disputes_subject",
            "subject_kind",
            "subject_no",
            sqlite_where=_MAY_BE_OPEN,
            postgresql_where=_MAY_BE_OPEN,
        ),
        Index("ix_household_disputes_household", "household_id", "id"),
        CheckConstraint(
            "answered_by IS NULL OR ((recorded_by IS NULL OR answered_by <> recorded_by)"
            " AND (approved_by IS NULL OR answered_by <> approved_by))",
            name="not_by_who_recorded",
        ),
        CheckConstraint("(answered_by IS NULL) = (finding IS NULL)", name="answered_with_finding"),
    )

    no: Mapped[str] = mapped_column(String(16))  # YY-2026-000123
    answer_id: Mapped[int] = mapped_column(BigInt, ForeignKey("household_answers.id"))
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    division_code: Mapped[str] = mapped_column(String(12))
    subject_kind: Mapped[str] = mapped_column(String(8))
    subject_no: Mapped[str] = mapped_column(String(80))
    recorded_by: Mapped[str | None] = mapped_column(String(120))
    approved_by: Mapped[str | None] = mapped_column(String(120))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(4))
    answered_by: Mapped[str | None] = mapped_column(String(120))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finding: Mapped[str | None] = mapped_column(String(4))
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # what the household is told
    answered_version: Mapped[str | None] = mapped_column(String(80))  # the item as it stood then; None: it was gone
    objects_until: Mapped[date | None] = mapped_column(Date)  # the last day on which silence keeps it open
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
