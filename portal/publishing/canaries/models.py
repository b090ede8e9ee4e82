"""Tables of watched rows: which household is one, and where one was seen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class Canary(Base):
    """标记户: a household that does not exist. Its values are sealed: the database alone does not tell which it is."""

    __tablename__ = "canaries"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON: household number, name, ID number, account
    planted_by: Mapped[str] = mapped_column(String(120))
    planted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class How(StrEnum):
    """怎么发现的."""

    ANSWERED = "对外页面将要送出"
    TYPED = "有人在公开页面查它"
    FOUND = "在外面找到的文件"


class CanarySighting(Base):
    """标记户外泄: a watched row was about to leave, was asked for from outside, or was found outside."""

    __tablename__ = "canary_sightings"
    __table_args__ = (Index("ix_canary_sightings_canary", "canary_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    canary_id: Mapped[int] = mapped_column(BigInt, ForeignKey("canaries.id"))
    how: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(200))  # the kind of page, or the SHA-256 of the file: never its address
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_by: Mapped[str] = mapped_column(String(120))
    request_no: Mapped[str | None] = mapped_column(String(64))
