"""Projects 扶贫项目."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes


class ProjectKind(StrEnum):
    """项目类型."""

    INDUSTRY = "产业"
    INFRASTRUCTURE = "基础设施"
    PUBLIC_SERVICE = "公共服务"
    EMPLOYMENT = "就业"
    RELOCATION = "易地搬迁"
    OTHER = "其他"


class Project(Kept, Base):
    """扶贫项目: ten stages from survey to evaluation, named responsible persons, money to the fen."""

    __tablename__ = "projects"
    __key__ = ("code",)
    __table_args__ = (*keep_indexes("projects", "code"), Index("ix_projects_place", "division_code"))

    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str | None] = mapped_column(String(8))
    division_code: Mapped[str | None] = mapped_column(String(12))
    department_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    executor_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    responsible: Mapped[str | None] = mapped_column(String(80))
    planned_fen: Mapped[int | None] = mapped_column(BigInt)
    surveyed_on: Mapped[date | None] = mapped_column(Date)
    argued_on: Mapped[date | None] = mapped_column(Date)
    applied_on: Mapped[date | None] = mapped_column(Date)
    approved_on: Mapped[date | None] = mapped_column(Date)
    tendered_on: Mapped[date | None] = mapped_column(Date)
    started_on: Mapped[date | None] = mapped_column(Date)
    completed_on: Mapped[date | None] = mapped_column(Date)
    accepted_on: Mapped[date | None] = mapped_column(Date)
    planned_completion_on: Mapped[date | None] = mapped_column(Date)
    distributed_on: Mapped[date | None] = mapped_column(Date)
    evaluated_on: Mapped[date | None] = mapped_column(Date)
    progress: Mapped[int | None] = mapped_column(Integer)  # per cent × 100: 67.5 % = 6750
    beneficiary_households: Mapped[int | None] = mapped_column(Integer)
    contractor: Mapped[str | None] = mapped_column(String(200))
    contract_fen: Mapped[int | None] = mapped_column(BigInt)
    settled_fen: Mapped[int | None] = mapped_column(BigInt)
    fee_fen: Mapped[int | None] = mapped_column(BigInt)
    surplus_fen: Mapped[int | None] = mapped_column(BigInt)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
