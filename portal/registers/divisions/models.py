"""Divisions 行政区划 and units 单位."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base
from portal.kernel.keeping import Kept, keep_indexes


class UnitKind(StrEnum):
    """单位类型."""

    DEPARTMENT = "主管部门"
    TOWNSHIP = "乡镇"
    VILLAGE = "村居"
    HELPING = "帮扶单位"
    BANK = "代理银行"
    DISCIPLINE = "纪检监察"
    FINANCE = "财政"
    AUDIT = "审计"
    CONTRACTOR = "施工单位"
    OTHER = "其他"


class Division(Kept, Base):
    """行政区划: one row per code and period of validity; a merged division names its successor."""

    __tablename__ = "divisions"
    __key__ = ("code", "valid_from")
    __table_args__ = (*keep_indexes("divisions", "code", "valid_from"), Index("ix_divisions_parent", "parent_code"))

    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    parent_code: Mapped[str | None] = mapped_column(String(12))
    level: Mapped[int] = mapped_column(Integer)  # 1 province … 4 township, 5 village
    lat_e7: Mapped[int | None] = mapped_column(Integer)
    lng_e7: Mapped[int | None] = mapped_column(Integer)
    datum: Mapped[str | None] = mapped_column(String(8))
    urban_class: Mapped[str | None] = mapped_column(String(8))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    successor_code: Mapped[str | None] = mapped_column(String(12))


class Unit(Kept, Base):
    """单位: departments, townships, village committees, banks, contractors."""

    __tablename__ = "units"
    __key__ = ("code",)
    __table_args__ = (
        *keep_indexes("units", "code"),
        Index("ix_units_name", "name"),
        Index("ix_units_division", "division_code"),
    )

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    division_code: Mapped[str | None] = mapped_column(String(12))
