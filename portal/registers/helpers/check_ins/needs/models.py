"""Needs 需求."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class NeedKind(StrEnum):
    """看到的问题、需要的帮助."""

    HOUSING = "住房"
    WATER = "饮水"
    SCHOOL = "就学"
    MEDICAL = "就医"
    WORK = "就业"
    INCOME = "收入"
    CARE = "照料"
    OTHER = "其他"


class NeedState(StrEnum):
    """待办, 已办, 不再需要."""

    OPEN = "待办"
    DONE = "已办"
    DROPPED = "不再需要"


_OPEN = text("superseded_at IS NULL AND state = '待办'")


class Need(Kept, Base):
    """需求: raised by a visit, a task of the household's helpers until it is done or no longer needed."""

    __tablename__ = "needs"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("needs", "no"),
        Index("ix_needs_open", "household_id", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_needs_household", "household_id"),
    )

    no: Mapped[str] = mapped_column(String(44))  # claim id and index
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    raised_by: Mapped[int] = mapped_column(BigInt, ForeignKey("check_ins.id"))
    kind: Mapped[str] = mapped_column(String(4))
    text: Mapped[str | None] = mapped_column(Text)
    raised_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(4), default=NeedState.OPEN)
    done_by: Mapped[int | None] = mapped_column(BigInt, ForeignKey("check_ins.id"))  # the visit that saw to it
    outcome: Mapped[str | None] = mapped_column(Text)
