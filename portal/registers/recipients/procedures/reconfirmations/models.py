"""Reconfirmations 重新确认 and credit records 诚信记录."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class ReconfirmState(StrEnum):
    """待本户答复, 待结论, 已有结论."""

    ASKED = "待本户答复"
    ANSWERED = "待结论"
    CONCLUDED = "已有结论"


class Response(StrEnum):
    """本户答复: the household's one chance."""

    EXPLAINED = "补充说明"
    CHANGED = "修改申报"
    WITHDREW = "自愿退出"
    MAINTAINED = "维持申报"
    SILENT = "逾期未答复"


class Conclusion(StrEnum):
    """结论, by another person than who asked. Only 不属实 becomes a credit record."""

    TRUE = "申报属实"
    PUT_RIGHT = "已更正"
    FALSE = "不属实"


_OPEN = text("superseded_at IS NULL AND state <> '已有结论'")


class Reconfirmation(Kept, Base):
    """重新确认: a declared difference that was found true, put to the household before anything else happens."""

    __tablename__ = "reconfirmations"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("reconfirmations", "no"),
        # one chance at a time, and none beside it
        Index("uq_reconfirmations_open", "household_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_reconfirmations_household", "household_id", "id"),
        Index("ix_reconfirmations_place", "division_code", "due_on", "id"),
        CheckConstraint("concluded_by IS NULL OR concluded_by <> asked_by", name="two_persons"),
    )

    no: Mapped[str] = mapped_column(String(24))
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    division_code: Mapped[str] = mapped_column(String(12))
    subject_kind: Mapped[str] = mapped_column(String(20))  # what the difference was found in: a lead, an income
    subject_no: Mapped[str] = mapped_column(String(80))
    difference_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    asked_by: Mapped[str] = mapped_column(String(120))
    asked_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8))
    response: Mapped[str | None] = mapped_column(String(8))
    response_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    response_through: Mapped[str | None] = mapped_column(String(8))
    responded_on: Mapped[date | None] = mapped_column(Date)
    conclusion: Mapped[str | None] = mapped_column(String(8))
    conclusion_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    concluded_by: Mapped[str | None] = mapped_column(String(120))
    concluded_on: Mapped[date | None] = mapped_column(Date)


class CreditRecord(Base):
    """诚信记录: only after a conclusion of 不属实. Written once."""

    __tablename__ = "credit_records"
    __table_args__ = (Index("ix_credit_records_place", "division_code", "id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    division_code: Mapped[str] = mapped_column(String(12))
    reconfirmation_id: Mapped[int] = mapped_column(BigInt, ForeignKey("reconfirmations.id"), unique=True)
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_on: Mapped[date] = mapped_column(Date)
