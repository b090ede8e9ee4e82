"""Household changes 家庭变动."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class ChangeKind(StrEnum):
    """变动种类."""

    BIRTH = "出生"
    DEATH = "死亡"
    MARRIAGE = "婚入"
    MOVE_IN = "迁入"
    MOVE_OUT = "迁出"
    SPLIT = "分户"
    MERGE = "合户"
    CORRECTION = "更正"


class ChangeState(StrEnum):
    """待确认, 已确认, 退回."""

    WAITING = "待确认"
    CONFIRMED = "已确认"
    RETURNED = "退回"


_WAITING = text("superseded_at IS NULL AND state = '待确认'")


class HouseholdChange(Kept, Base):
    """家庭变动: what changed on a day, as the village proposes it. It counts when another account has confirmed it."""

    __tablename__ = "household_changes"
    __key__ = ("household_id", "n")
    __public__ = False
    __table_args__ = (
        *keep_indexes("household_changes", "household_id", "n"),
        Index("ix_household_changes_waiting", "division_code", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_household_changes_other", "other_household_id"),
        CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="two_persons"),
    )

    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    n: Mapped[int] = mapped_column(Integer)  # 1, 2, 3 … of the household
    kind: Mapped[str] = mapped_column(String(4))
    division_code: Mapped[str] = mapped_column(String(12))
    happened_on: Mapped[date] = mapped_column(Date)
    person_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("persons.id"))
    other_household_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("households.id"))
    values_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # the fields that change, a person's numbers too
    people: Mapped[int | None] = mapped_column(Integer)  # persons living together more (less) by it, once confirmed
    basis: Mapped[str] = mapped_column(String(120))
    entered_by: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(4))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_why: Mapped[str | None] = mapped_column(Text)
