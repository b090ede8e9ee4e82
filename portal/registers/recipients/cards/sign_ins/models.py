"""Sign-ins of households 本户登录, and the tries that were counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime

VOLATILE = "state of signing in: changes with every request; what matters of it is an event of the trail"


class HouseholdSignIn(Base):
    """本户登录: a browser that showed a card and the four digits. Of the cookie only the hash is kept, no address."""

    __tablename__ = "household_sign_ins"
    __why_unprotected__ = VOLATILE
    __table_args__ = (Index("ix_household_sign_ins_card", "card_id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    cookie_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    card_id: Mapped[int] = mapped_column(BigInt, ForeignKey("household_cards.id"))
    csrf_secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CardTries(Base):
    """试登: failures in a row of a card; codes that no card has share one of 65,536 rows, so that nobody fills the disk."""

    __tablename__ = "household_card_tries"
    __why_unprotected__ = VOLATILE

    card_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
