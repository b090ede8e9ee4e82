"""Cards 明白卡. Of the code only a hash is kept, and nothing of an ID number that could be found out without the code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes

_CURRENT = text("superseded_at IS NULL")
_LIVING = text("superseded_at IS NULL AND revoked_at IS NULL")


class HouseholdCard(Kept, Base):
    """明白卡: printed once, for one household; a new one revokes the old."""

    __tablename__ = "household_cards"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("household_cards", "no"),
        Index("uq_household_cards_token", "token_hash", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        Index("uq_household_cards_living", "household_id", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index("ix_household_cards_household", "household_id", "id"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
        CheckConstraint("revoked_at IS NULL OR why IS NOT NULL", name="revoked_for_a_reason"),
    )

    no: Mapped[str] = mapped_column(String(16))  # MB-2026-000123
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    division_code: Mapped[str] = mapped_column(String(12))  # the village when it was printed
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))  # SHA-256 of 144 random bits
    digits: Mapped[list[str]] = mapped_column(JSON)  # keyed by installation and code: without the paper nobody can try
    printed_by: Mapped[str] = mapped_column(String(120))
    printed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(String(120))
    why: Mapped[str | None] = mapped_column(Text)
