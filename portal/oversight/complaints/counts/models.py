"""Published counts 举报统计公布: what was told once of closed quarters, kept as it was told."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base
from portal.kernel.keeping import Kept, keep_indexes


class CountsPublication(Kept, Base):
    """One publication: its period, the smallest cell of its day, and its lines. A correction is a new version with its reason."""

    __tablename__ = "complaint_counts"
    __key__ = ("first_on",)
    __table_args__ = (
        *keep_indexes("complaint_counts", "first_on"),
        CheckConstraint("first_on < last_on AND last_on < published_on", name="closed"),
        CheckConstraint("(version = 1) = (why IS NULL)", name="corrected_for_a_reason"),
    )

    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    smallest: Mapped[int] = mapped_column(Integer)  # the smallest cell as it was then: what is less is not told
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # county, its name then, figures; null: not told
    sha256: Mapped[str] = mapped_column(String(64))  # of what is told; also in the public log
    version: Mapped[int] = mapped_column(Integer)
    published_on: Mapped[date] = mapped_column(Date)  # of this version
    why: Mapped[str | None] = mapped_column(Text)
