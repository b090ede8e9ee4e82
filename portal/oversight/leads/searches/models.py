"""Saved searches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime


class LeadSearch(Base):
    """保存的搜索: the filters of the inbox under a name of one's own."""

    __tablename__ = "lead_searches"
    __why_unprotected__ = "a person's own bookmark; holds no fact"
    __table_args__ = (Index("uq_lead_searches_name", "owner", "name", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    owner: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
