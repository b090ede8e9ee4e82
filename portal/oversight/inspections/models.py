"""Inspections 随机抽查批次, who was drawn, what was found, third parties 第三方监督员 and the annual review 年度评估."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class InspectionState(StrEnum):
    """How far a draw is: its seed is promised, revealed with the draw, and every visit is over."""

    COMMITTED = "种子已承诺"
    DRAWN = "已抽取"
    CLOSED = "已办结"


class Stratum(StrEnum):
    """层 of a draw, each with a share of its own; a household stands in the first that fits."""

    RELATED = "备案对象"
    NEW = "新纳入"
    OTHER = "其他在册"


class ItemState(StrEnum):
    """待入户, 已入户, 没有见到."""

    OPEN = "待入户"
    VISITED = "已入户"
    NOT_MET = "没有见到"


class Outcome(StrEnum):
    """What the visit says about the register as a whole."""

    AGREES = "与登记一致"
    DIFFERS = "与登记不符"
    NOT_MET = "没有见到"


class Inspection(Kept, Base):
    """随机抽查批次. The seed is sealed until the draw; its hash stands in the public log before anybody can draw."""

    __tablename__ = "inspections"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("inspections", "no"),
        Index("ix_inspections_place", "division_code", "committed_at"),
        CheckConstraint("state = '种子已承诺' OR seed IS NOT NULL", name="revealed"),
    )

    no: Mapped[str] = mapped_column(String(24))
    division_code: Mapped[str] = mapped_column(String(12))
    new_since: Mapped[date] = mapped_column(Date)  # entered on this day or later: 新纳入
    shares: Mapped[dict[str, Any]] = mapped_column(JSON)  # stratum → per cent, as they were when the seed was promised
    commitment: Mapped[str] = mapped_column(String(64))
    seed_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # makes tokens of numbers; never published
    seed: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8))
    committed_by: Mapped[str] = mapped_column(String(120))
    committed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    commit_event: Mapped[str] = mapped_column(String(36))
    drawn_by: Mapped[str | None] = mapped_column(String(120))
    drawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    draw_event: Mapped[str | None] = mapped_column(String(36))
    due_on: Mapped[date | None] = mapped_column(Date)


class InspectionStratum(Base):
    """One stratum of a draw with the tokens of its population: published as they stand. Written once."""

    __tablename__ = "inspection_strata"
    __table_args__ = (Index("uq_inspection_strata_stratum", "inspection_id", "stratum", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    inspection_id: Mapped[int] = mapped_column(BigInt, ForeignKey("inspections.id"))
    stratum: Mapped[str] = mapped_column(String(8))
    per_cent: Mapped[str] = mapped_column(String(12))
    population: Mapped[int] = mapped_column(Integer)
    population_sha256: Mapped[str] = mapped_column(String(64))
    drawn: Mapped[int] = mapped_column(Integer)
    sample_sha256: Mapped[str] = mapped_column(String(64))
    tokens: Mapped[list[str]] = mapped_column(JSON)


_WAITING = text("superseded_at IS NULL AND state = '待入户'")


class InspectionItem(Kept, Base):
    """抽中的户: whom two inspectors visit, and what they found. Findings and notes are sealed."""

    __tablename__ = "inspection_items"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("inspection_items", "no"),
        Index("ix_inspection_items_draw", "inspection_id", "id"),
        Index("ix_inspection_items_household", "household_no"),
        Index(
            "ix_inspection_items_waiting", "division_code", "due_on", "id",
            sqlite_where=_WAITING, postgresql_where=_WAITING,
        ),
        CheckConstraint("second_inspector IS NULL OR second_inspector <> first_inspector", name="two_inspectors"),
    )  # fmt: skip

    no: Mapped[str] = mapped_column(String(32))  # the draw's number and the place in it
    inspection_id: Mapped[int] = mapped_column(BigInt, ForeignKey("inspections.id"))
    stratum: Mapped[str] = mapped_column(String(8))
    token: Mapped[str] = mapped_column(String(32))
    household_no: Mapped[str] = mapped_column(String(40))
    division_code: Mapped[str] = mapped_column(String(12))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(8))
    visited_on: Mapped[date | None] = mapped_column(Date)
    first_inspector: Mapped[str | None] = mapped_column(String(120))
    second_inspector: Mapped[str | None] = mapped_column(String(120))
    findings_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # JSON: question → answer and note
    lead_no: Mapped[str | None] = mapped_column(String(24))  # the lead that came of it
    reported_by: Mapped[str | None] = mapped_column(String(120))
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InspectionPhoto(Base):
    """A picture taken on site: the rebuilt one, sealed as a file; nothing of where the telephone says it was."""

    __tablename__ = "inspection_photos"
    __table_args__ = (Index("uq_inspection_photos_item", "item_no", "sha256", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    item_no: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    kept_by: Mapped[str] = mapped_column(String(120))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InspectionSupervisor(Kept, Base):
    """第三方监督员: an account that goes along in one draw, in the places it was named for and nowhere else."""

    __tablename__ = "inspection_supervisors"
    __key__ = ("inspection_id", "username", "division_code")
    __public__ = False
    __table_args__ = (
        *keep_indexes("inspection_supervisors", "inspection_id", "username", "division_code"),
        Index("ix_inspection_supervisors_account", "username", "inspection_id"),
    )

    inspection_id: Mapped[int] = mapped_column(BigInt, ForeignKey("inspections.id"))
    username: Mapped[str] = mapped_column(String(64))
    division_code: Mapped[str] = mapped_column(String(12))
    organisation: Mapped[str] = mapped_column(String(120))
    named_by: Mapped[str] = mapped_column(String(120))
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InspectionReview(Kept, Base):
    """年度评估: what a year of draws found in a place, the figures as they were, and what follows."""

    __tablename__ = "inspection_reviews"
    __key__ = ("year", "division_code")
    __public__ = False
    __table_args__ = (*keep_indexes("inspection_reviews", "year", "division_code"),)

    year: Mapped[int] = mapped_column(Integer)
    division_code: Mapped[str] = mapped_column(String(12))
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    conclusion: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(120))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
