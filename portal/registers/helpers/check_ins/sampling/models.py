"""Draws 抽查批次 and their items 抽查事项."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class DrawKind(StrEnum):
    """县级抽查 and 市级抽查 draw visits; 电话回访 draws households that are said to have been visited."""

    COUNTY = "县级抽查"
    CITY = "市级抽查"
    CALL_BACK = "电话回访"


class SampleReason(StrEnum):
    """Why an item stands in the queue."""

    DRAWN = "抽中"
    THREE_NOT_POSSIBLE = "连续三次无法走访"


class SampleState(StrEnum):
    """待办, 已办."""

    OPEN = "待办"
    DONE = "已办"


class SampleOutcome(StrEnum):
    """What was found."""

    CONFIRMED = "属实"
    DENIED = "本户说没来过"
    UNCLEAR = "说不清"
    NOT_REACHED = "没有联系上"


class VisitDraw(Base):
    """抽查批次: an act that anybody can repeat. Written once; one for each kind, place and month."""

    __tablename__ = "visit_draws"
    __table_args__ = (Index("uq_visit_draws_month", "kind", "division_code", "month", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    no: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    division_code: Mapped[str] = mapped_column(String(12))
    month: Mapped[date] = mapped_column(Date)  # its first day
    received_before: Mapped[datetime] = mapped_column(UtcDateTime)  # the population: what had come in by then
    population: Mapped[int] = mapped_column(Integer)
    population_sha256: Mapped[str] = mapped_column(String(64))
    per_cent: Mapped[str] = mapped_column(String(12))
    seed: Mapped[str] = mapped_column(String(64))
    drawn: Mapped[int] = mapped_column(Integer)
    drawn_by: Mapped[str] = mapped_column(String(120))
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)


_WAITING = text("superseded_at IS NULL AND state = '待办'")


class SampleItem(Kept, Base):
    """抽查事项: one visit to be gone over, or one household to be called, and what came of it."""

    __tablename__ = "sample_items"
    __key__ = ("no",)
    __public__ = False
    __table_args__ = (
        *keep_indexes("sample_items", "no"),
        Index(
            "ix_sample_items_waiting", "division_code", "due_on", "id", sqlite_where=_WAITING, postgresql_where=_WAITING
        ),
        Index("ix_sample_items_draw", "draw_id"),
        Index("ix_sample_items_household", "household_id"),
    )

    no: Mapped[str] = mapped_column(String(60))  # the draw's number and the member's place, or NP- and the claim
    draw_id: Mapped[int | None] = mapped_column(BigInt, ForeignKey("visit_draws.id"))
    reason: Mapped[str] = mapped_column(String(8))
    claim_id: Mapped[str] = mapped_column(String(36))  # the visit that is asked about
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    helper_id: Mapped[int] = mapped_column(BigInt, ForeignKey("helpers.id"))
    division_code: Mapped[str] = mapped_column(String(12))
    by_telephone: Mapped[bool]
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(4))
    outcome: Mapped[str | None] = mapped_column(String(8))
    note: Mapped[str | None] = mapped_column(Text)
    done_by: Mapped[str | None] = mapped_column(String(120))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
