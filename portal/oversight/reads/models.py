"""Reads of supervision 查阅登记: whose trail was opened by whom, on behalf of which case or lead, or of none."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class Basis(StrEnum):
    """On behalf of what: a case one is on, a lead one was given, or neither, which another organ reviews."""

    CASE = "案件"
    LEAD = "疑点"
    NONE = "无案件"


class Organ(StrEnum):
    """机关 of the reader: nobody reviews the reads of his own."""

    INSPECTION = "纪检监察"
    AUDIT = "审计"
    FINANCE = "财政监督"
    SECURITY = "安全审计"
    OFFICE = "主管部门"


class Verdict(StrEnum):
    """What the other organ says of a read without a case."""

    PROPER = "正当"
    EXPLAIN = "需要说明"
    IMPROPER = "不正当"


_WAITING = text("superseded_at IS NULL AND basis = '无案件' AND verdict IS NULL")
_LOOSE = text("superseded_at IS NULL AND basis = '无案件'")


class BoundRead(Kept, Base):
    """查阅登记: one read that somebody opened for himself, with its basis; the trail has each page that followed."""

    __tablename__ = "bound_reads"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("bound_reads", "no"),
        Index("ix_bound_reads_reader", "reader", "kind", "subject_no", "valid_until"),
        Index("ix_bound_reads_week", "week", "id", sqlite_where=_LOOSE, postgresql_where=_LOOSE),
        Index("ix_bound_reads_waiting", "week", sqlite_where=_WAITING, postgresql_where=_WAITING),
        CheckConstraint(
            "(basis = '案件' AND case_no IS NOT NULL) OR (basis = '疑点' AND lead_no IS NOT NULL)"
            " OR (basis = '无案件' AND why_sealed IS NOT NULL)",
            name="has_basis",
        ),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> reader", name="by_another"),
    )

    no: Mapped[str] = mapped_column(String(24))
    reader: Mapped[str] = mapped_column(String(120))  # as the trail names the actor
    organ: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(40))
    subject_no: Mapped[str] = mapped_column(String(120))
    division_code: Mapped[str | None] = mapped_column(String(12))
    basis: Mapped[str] = mapped_column(String(4))
    case_no: Mapped[str | None] = mapped_column(String(40))
    lead_no: Mapped[str | None] = mapped_column(String(24))
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    week: Mapped[date] = mapped_column(Date)  # its Monday
    verdict: Mapped[str | None] = mapped_column(String(8))
    verdict_note: Mapped[str | None] = mapped_column(Text)
    reviewed_by: Mapped[str | None] = mapped_column(String(120))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
