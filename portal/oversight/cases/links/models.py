"""What a case is about 关联, and who is kept from it 回避."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class LinkKind(StrEnum):
    """关联什么: kinds of subjects as the trail names them; `event` is one act of it, whatever it is about."""

    HOUSEHOLD = "household"
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    PROJECT = "project"
    HELPER = "helper"
    UNIT = "unit"
    ACCOUNT = "account"
    LEAD = "lead"
    COMPLAINT = "complaint"
    SAMPLE = "sample"
    INCOME = "income"
    CHECK_IN = "check_in"
    PAIRING = "pairing"
    PROCEDURE = "procedure"
    PROGRAMME = "programme"
    ASSET = "asset"
    EVENT = "event"
    DOCUMENT = "document"


class CaseLink(Base):
    """关联: one thing on the trail that a case is about, until it is taken off."""

    __tablename__ = "case_links"
    __table_args__ = (
        Index(
            "uq_case_links_now", "case_id", "kind", "no", unique=True,
            sqlite_where=text("removed_at IS NULL"), postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_case_links_thing", "kind", "no"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(12))
    no: Mapped[str] = mapped_column(String(80))
    is_accused: Mapped[bool] = mapped_column(
        Boolean
    )  # 被反映对象: the thing itself, or whoever it belongs to, keeps out
    added_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by: Mapped[str | None] = mapped_column(String(120))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CaseBar(Base):
    """回避: a keyed mark of an account, helper, household, unit or place that must not learn of a case."""

    __tablename__ = "case_bars"
    __table_args__ = (Index("uq_case_bars", "case_id", "mark", unique=True), Index("ix_case_bars_mark", "mark"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInt, ForeignKey("cases.id"))
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
