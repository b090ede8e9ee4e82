"""Opened case rooms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class CaseRoom(Base):
    """案件室: one opened room per signed-in browser. Without the cookie the blob opens nothing."""

    __tablename__ = "case_rooms"
    __why_unprotected__ = "state of an opened room: idle for a quarter of an hour and it is gone"

    session_id: Mapped[int] = mapped_column(
        BigInt, ForeignKey("login_sessions.id"), primary_key=True, autoincrement=False
    )
    blob: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
