"""Programmes 资金项目 and allocations 资金拨付."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class FundClass(StrEnum):
    """资金类别."""

    POVERTY_RELIEF = "扶贫资金"
    AGRICULTURE = "涉农资金"
    SOCIAL_RELIEF = "社会救助"
    SOCIAL_HELP = "社会帮扶"


class FundLevel(StrEnum):
    """级次: whose money it is."""

    CENTRAL = "中央"
    PROVINCE = "省"
    CITY = "市"
    COUNTY = "县"
    SOCIETY = "社会"


class PayoutWay(StrEnum):
    """发放方式."""

    PROJECT = "项目"
    HOUSEHOLD = "到户补贴"
    ONE_CARD = "一卡通"


class PayoutScope(StrEnum):
    """发放范围."""

    LISTED = "在册对象"
    ANYBODY = "不限"


class Programme(Kept, Base):
    """资金项目: one kind of money of one year."""

    __tablename__ = "programmes"
    __key__ = ("code",)
    __table_args__ = (*keep_indexes("programmes", "code"), Index("ix_programmes_year", "year"))

    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    fund_class: Mapped[str | None] = mapped_column(String(8))
    department_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    year: Mapped[int | None] = mapped_column(Integer)
    level: Mapped[str | None] = mapped_column(String(4))
    budget_fen: Mapped[int | None] = mapped_column(BigInt)
    document_no: Mapped[str | None] = mapped_column(String(120))
    policy_basis: Mapped[str | None] = mapped_column(Text)
    payout_way: Mapped[str | None] = mapped_column(String(8))
    payout_scope: Mapped[str | None] = mapped_column(String(8))
    currency: Mapped[str] = mapped_column(String(3), default="CNY")


class Allocation(Kept, Base):
    """资金拨付: one line of the chain. A negative amount takes money back from the line it names as parent."""

    __tablename__ = "allocations"
    __key__ = ("no",)
    __table_args__ = (
        *keep_indexes("allocations", "no"),
        Index("ix_allocations_parent", "parent_id"),
        Index("ix_allocations_programme", "programme_id"),
        Index("ix_allocations_place", "division_code"),
        Index("ix_allocations_project", "project_id"),
    )

    no: Mapped[str] = mapped_column(String(60))
    parent_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("allocations.id"))
    programme_id: Mapped[int] = mapped_column(BigInt, ForeignKey("programmes.id"))
    from_unit_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    to_unit_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    division_code: Mapped[str | None] = mapped_column(String(12))
    amount_fen: Mapped[int] = mapped_column(BigInt)
    amount_printed: Mapped[str | None] = mapped_column(String(60))  # as the notice prints it
    document_no: Mapped[str | None] = mapped_column(String(120))
    allocated_on: Mapped[date | None] = mapped_column(Date)
    purpose: Mapped[str | None] = mapped_column(Text)
    project_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("projects.id"))
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
