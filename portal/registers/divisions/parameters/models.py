"""Dated parameters 动态参数."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base
from portal.kernel.keeping import Kept, keep_indexes


class Parameter(Kept, Base):
    """动态参数: one value for a name, division, purpose and series, valid from a day on."""

    __tablename__ = "parameters"
    __key__ = ("name", "division_code", "purpose", "series", "valid_from")
    __table_args__ = (
        *keep_indexes("parameters", "name", "division_code", "purpose", "series", "valid_from"),
        Index("ix_parameters_name", "name", "division_code"),
    )

    name: Mapped[str] = mapped_column(String(80))
    division_code: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str] = mapped_column(String(40), default="")  # blank = every purpose
    series: Mapped[str] = mapped_column(String(40), default="")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    value: Mapped[str] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(String(40))
    basis: Mapped[str | None] = mapped_column(Text)
