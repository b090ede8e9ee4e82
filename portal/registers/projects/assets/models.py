"""Assets 扶贫资产 and their distributions 资产收益分配."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class AssetKind(StrEnum):
    """资产类型."""

    OPERATING = "经营性"
    PUBLIC_GOOD = "公益性"
    HOUSEHOLD = "到户类"


class AssetStatus(StrEnum):
    """状态 of an asset."""

    IN_USE = "在用"
    IDLE = "闲置"
    DISPOSED = "处置"
    DAMAGED = "毁损"


class Asset(Kept, Base):
    """扶贫资产."""

    __tablename__ = "assets"
    __key__ = ("code",)
    __table_args__ = (*keep_indexes("assets", "code"), Index("ix_assets_project", "project_id"))

    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(300))
    project_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("projects.id"))
    kind: Mapped[str | None] = mapped_column(String(6))
    value_fen: Mapped[int | None] = mapped_column(BigInt)
    owner_unit_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    confirmed_on: Mapped[date | None] = mapped_column(Date)  # 确权日期
    operator_unit_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    keeper: Mapped[str | None] = mapped_column(String(80))
    yearly_income_fen: Mapped[int | None] = mapped_column(BigInt)
    distributed_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str | None] = mapped_column(String(4))
    division_code: Mapped[str | None] = mapped_column(String(12))


class AssetDistribution(Kept, Base):
    """资产收益分配: what an asset earned and how many households shared it."""

    __tablename__ = "asset_distributions"
    __key__ = ("asset_id", "distributed_on")
    __table_args__ = keep_indexes("asset_distributions", "asset_id", "distributed_on")

    asset_id: Mapped[int] = mapped_column(BigInt, ForeignKey("assets.id"))
    year: Mapped[int | None] = mapped_column(Integer)
    distributed_on: Mapped[date] = mapped_column(Date)
    amount_fen: Mapped[int] = mapped_column(BigInt)
    households: Mapped[int | None] = mapped_column(Integer)
    notice_no: Mapped[str | None] = mapped_column(String(60))
