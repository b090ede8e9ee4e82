"""Answers of households 本户回应."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class Recollection(StrEnum):
    """来过, 没来过, 记不清."""

    CAME = "来过"
    DID_NOT_COME = "没来过"
    UNSURE = "记不清"


class Channel(StrEnum):
    """How the household answered."""

    OWN_PAGE = "本户页面"
    TELEPHONE = "电话回访"
    IN_PERSON = "当面"


_DENIED = text("superseded_at IS NULL AND answer = '没来过'")


class VisitAnswer(Kept, Base):
    """本户回应: one per visit; a household may change it, and the earlier answer stays in the history."""

    __tablename__ = "visit_answers"
    __key__ = ("check_in_id",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("visit_answers", "check_in_id"),
        Index("ix_visit_answers_household", "household_id"),
        Index("ix_visit_answers_denied", "answered_at", "id", sqlite_where=_DENIED, postgresql_where=_DENIED),
    )

    check_in_id: Mapped[int] = mapped_column(BigInt, ForeignKey("check_ins.id"))
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    answer: Mapped[str] = mapped_column(String(4))
    channel: Mapped[str] = mapped_column(String(6))
    said_by: Mapped[str] = mapped_column(String(80))  # 户主, or which member
    taken_by: Mapped[str] = mapped_column(String(120))  # the account that entered it
    note: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
