"""Runs over the register 政策找人, and the households that a policy has not reached 应享未享."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, BigInt, UtcDateTime
from portal.kernel.keeping import Kept, keep_indexes


class ReachState(StrEnum):
    """跟进到哪一步."""

    OPEN = "待跟进"
    APPLIED = "已帮助申请"
    UNWILLING = "本人不要"
    NOT_ENTITLED = "核实不符合"
    REACHED = "已享受"
    GONE = "条件不再符合"


class ReachRun(Base):
    """一次政策找人: what was evaluated, by which versions, and what came of it. Written once."""

    __tablename__ = "reach_runs"
    __table_args__ = (Index("ix_reach_runs_day", "as_of", "id"),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    no: Mapped[str] = mapped_column(String(24), unique=True)
    as_of: Mapped[date] = mapped_column(Date)
    ran_by: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    households: Mapped[int] = mapped_column(Integer)
    results: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON
    )  # per policy: version, counts of yes, no, unknown, reached


_ONLY = text("superseded_at IS NULL")
_CURRENT: Any = {"sqlite_where": _ONLY, "postgresql_where": _ONLY}


class Unreached(Kept, Base):
    """应享未享: a household that a policy entitles and that gets nothing of it, until somebody has seen to it."""

    __tablename__ = "unreached"
    __key__ = ("policy", "household_id")
    __public__ = False
    __table_args__ = (
        *keep_indexes("unreached", "policy", "household_id"),
        # a list is walked in its own order, and counted, without its rows: the places stand in the indexes
        Index("ix_unreached_due", "state", "due_on", "id", "division_code", **_CURRENT),
        Index("ix_unreached_policy", "policy", "state", "due_on", "id", "division_code", **_CURRENT),
        Index("ix_unreached_household", "household_id"),
    )

    policy: Mapped[str] = mapped_column(String(60))  # its slug
    policy_version: Mapped[int] = mapped_column(Integer)
    household_id: Mapped[int] = mapped_column(BigInt, ForeignKey("households.id"))
    division_code: Mapped[str] = mapped_column(String(12))
    persons: Mapped[int] = mapped_column(Integer)  # how many of its members are entitled; 0: the household as one
    first_seen: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # what the household said, and why
    handled_by: Mapped[str | None] = mapped_column(String(120))
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
