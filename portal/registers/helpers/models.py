"""Helpers 帮扶人 and pairings 结对."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt
from portal.kernel.keeping import Kept, keep_indexes
from portal.kernel.prefix import prefix_index


class HelperKind(StrEnum):
    """类型 of a helper."""

    PAIRED_CADRE = "结对干部"
    VILLAGE_TEAM = "驻村工作队"
    FIRST_SECRETARY = "扶贫书记"
    JOINT_GROUP = "联动帮扶组"
    PROJECT_GROUP = "项目帮扶组"


class Helper(Kept, Base):
    """帮扶人; ID number and telephone are sealed."""

    __tablename__ = "helpers"
    __key__ = ("no",)
    __table_args__ = (
        *keep_indexes("helpers", "no"),
        Index("ix_helpers_id_index", "id_index"),
        Index("ix_helpers_unit", "unit_id"),
        prefix_index("ix_helpers_name", "name", "no"),
    )

    no: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    id_born_on: Mapped[date | None] = mapped_column(Date)
    id_sex: Mapped[str | None] = mapped_column(String(2))
    id_prefix: Mapped[str | None] = mapped_column(String(6))
    id_check: Mapped[str | None] = mapped_column(String(12))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    unit_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("units.id"))
    duty: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str | None] = mapped_column(String(12))


_OF_VILLAGES = text("village_code IS NOT NULL")
_OF_PROJECTS = text("project_code IS NOT NULL")


class Pairing(Kept, Base):
    """结对: a helper and exactly one household, village or project. The project is a plain code: projects lie above."""

    __tablename__ = "pairings"
    __key__ = ("helper_id", "household_id", "village_code", "project_code", "started_on")
    __table_args__ = (
        *keep_indexes("pairings", "helper_id", "target", "started_on"),
        Index("ix_pairings_household", "household_id"),
        Index("ix_pairings_village", "village_code", sqlite_where=_OF_VILLAGES, postgresql_where=_OF_VILLAGES),
        Index("ix_pairings_project", "project_code", sqlite_where=_OF_PROJECTS, postgresql_where=_OF_PROJECTS),
        CheckConstraint(
            "(CASE WHEN household_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN village_code IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN project_code IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_target",
        ),
    )

    helper_id: Mapped[int] = mapped_column(BigInt, ForeignKey("helpers.id"))
    target: Mapped[str] = mapped_column(String(60))  # household:<id>, village:<code> or project:<code>; part of the key
    household_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("households.id"))
    village_code: Mapped[str | None] = mapped_column(String(12))
    project_code: Mapped[str | None] = mapped_column(String(60))
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)  # a pairing is in force on its last day
    visit_days: Mapped[int | None] = mapped_column(Integer)
